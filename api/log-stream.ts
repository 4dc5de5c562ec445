/** GET /api/v1/runs/:id/log/stream: the log as it is written. */
import { Readable } from 'node:stream'
import { runFor, viewerOf } from './access.ts'
import { HttpError } from './errors.ts'
import { logEvents } from './log-events.ts'
import { badParameter, readQuery } from './query.ts'
import type { ApiDeps, Context } from './types.ts'
import { Waker } from './waker.ts'

const MAX_STREAMS = 1000
const HEARTBEAT_MS = 15_000
const POLL_MS = 1000
const STREAM_MS = 3_600_000
const LAST_TEXT_MS = 1000

/** Counts the open streams, and ends each: with its run, when the reader leaves, after an hour, when the service stops. */
export class LogStreams {
  readonly #deps: ApiDeps
  #open = 0

  constructor (deps: ApiDeps) {
    this.#deps = deps
  }

  /** `?after=` or `Last-Event-ID`: the last sequence number that the reader has. Throws 503 when too many streams are open. */
  async open (ctx: Context): Promise<void> {
    const { store, bus, options } = this.#deps
    const after = readAfter(ctx)
    const { _id: runId } = await runFor(ctx, this.#deps, 'read')
    const limit = options.maxStreams ?? MAX_STREAMS
    if (this.#open >= limit) throw new HttpError(503, 'too-many-streams', { limit }, { headers: { 'Retry-After': '5' } })
    const end = new AbortController()
    const waker = new Waker(bus, `run:${runId}`, end.signal)
    const events = logEvents(store, waker, {
      runId,
      viewer: viewerOf(ctx),
      after,
      pollMs: options.pollMs ?? POLL_MS,
      heartbeatMs: options.heartbeatMs ?? HEARTBEAT_MS,
      signal: end.signal
    })
    // One text at a time: what the reader has not taken holds the next one back.
    const stream = Readable.from(events, { highWaterMark: 1 })
    this.#follow(ctx, stream, end, waker)
    ctx.set('X-Accel-Buffering', 'no')
    ctx.type = 'text/event-stream'
    ctx.body = stream
  }

  /** Everything that was opened for a stream is given back when it closes, also when nobody has read from it. */
  #follow (ctx: Context, stream: Readable, end: AbortController, waker: Waker): void {
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
    this.#open++
    stream.once('close', () => {
      this.#open--
      clearTimeout(timer)
      closing?.removeEventListener('abort', abort)
      ctx.res.removeListener('close', abort)
      waker.close()
    })
    if (closing?.aborted === true || ctx.res.destroyed) abort()
  }
}

function readAfter (ctx: Context): number {
  const text = readQuery(ctx, ['after']).after ?? ctx.get('last-event-id')
  if (text === '') return 0
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw badParameter('after', { en: 'the number of a log entry', fr: 'le numéro d\'une ligne du journal' }, text)
}
