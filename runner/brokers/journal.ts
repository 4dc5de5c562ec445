/** `ws.waitForJournal`: a plugin waits for an event of a dataset. The messages are in journal-connection.ts. */
import { BrokerError, isRecord, refuse } from './guest-error.ts'
import { JournalConnection } from './journal-connection.ts'
import type { JournalConnectionOptions } from './journal-connection.ts'

export interface JournalBrokerOptions extends Pick<JournalConnectionOptions, 'url' | 'apiKey' | 'account'> {
  readonly limits?: Partial<JournalLimits>
}

export interface JournalLimits {
  /** Waits at once. @default 16 */
  readonly waits: number
  /** The longest wait; a plugin may ask for less. @default 1 h */
  readonly waitMs: number
  /** How long a connection and a subscription may take. @default 10 s */
  readonly confirmMs: number
  /** Pause before the first reconnection; doubled each time, up to 64 times as long. @default 250 ms */
  readonly reconnectMs: number
}

export interface JournalBroker {
  /** Arguments of the plugin, unread. Answers the journal event; rejects with a `BrokerError`. */
  waitForJournal(datasetId: unknown, eventType: unknown, timeoutMs?: unknown): Promise<unknown>
  /** What still waits is rejected; resolved when the connection is closed. */
  close(): Promise<void>
}

interface Wait {
  readonly channel: string
  readonly eventType: string
  readonly resolve: (event: unknown) => void
  readonly reject: (error: BrokerError) => void
}

const DEFAULT_WAIT_MS = 300_000
const defaults: JournalLimits = { waits: 16, waitMs: 3_600_000, confirmMs: 10_000, reconnectMs: 250 }

export function createJournalBroker (options: JournalBrokerOptions): JournalBroker {
  return new Journal(options)
}

class Journal implements JournalBroker {
  readonly #limits: JournalLimits
  readonly #connection: JournalConnection
  readonly #waits = new Set<Wait>()
  #closed = false

  constructor ({ limits, ...account }: JournalBrokerOptions) {
    this.#limits = { ...defaults, ...limits }
    this.#connection = new JournalConnection({
      ...account,
      confirmMs: this.#limits.confirmMs,
      reconnectMs: this.#limits.reconnectMs,
      wanted: () => new Set([...this.#waits].map((wait) => wait.channel)),
      onMessage: (type, channel, data) => this.#hear(type, channel, data)
    })
  }

  async waitForJournal (datasetId: unknown, eventType: unknown, timeoutMs?: unknown): Promise<unknown> {
    const channel = `datasets/${readId(datasetId)}/journal`
    const type = readEventType(eventType)
    const ms = Math.min(readTimeout(timeoutMs), this.#limits.waitMs)
    if (this.#closed) throw ended()
    if (this.#waits.size >= this.#limits.waits) {
      throw refuse('journal-limit', { limit: this.#limits.waits })
    }
    return await new Promise((resolve, reject) => this.#add(channel, type, ms, resolve, reject))
  }

  async close (): Promise<void> {
    this.#closed = true
    for (const wait of this.#waits) wait.reject(ended())
    await this.#connection.close()
  }

  #add (channel: string, eventType: string, ms: number, resolve: (event: unknown) => void, reject: (error: BrokerError) => void): void {
    const clock = setTimeout(() => wait.reject(new BrokerError('ETIMEDOUT', `Timeout of ${ms}ms exceeded`)), ms)
    const settle = <T> (how: (value: T) => void) => (value: T) => {
      clearTimeout(clock)
      this.#waits.delete(wait)
      how(value)
    }
    const wait: Wait = { channel, eventType, resolve: settle(resolve), reject: settle(reject) }
    // Before the subscription: an event may follow its confirmation at once.
    this.#waits.add(wait)
    this.#connection.watch(channel)
  }

  #hear (type: 'message' | 'error', channel: string, data: unknown): void {
    for (const wait of this.#waits) {
      if (wait.channel !== channel) continue
      if (type === 'error') wait.reject(refuse('journal-refused', { reason: words(data) }))
      else if (isRecord(data) && data.type === 'error') wait.reject(new BrokerError('journal-error', words(data.data)))
      else if (isRecord(data) && data.type === wait.eventType) wait.resolve(data)
    }
  }
}

function readId (value: unknown): string {
  if (typeof value === 'string' && /^[\w.~-]{1,256}$/.test(value)) return value
  throw new BrokerError('ERR_INVALID_ARG_VALUE', 'waitForJournal expects the id of a dataset: letters, digits, "-", "_", "." and "~".')
}

function readEventType (value: unknown): string {
  if (typeof value === 'string' && /^[\w.:-]{1,100}$/.test(value)) return value
  throw new BrokerError('ERR_INVALID_ARG_VALUE', 'waitForJournal expects the type of a journal event, for example "finalize-end".')
}

function readTimeout (value: unknown): number {
  if (value === undefined || value === null) return DEFAULT_WAIT_MS
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value
  throw new BrokerError('ERR_INVALID_ARG_TYPE', 'waitForJournal expects a timeout in milliseconds.')
}

function ended (): BrokerError {
  return new BrokerError('interrupted', 'The run has ended.')
}

function words (data: unknown): string {
  return (typeof data === 'string' ? data : JSON.stringify(data) ?? 'no reason was given').slice(0, 2000)
}
