/**
 * Checks configurations against the schemas of plugins, never on the thread of the caller. A schema is code of a stranger in all but
 * name: it is bounded (schema-text.ts), compiled and run in a thread that is ended after 500 ms or 64 MB (thread.ts), its patterns are
 * matched in linear time (linear-pattern.ts). These threads are not those that unpack and bundle: a slow build delays no check.
 *
 * Not covered: a plugin whose schema just stays within the limits costs 500 ms of one core for each check.
 */
import { createHash } from 'node:crypto'
import { schemaText } from './schema-text.ts'
import { CheckThread, HEAP_MB, type ThreadResult } from './thread.ts'
import type { CheckTask, ConfigCheck, ConfigChecks, Sentence } from './types.ts'

export { boundsFault, CONFIG_BYTES, CONFIG_DEPTH, type BoundsFault } from './bounds.ts'
export type { ConfigCheck, ConfigChecks, ConfigFault, Sentence } from './types.ts'

export interface ConfigChecksOptions {
  /** @default 2 */
  readonly threads?: number
  /** One check, its compilation included. @default 500 */
  readonly limitMs?: number
  /** A schema that was too costly is refused for so long without a new try. @default 60,000 */
  readonly pauseMs?: number
  /** Checks that may wait for a thread. @default 1000 */
  readonly waiting?: number
}

/** Configurations known to be valid; schemas known to be too costly. */
const REMEMBERED = 10_000

/** One thread is started at once, so that the first check does not wait for it; it keeps no process alive. */
export function createConfigChecks (options: ConfigChecksOptions = {}): ConfigChecks {
  return new Checks(options)
}

type Cost = ThreadEnd['by']
type ThreadEnd = Extract<ThreadResult, { readonly kind: 'ended' }>

class Checks implements ConfigChecks {
  readonly #limitMs: number
  readonly #pauseMs: number
  readonly #maxWaiting: number
  readonly #idle: CheckThread[] = [new CheckThread()]
  readonly #busy = new Set<CheckThread>()
  readonly #waiting: (() => void)[] = []
  /** Digests of content and configuration. */
  readonly #valid = new Map<string, true>()
  /** `listing`: only the search for all faults was too much. */
  readonly #costly = new Map<string, { readonly until: number, readonly by: Cost | 'listing' }>()
  readonly #threads: number
  #free: number
  #closed = false

  constructor ({ threads = 2, limitMs = 500, pauseMs = 60_000, waiting = 1_000 }: ConfigChecksOptions) {
    this.#threads = threads
    this.#free = threads
    this.#limitMs = limitMs
    this.#pauseMs = pauseMs
    this.#maxWaiting = waiting
  }

  async check (integrity: string, schema: Readonly<Record<string, unknown>>, config: Readonly<Record<string, unknown>>): Promise<ConfigCheck> {
    const bounded = schemaText(schema)
    if (!bounded.ok) return { kind: 'bad-schema', reason: bounded.reason }
    const text = JSON.stringify(config)
    const digest = createHash('sha256').update(integrity).update('\0').update(text).digest('base64')
    if (this.#valid.has(digest)) return { kind: 'valid' }
    if (this.#waiting.length >= this.#maxWaiting) return { kind: 'busy' }
    const check = await this.#inTurn({ integrity, schema: bounded.text, config: text })
    if (check.kind === 'valid') remember(this.#valid, digest, true)
    return check
  }

  async close (): Promise<void> {
    this.#closed = true
    for (const next of this.#waiting.splice(0)) next()
    await Promise.all([...this.#idle.splice(0), ...this.#busy].map(async thread => await thread.end()))
  }

  async #inTurn (task: Omit<CheckTask, 'listAll'>): Promise<ConfigCheck> {
    if (this.#closed) throw closed()
    if (this.#free === 0) await new Promise<void>(resolve => this.#waiting.push(resolve))
    else this.#free--
    try {
      if (this.#closed) throw closed()
      return await this.#perform(task)
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#free++
      else next()
    }
  }

  async #perform (task: Omit<CheckTask, 'listAll'>): Promise<ConfigCheck> {
    // Looked at in turn: others with the same schema may have been before.
    const known = this.#knownCost(task.integrity)
    if (known !== undefined && known !== 'listing') return tooCostly(known, this.#limitMs)
    const result = await this.#run({ ...task, listAll: known === undefined })
    if (result.kind === 'answered') return result.answer
    remember(this.#costly, task.integrity, { until: performance.now() + this.#pauseMs, by: result.first === undefined ? result.by : 'listing' })
    return result.first ?? tooCostly(result.by, this.#limitMs)
  }

  /** A heap may be full of what others have left: a schema is blamed for what it does to a new thread. */
  async #run (task: CheckTask): Promise<ThreadResult> {
    const idle = this.#idle.pop()
    const used = idle?.lost === true ? undefined : idle
    const result = await this.#runIn(used ?? new CheckThread(), task)
    return result.kind === 'ended' && result.by === 'memory' && used !== undefined ? await this.#runIn(new CheckThread(), task) : result
  }

  async #runIn (thread: CheckThread, task: CheckTask): Promise<ThreadResult> {
    this.#busy.add(thread)
    try {
      return await thread.run(task, this.#limitMs)
    } finally {
      this.#busy.delete(thread)
      // One that was lost is replaced now, so that the next check does not wait for it.
      if (!this.#closed && this.#idle.length + this.#busy.size < this.#threads) this.#idle.push(thread.lost ? new CheckThread() : thread)
      else await thread.end()
    }
  }

  #knownCost (integrity: string): Cost | 'listing' | undefined {
    const known = this.#costly.get(integrity)
    return known === undefined || known.until < performance.now() ? undefined : known.by
  }
}

function tooCostly (by: Cost, limitMs: number): ConfigCheck {
  return { kind: 'too-costly', reason: by === 'memory' ? TOO_MUCH_MEMORY : { en: `more than ${limitMs} ms`, fr: `plus de ${limitMs} ms` } }
}

const TOO_MUCH_MEMORY: Sentence = { en: `more than ${HEAP_MB} MB of memory`, fr: `plus de ${HEAP_MB} Mo de mémoire` }

function closed (): Error {
  return new Error('configurations are no longer checked: the service stops')
}

/** The one that was remembered first is forgotten. */
function remember<T> (map: Map<string, T>, key: string, value: T): void {
  map.delete(key)
  map.set(key, value)
  const [oldest] = map.keys()
  if (map.size > REMEMBERED && oldest !== undefined) map.delete(oldest)
}
