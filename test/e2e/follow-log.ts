/** A reader of a run's live log, on a connection of its own, as a browser would be one. */
import { get, type IncomingMessage } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { readEvents } from '../../bin/follow/event-stream.ts'
import type { TestAccount, TestService } from './service.ts'

export interface LiveEvent {
  readonly event: string
  /** Sequence number of a log entry; 0 for other events. */
  readonly seq: number
  readonly data: any
  /** performance.now() of its arrival. */
  readonly at: number
}

export interface LogReader {
  readonly events: readonly LiveEvent[]
  /** Resolves when the connection is closed, from whichever side. */
  readonly closed: Promise<void>
  of(event: string): LiveEvent[]
  /** Sequence numbers of the entries, in the order of their arrival. */
  seqs(): number[]
  until(holds: (reader: LogReader) => boolean, what?: string): Promise<void>
  /** Leaves, as a browser does that is closed. */
  leave(): void
}

export interface FollowOptions {
  readonly as?: TestAccount
  readonly lastEventId?: number
}

const PATIENCE_MS = 20_000

export async function followLog (service: TestService, runId: string, { as, lastEventId }: FollowOptions = {}): Promise<LogReader> {
  const response = await open(`${service.url}/api/v1/runs/${runId}/log/stream`, {
    authorization: `Bearer ${service.adminKey}`,
    ...(as === undefined ? {} : { 'x-account': JSON.stringify(as) }),
    ...(lastEventId === undefined ? {} : { 'last-event-id': String(lastEventId) })
  })
  if (response.statusCode !== 200) throw new Error(`the live log answers ${response.statusCode}`)
  const events: LiveEvent[] = []
  const reader: LogReader = {
    events,
    closed: read(response, events),
    of: name => events.filter(({ event }) => event === name),
    seqs: () => reader.of('log').map(({ seq }) => seq),
    async until (holds, what = 'news') {
      for (const deadline = performance.now() + PATIENCE_MS; !holds(reader); await wait(5)) {
        if (performance.now() > deadline) throw new Error(`waited in vain for ${what}: ${JSON.stringify(events).slice(-2_000)}`)
      }
    },
    leave: () => { response.destroy() }
  }
  return reader
}

async function open (url: string, headers: Record<string, string>): Promise<IncomingMessage> {
  return await new Promise((resolve, reject) => { get(url, { agent: false, headers }, resolve).on('error', reject) })
}

async function read (response: IncomingMessage, events: LiveEvent[]): Promise<void> {
  try {
    for await (const { event, id, data } of readEvents(response)) {
      events.push({ event, seq: Number(id), data: JSON.parse(data), at: performance.now() })
    }
  } catch {} // the connection was ended, by the reader itself or by the service
}
