/** The log of one run: entries of its plugin, checked and within limits, and those of the runner. */
import { cleanText, cutText } from '../clean-text.ts'
import { keyOf } from '../limits.ts'
import { noMask, type Mask } from '../mask.ts'
import { renderText, type Locale, type TextCode, type TextParams } from '../outcome-texts.ts'
import { checkEntry, type CheckedEntry } from './guest-log.ts'
import { LogWriter } from './log-writer.ts'
import type { LogEntry, LogType, Store, TaskProgress } from '../../store/types.ts'

export interface LogBrokerOptions {
  readonly store: Pick<Store, 'logs'>
  readonly runId: string
  readonly attempt: number
  /** The last sequence number of the log so far: 0 for a new run. */
  readonly startSeq: number
  /** Of what the plugin writes. */
  readonly limits: { readonly entries: number, readonly bytes: number, readonly entryBytes: number }
  /** Whether entries of type `debug` of the plugin are kept. */
  readonly debug: boolean
  readonly locale: Locale
  /** Gives the stacks in a text of the plugin the positions of its files. @default the text as it is */
  readonly readable?: (text: string) => string
  /** Takes secrets out of whatever is written. @default nothing is taken out */
  readonly mask?: Mask
  /** Milliseconds since 1970. @default Date.now */
  readonly clock?: () => number
  readonly onAppended: () => void
  /** Once: another attempt has the run; the broker drops everything from now on. */
  readonly onFenced: () => void
  /** Once: the store did not take the log for about ten seconds; the broker drops everything from now on. */
  readonly onError: (error: unknown) => void
}

export interface LogBroker {
  /** What the guest sent (GuestLogEntry[] if it is honest). Never throws. */
  take (entries: unknown): void
  /** An entry of the runner: never dropped because of a limit. `extra` is trusted to be JSON. */
  entry (type: LogType, code: TextCode, params?: TextParams, extra?: unknown): void
  /** The plugin writes no more: what it still sends is ignored. If entries were dropped, here or before (`alsoDropped`), one warning says how many. */
  endGuest (alsoDropped?: number): void
  /** Resolves when everything so far is in the store, or the broker has given up. */
  flush (): Promise<void>
  /** `endGuest` and `flush`; answers what the plugin wrote. */
  close (): Promise<LogTotals>
}

export interface LogTotals {
  readonly entries: number
  readonly bytes: number
  readonly dropped: number
}

export function createLogBroker (options: LogBrokerOptions): LogBroker {
  return new RunLog(options)
}

class RunLog implements LogBroker {
  readonly #options: LogBrokerOptions
  readonly #clock: () => number
  readonly #mask: Mask
  readonly #writer: LogWriter
  readonly #leftOut: string
  /** The first task entry with a text. */
  readonly #tasks = new Map<string, number>()
  #seq: number
  #lastDate = 0
  #entries = 0
  #bytes = 0
  #dropped = 0
  #guestEnded = false

  constructor (options: LogBrokerOptions) {
    const { store, runId, attempt, onAppended, onFenced, onError } = options
    this.#options = options
    this.#clock = options.clock ?? Date.now
    this.#mask = options.mask ?? noMask
    this.#writer = new LogWriter({ logs: store.logs, runId, attempt, onAppended, onFenced, onError })
    this.#leftOut = renderText('extra-left-out', { limitBytes: options.limits.entryBytes }, options.locale)
    this.#seq = options.startSeq
  }

  take (entries: unknown): void {
    if (this.#guestEnded || !Array.isArray(entries)) return
    const { limits, readable = asItIs } = this.#options
    // Masked before it is cleaned and cut: half of a secret would not be known for one.
    const rules = { entryBytes: limits.entryBytes, now: this.#clock(), leftOut: this.#leftOut, readable: (text: string) => this.#mask.text(readable(text)) }
    for (const entry of entries as unknown[]) {
      const checked = checkEntry(entry, { ...rules, notBefore: this.#lastDate })
      if (checked === undefined) this.#dropped++
      else if (checked.kind === 'progress') this.#progress(checked)
      else if (checked.type !== 'debug' || this.#options.debug) this.#keep(checked)
    }
  }

  entry (type: LogType, code: TextCode, params: TextParams = {}, extra?: unknown): void {
    const known = this.#mask.value(params) as TextParams // of the same shape
    const msg = cutText(cleanText(renderText(code, known, this.#options.locale)), this.#options.limits.entryBytes)
    this.#append({ type, msg, code, params: known, ...(extra === undefined ? {} : { extra }) }, this.#clock())
  }

  endGuest (alsoDropped = 0): void {
    if (this.#guestEnded) return
    this.#guestEnded = true
    this.#dropped += alsoDropped
    if (this.#dropped === 0) return
    const { entries: limitEntries, bytes: limitBytes } = this.#options.limits
    // The sandbox drops what passes the bytes before they are full: an entry is kept whole or not at all.
    const key = this.#entries >= limitEntries ? keyOf('logEntries') : keyOf('logBytes')
    this.entry('warning', 'log-limit', { limitEntries, limitBytes, dropped: this.#dropped, key })
  }

  async flush (): Promise<void> {
    await this.#writer.flush()
  }

  async close (): Promise<LogTotals> {
    this.endGuest()
    await this.flush()
    return { entries: this.#entries, bytes: this.#bytes, dropped: this.#dropped }
  }

  #keep ({ type, msg, date, extra, bytes, told }: CheckedEntry & { kind: 'entry' }, progress?: TaskProgress): void {
    if (this.#entries >= this.#options.limits.entries || this.#bytes >= this.#options.limits.bytes) {
      this.#dropped++
      return
    }
    this.#entries++
    this.#bytes += bytes
    const text = told === undefined ? { msg } : { msg: cutText(renderText(told.code, told.params, this.#options.locale), this.#options.limits.entryBytes), ...told }
    const seq = this.#append({ type, ...text, ...(extra === undefined ? {} : { extra }), ...progress }, date)
    if (type === 'task' && !this.#tasks.has(msg)) this.#tasks.set(msg, seq)
  }

  #progress ({ msg, date, progress, total, bytes }: CheckedEntry & { kind: 'progress' }): void {
    const value = { progress, total, progressDate: new Date(date).toISOString() }
    const seq = this.#tasks.get(msg)
    if (seq === undefined) this.#keep({ kind: 'entry', type: 'task', msg, date, bytes }, value)
    else this.#writer.progress(seq, value)
  }

  #append (fields: Omit<LogEntry, 'seq' | 'date'>, date: number): number {
    this.#lastDate = Math.max(this.#lastDate, date)
    const seq = ++this.#seq
    const { msg, extra, ...rest } = fields
    this.#writer.append({ seq, date: new Date(this.#lastDate).toISOString(), ...rest, msg: this.#mask.text(msg), ...(extra === undefined ? {} : { extra: this.#mask.value(extra) }) })
    return seq
  }
}

function asItIs (text: string): string {
  return text
}
