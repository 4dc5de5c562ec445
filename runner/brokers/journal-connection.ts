/**
 * The WebSocket to data-fair on which a run hears of its datasets:
 *
 *   -> { type: 'subscribe', channel, apiKey?, account? }
 *   <- { type: 'subscribe-confirm', channel } | { type: 'error', channel, data }
 *   <- { type: 'message', channel, data }
 *
 * Opened at the first `watch` and kept; while some channel is wanted it is opened again when it breaks.
 * Not covered, as upstream: what was told while the connection was broken is not told again.
 */
import { WebSocket } from 'ws'
import type { Account } from '../../store/types.ts'
import { isRecord } from './guest-error.ts'

export interface JournalConnectionOptions {
  /** Base URL of data-fair, the private one where there is one. */
  readonly url: string
  readonly apiKey?: string
  /** In admin mode: the account on whose behalf the key is used. */
  readonly account?: Account
  /** How long a connection and a subscription may take. */
  readonly confirmMs: number
  /** Pause before the first reconnection; doubled each time, up to 64 times as long. */
  readonly reconnectMs: number
  /** Channels that somebody waits on. */
  readonly wanted: () => ReadonlySet<string>
  /** A `message` or `error` of a channel, its `data` unread. */
  readonly onMessage: (type: 'message' | 'error', channel: string, data: unknown) => void
}

const MAX_MESSAGE_BYTES = 2 ** 20

export class JournalConnection {
  readonly #options: JournalConnectionOptions
  /** Subscriptions asked for and not yet confirmed, with the clock of each. */
  readonly #unconfirmed = new Map<string, NodeJS.Timeout>()
  readonly #subscribed = new Set<string>()
  #socket: WebSocket | undefined
  #retry: NodeJS.Timeout | undefined
  #failures = 0
  #closed = false

  constructor (options: JournalConnectionOptions) {
    this.#options = options
  }

  /** Subscribes to a channel of `wanted`, now or as soon as there is a connection. */
  watch (channel: string): void {
    if (this.#socket === undefined) this.#connect()
    else this.#subscribe(channel)
  }

  async close (): Promise<void> {
    this.#closed = true
    clearTimeout(this.#retry)
    const socket = this.#socket
    if (socket === undefined) return
    const closed = new Promise<void>((resolve) => { socket.once('close', () => resolve()) })
    socket.terminate()
    await closed
  }

  #connect (): void {
    if (this.#closed || this.#retry !== undefined) return
    const { url, confirmMs, wanted } = this.#options
    const address = `${url.replace(/^http/, 'ws').replace(/\/+$/, '')}/`
    const socket = new WebSocket(address, { handshakeTimeout: confirmMs, maxPayload: MAX_MESSAGE_BYTES, perMessageDeflate: false })
    this.#socket = socket
    socket.on('open', () => {
      for (const channel of wanted()) this.#subscribe(channel)
    })
    socket.on('message', (bytes) => this.#read(String(bytes)))
    socket.on('error', () => {}) // 'close' follows, and there it is dealt with
    socket.on('close', () => this.#lost())
  }

  #lost (): void {
    const { reconnectMs, wanted } = this.#options
    this.#socket = undefined
    for (const clock of this.#unconfirmed.values()) clearTimeout(clock)
    this.#unconfirmed.clear()
    this.#subscribed.clear()
    if (this.#closed || wanted().size === 0) return
    this.#retry = setTimeout(() => {
      this.#retry = undefined
      if (wanted().size > 0) this.#connect()
    }, reconnectMs * 2 ** Math.min(this.#failures++, 6))
  }

  #subscribe (channel: string): void {
    if (this.#socket?.readyState !== WebSocket.OPEN || this.#subscribed.has(channel) || this.#unconfirmed.has(channel)) return
    const { apiKey, account, confirmMs } = this.#options
    this.#socket.send(JSON.stringify({ type: 'subscribe', channel, apiKey, account: account === undefined ? undefined : JSON.stringify(account) }))
    this.#unconfirmed.set(channel, setTimeout(() => this.#socket?.terminate(), confirmMs))
  }

  #read (text: string): void {
    const message = parse(text)
    if (!isRecord(message) || typeof message.channel !== 'string') return
    const { type, channel, data } = message
    if (type === 'subscribe-confirm' || type === 'error') {
      clearTimeout(this.#unconfirmed.get(channel))
      if (this.#unconfirmed.delete(channel) && type === 'subscribe-confirm') this.#subscribed.add(channel)
    }
    if (type === 'subscribe-confirm') this.#failures = 0
    if (type === 'message' || type === 'error') this.#options.onMessage(type, channel, data)
  }
}

function parse (text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // not for us: the protocol is JSON
  }
}
