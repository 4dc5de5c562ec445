/** GET /api/v1/runs/:id/log/stream: the log as it is written. */
import { Readable } from 'node:stream'
import type { Run } from '../store/types.ts'
import { viewerOf } from './access.ts'
import { HttpError } from './errors.ts'
import { logEvents } from './log-events.ts'
import { printFound } from './print-found.ts'
import type { Call } from './routes/route.ts'
import type { ApiDeps, Context } from './types.ts'
import { Waker } from './waker.ts'

const LAST_ID = 'Last-Event-ID'
const MAX_STREAMS = 1000
const MAX_ACCOUNT_STREAMS = 100
const HEARTBEAT_MS = 15_000
const POLL_MS = 1000
const STREAM_MS = 3_600_000
const LAST_TEXT_MS = 1000

/** Counts the open streams, and ends each: with its run, when the reader leaves, after an hour, when the service stops. */
export class LogStreams {
  readonly #deps: ApiDeps
  /** Open streams of each account that follows: they are never more than `maxStreams` in all. */
  readonly #open = new Map<string, number>()

  constructor (deps: ApiDeps) {
    this.#deps = deps
  }

  /** `?after=` or `Last-Event-ID`: the last sequence number that the reader has. Throws 429 when the caller's account has too many streams open, 503 when all have. */
  open ({ ctx, subject: { _id: runId }, query }: Call<Run>): Readable {
    const { store, bus, options } = this.#deps
    const after = query.after === undefined ? readLastId(ctx.get(LAST_ID)) : Number(query.after)
    const viewer = viewerOf(ctx)
    const { type, id } = viewer.session.account
    const account = `${type}:${id}`
    this.#refuseTooMany(account)
    const end = new AbortController()
    const waker = new Waker(bus, `run:${runId}`, end.signal)
    const events = logEvents(store, waker, {
      runId,
      viewer,
      after,
      pollMs: options.pollMs ?? POLL_MS,
      heartbeatMs: options.heartbeatMs ?? HEARTBEAT_MS,
      signal: end.signal
    })
    // One text at a time: what the reader has not taken holds the next one back.
    const stream = Readable.from(events, { highWaterMark: 1 })
    this.#follow(ctx, account, stream, end, waker)
    ctx.set('X-Accel-Buffering', 'no')
    return stream
  }

  #refuseTooMany (account: string): void {
    const { maxStreams = MAX_STREAMS, maxAccountStreams = MAX_ACCOUNT_STREAMS } = this.#deps.options
    const headers = { 'Retry-After': '5' }
    if ((this.#open.get(account) ?? 0) >= maxAccountStreams) throw new HttpError(429, 'too-many-account-streams', { limit: maxAccountStreams }, { headers })
    if (this.#open.values().reduce((sum, count) => sum + count, 0) >= maxStreams) throw new HttpError(503, 'too-many-streams', { limit: maxStreams }, { headers })
  }

  #count (account: string, change: 1 | -1): void {
    const count = (this.#open.get(account) ?? 0) + change
    if (count === 0) this.#open.delete(account)
    else this.#open.set(account, count)
  }

  /** Everything that was opened for a stream is given back when it closes, also when nobody has read from it. */
  #follow (ctx: Context, account: string, stream: Readable, end: AbortController, waker: Waker): void {
    const { closing, options } = this.#deps
    const abort = () => {
      end.abort()
      // A reader who takes nothing would hold the last text for ever.
      setTimeout(() => stream.destroy(), LAST_TEXT_MS).unref()
    }
    const timer = setTimeout(abort, options.streamMs ?? STREAM_MS)
    timer.unref()
    closing?.addEventListener('abort', abort)
    ctx.res.once('close', abort)
    this.#count(account, 1)
    stream.once('close', () => {
      this.#count(account, -1)
      clearTimeout(timer)
      closing?.removeEventListener('abort', abort)
      ctx.res.removeListener('close', abort)
      waker.close()
    })
    if (closing?.aborted === true || ctx.res.destroyed) abort()
  }
}

/** Which a browser sends by itself. */
function readLastId (text: string): number {
  if (text === '') return 0
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new HttpError(400, 'bad-header', { field: LAST_ID, wanted: { en: 'the number of a log entry', fr: 'le numéro d\'une ligne du journal' }, found: printFound(text) })
}
