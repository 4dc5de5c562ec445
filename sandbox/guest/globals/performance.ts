/**
 * `performance` and its classes, over the clock of whole milliseconds (clock.ts). Marks and measures are kept, the newest MAX_ENTRIES; observers are
 * told of them. Nothing of the machine is measured: there is no entry of another kind.
 */
import { parts } from '../parts.ts'
import { withCode } from '../turns.ts'
import { elapsedMs, startedAt } from './clock.ts'
import { DOMException } from './dom-exception.ts'

type EntryType = 'mark' | 'measure'
interface Init { readonly startTime: number, readonly duration: number, readonly detail: unknown }
interface MarkOptions { readonly startTime?: number, readonly detail?: unknown }
interface MeasureOptions { readonly start?: unknown, readonly end?: unknown, readonly duration?: number, readonly detail?: unknown }

const MAX_ENTRIES = 1_000
/** Only this file may make measures and the list that an observer gets. */
const key = Symbol('performance')
const { EventTarget } = parts.events()
const illegal = (): TypeError => withCode(new TypeError('Illegal constructor'), 'ERR_ILLEGAL_CONSTRUCTOR')

let entries: readonly PerformanceEntry[] = []

export class PerformanceEntry {
  readonly #name: string
  readonly #type: EntryType
  readonly #init: Init

  constructor (proof: symbol, name: string, type: EntryType, init: Init) {
    if (proof !== key) throw illegal()
    this.#name = name
    this.#type = type
    this.#init = init
  }

