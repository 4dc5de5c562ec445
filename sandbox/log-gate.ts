/**
 * What of a guest's log leaves its thread. A flood must cost neither the pipe, nor the cell's main thread, nor the runner: it is ended here,
 * and costs the run that makes it its own time.
 *
 *   lines      until the limits of the log are reached; the rest is counted
 *   progress   as it comes, up to PASS updates each WINDOW_MS; beyond that the newest value of each task waits for the next window
 */
import type { GuestLogEntry, JobLimits } from './protocol.ts'

type Line = Exclude<GuestLogEntry, { type: 'progress' }>
type Progress = Extract<GuestLogEntry, { type: 'progress' }>

const WINDOW_MS = 100
/** Far more than a person can see, far less than a core can send. */
const PASS = 128
/** Of the entries that travel together. */
const PIECE_CHARS = 65_536
/** Tasks whose newest value waits. */
const WAITING_TASKS = 256

export class LogGate {
  readonly #limits: Pick<JobLimits, 'logEntries' | 'logBytes' | 'logEntryBytes'>
  readonly #post: (entries: GuestLogEntry[]) => void
  /** The newest value of each task, in the order in which they began to wait. */
  readonly #waiting = new Map<string, Progress>()
  #window: NodeJS.Timeout | undefined
  #passed = 0
  #entries = 0
  #bytes = 0
  #dropped = 0

  constructor (limits: Pick<JobLimits, 'logEntries' | 'logBytes' | 'logEntryBytes'>, post: (entries: GuestLogEntry[]) => void) {
    this.#limits = limits
    this.#post = post
  }

  /** Entries that were dropped because of a limit, or were none. */
  get dropped (): number { return this.#dropped }

  /** `entries` is a guest's: nothing of it is trusted, and only the fields of an entry go on. */
  take (entries: readonly unknown[]): void {
    const kept: GuestLogEntry[] = []
    for (const entry of entries) {
      if (isProgress(entry) ? this.#admitProgress(entry, kept) : isLine(entry) && this.#admitLine(entry, kept)) continue
      this.#dropped++
    }
    this.#send(kept)
  }

  /** Sends the values that wait: the run has ended, or its log is over. */
  close (): void {
    clearTimeout(this.#window)
    this.#window = undefined
    const last = [...this.#waiting.values()]
    this.#waiting.clear()
    this.#send(last)
  }

  #admitLine ({ type, msg, date, extra, code }: Line, kept: GuestLogEntry[]): boolean {
    const { logEntries, logBytes, logEntryBytes } = this.#limits
    const size = msg.length + sizeOf(extra)
    // The guest cuts its entries; escapes may make one longer, nothing honest twice as long.
    if (this.#entries >= logEntries || this.#bytes + size > logBytes || size > 2 * logEntryBytes) return false
    this.#entries++
    this.#bytes += size
    kept.push({ type, msg, date, ...(extra === undefined ? {} : { extra }), ...(code === 'http-retry' ? { code } : {}) })
    return true
  }

  /** Where one waits, all wait: an older value must not arrive after a newer one. */
  #admitProgress ({ type, msg, date, progress, total }: Progress, kept: GuestLogEntry[]): boolean {
    if (msg.length > this.#limits.logEntryBytes) return false
    const entry = { type, msg, date, progress, total }
    if (this.#waiting.size === 0 && this.#passed < PASS) {
      this.#passed++
      this.#window ??= setTimeout(() => this.#nextWindow(), WINDOW_MS)
      kept.push(entry)
      return true
    }
    if (this.#waiting.size >= WAITING_TASKS && !this.#waiting.has(msg)) return false
    this.#waiting.set(msg, entry)
    return true
  }

  #nextWindow (): void {
    this.#passed = 0
    this.#window = undefined
    if (this.#waiting.size === 0) return
    this.#window = setTimeout(() => this.#nextWindow(), WINDOW_MS)
    const next = [...this.#waiting.values()].slice(0, PASS)
    this.#passed = next.length
    for (const { msg } of next) this.#waiting.delete(msg)
    this.#send(next)
  }

  /** In pieces that are short to read: a task may have a long name. */
  #send (entries: readonly GuestLogEntry[]): void {
    let piece: GuestLogEntry[] = []
    let chars = 0
    for (const entry of entries) {
      const length = JSON.stringify(entry).length
      if (piece.length > 0 && chars + length > PIECE_CHARS) {
        this.#post(piece)
        piece = []
        chars = 0
      }
      piece.push(entry)
      chars += length
    }
    if (piece.length > 0) this.#post(piece)
  }
}

function isEntry (entry: unknown): entry is { type: unknown, msg: string, date: number } & Record<string, unknown> {
  return typeof entry === 'object' && entry !== null && 'msg' in entry && typeof entry.msg === 'string' && 'date' in entry && typeof entry.date === 'number'
}

function isProgress (entry: unknown): entry is Progress {
  return isEntry(entry) && entry.type === 'progress' && typeof entry.progress === 'number' && typeof entry.total === 'number'
}

const TYPES: ReadonlySet<unknown> = new Set<Line['type']>(['step', 'info', 'warning', 'error', 'debug', 'task'])

function isLine (entry: unknown): entry is Line {
  return isEntry(entry) && TYPES.has(entry.type)
}

/** UTF-16 units; of an object those of its JSON. */
function sizeOf (extra: unknown): number {
  if (typeof extra === 'string') return extra.length
  return typeof extra === 'object' && extra !== null ? JSON.stringify(extra).length : 0
}