  get name (): string { return this.#name }
  get entryType (): EntryType { return this.#type }
  get startTime (): number { return this.#init.startTime }
  get duration (): number { return this.#init.duration }
  get detail (): unknown { return this.#init.detail }
  toJSON (): object { return { name: this.name, entryType: this.entryType, startTime: this.startTime, duration: this.duration, detail: this.detail } }
}

export class PerformanceMark extends PerformanceEntry {
  /** The mark is made, and not kept: `performance.mark` keeps it. */
  constructor (name: unknown, options: MarkOptions = {}) {
    super(key, `${name as string}`, 'mark', { startTime: checkTime(options?.startTime ?? elapsedMs()), duration: 0, detail: cloned(options?.detail) })
  }

  get [Symbol.toStringTag] (): string { return 'PerformanceMark' }
}

export class PerformanceMeasure extends PerformanceEntry {
  constructor (proof: symbol, name: string, init: Init) {
    super(proof, name, 'measure', init)
  }

  get [Symbol.toStringTag] (): string { return 'PerformanceMeasure' }
}

export class PerformanceObserverEntryList {
  readonly #entries: readonly PerformanceEntry[]
  constructor (proof: symbol, found: readonly PerformanceEntry[]) {
    if (proof !== key) throw illegal()
    this.#entries = found
  }

  getEntries (): PerformanceEntry[] { return [...this.#entries] }
  getEntriesByName (name: string, type?: string): PerformanceEntry[] { return this.#entries.filter(entry => entry.name === name && (type === undefined || entry.entryType === type)) }
  getEntriesByType (type: string): PerformanceEntry[] { return this.#entries.filter(({ entryType }) => entryType === type) }
}

type Callback = (this: PerformanceObserver, list: PerformanceObserverEntryList, observer: PerformanceObserver) => unknown
const observers = new Set<PerformanceObserver>()
let tell: (observer: PerformanceObserver, entry: PerformanceEntry) => void

export class PerformanceObserver {
  readonly #callback: Callback
  #types: readonly string[] = []
  #waiting: PerformanceEntry[] = []

  constructor (callback: Callback) {
    if (typeof callback !== 'function') throw withCode(new TypeError(`The "callback" argument must be of type function. Received ${callback === null ? 'null' : typeof callback}`), 'ERR_INVALID_ARG_TYPE')
    this.#callback = callback
  }

  static get supportedEntryTypes (): readonly string[] { return ['mark', 'measure'] }

  /** Types that are never written are taken, as Node takes them, and never told of. */
  observe ({ type, entryTypes = [], buffered = false }: { readonly type?: string, readonly entryTypes?: readonly string[], readonly buffered?: boolean }): void {
    this.#types = type === undefined ? [...entryTypes] : [...this.#types, type]
    observers.add(this)
    if (type !== undefined && buffered) for (const entry of entries) this.#take(entry)
  }

  disconnect (): void {
    observers.delete(this)
    this.#types = []
    this.#waiting = []
  }

  takeRecords (): PerformanceEntry[] { return this.#waiting.splice(0) }

  #take (entry: PerformanceEntry): void {
    if (!this.#types.includes(entry.entryType)) return
    if (this.#waiting.push(entry) === 1) setImmediate(() => { this.#tell() })
    if (this.#waiting.length > MAX_ENTRIES) this.#waiting.shift()
  }

  #tell (): void {
    if (this.#waiting.length > 0) this.#callback(new PerformanceObserverEntryList(key, this.takeRecords()), this)
  }

  static { tell = (observer, entry) => { observer.#take(entry) } }
}

function keep<Entry extends PerformanceEntry> (entry: Entry): Entry {
  entries = [...entries.slice(-MAX_ENTRIES + 1), entry]
  for (const observer of observers) tell(observer, entry)
  return entry
}

export class Performance extends EventTarget {
  constructor (proof: symbol) {
    if (proof !== key) throw illegal()
    super()
  }

  get timeOrigin (): number { return startedAt() }
  get nodeTiming (): object { return { name: 'node', entryType: 'node', startTime: 0, duration: elapsedMs(), nodeStart: 0, v8Start: 0, environment: 0, bootstrapComplete: 0, loopStart: 0, loopExit: -1, idleTime: 0 } }
  now (): number { return elapsedMs() }
  mark (name: unknown, options?: MarkOptions): PerformanceMark { return keep(new PerformanceMark(name, options)) }

  measure (name: unknown, from?: unknown, to?: unknown): PerformanceMeasure {
    const options: MeasureOptions = typeof from === 'object' && from !== null ? from : { start: from, end: to }
    const end = options.end === undefined && options.start !== undefined && options.duration !== undefined ? at(options.start) + options.duration : at(options.end, elapsedMs())
    const startTime = options.start === undefined && options.duration !== undefined ? end - options.duration : at(options.start, 0)
    return keep(new PerformanceMeasure(key, `${name as string}`, { startTime, duration: end - startTime, detail: cloned(options.detail) }))
  }

  getEntries (): PerformanceEntry[] { return sorted(entries) }
  getEntriesByName (name: string, type?: string): PerformanceEntry[] { return sorted(entries.filter(entry => entry.name === name && (type === undefined || entry.entryType === type))) }
  getEntriesByType (type: string): PerformanceEntry[] { return sorted(entries.filter(({ entryType }) => entryType === type)) }
  clearMarks (name?: string): void { clear('mark', name) }
  clearMeasures (name?: string): void { clear('measure', name) }
  clearResourceTimings (): void {}
  /** Fetch of the package undici calls it. No entry is kept of it. */
  markResourceTiming (): void {}
  setResourceTimingBufferSize (): void {}
  timerify (fn: unknown): unknown { return fn }
  eventLoopUtilization (): object { return { idle: 0, active: elapsedMs(), utilization: 1 } }
  toJSON (): object { return { nodeTiming: this.nodeTiming, timeOrigin: this.timeOrigin, eventLoopUtilization: this.eventLoopUtilization() } }
  override get [Symbol.toStringTag] (): string { return 'Performance' }
}

export const performance = new Performance(key)

/** A time, or the name of a mark, of which the newest counts. */
function at (mark: unknown, missing = 0): number {
  if (mark === undefined) return missing
  if (typeof mark === 'number') return checkTime(mark)
  const found = entries.findLast(({ entryType, name }) => entryType === 'mark' && name === `${mark as string}`)
  if (found === undefined) throw new DOMException(`The "${mark as string}" performance mark has not been set`, 'SyntaxError')
  return found.startTime
}

function checkTime (time: number): number {
  if (time < 0) throw withCode(new TypeError(`${time} is not a valid timestamp`), 'ERR_PERFORMANCE_INVALID_TIMESTAMP')
  return Number(time)
}

function cloned (detail: unknown): unknown {
  return detail === undefined || detail === null ? null : parts.structuredClone().structuredClone(detail)
}

function sorted (found: readonly PerformanceEntry[]): PerformanceEntry[] {
  return found.toSorted((a, b) => a.startTime - b.startTime)
}

function clear (type: EntryType, name: string | undefined): void {
  entries = entries.filter(entry => entry.entryType !== type || (name !== undefined && entry.name !== name))
}
