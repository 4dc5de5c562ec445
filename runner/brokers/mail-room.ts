/**
 * What mails of all runs may take of the service at once: bytes and number of those under way, and connections to the mail server. A mail
 * is under way from its acceptance until the server has answered, also when its run has ended meanwhile. One account, one run can take a
 * part of each only: the others always find room.
 */
import { refuse, type BrokerError } from './guest-error.ts'

export interface MailRoomLimits {
  /** Of all mails under way. @default 64 MiB */
  readonly bytes: number
  /** Of those of one account. @default a quarter of `bytes`, and never less than one mail may have */
  readonly accountBytes: number
  /** Of those of one run. @default an eighth of `bytes`, and never less than one mail may have */
  readonly runBytes: number
  /** @default 1000 */
  readonly mails: number
  /** @default 250 */
  readonly accountMails: number
  /** Mails handed to the mail server at once; the others wait. @default 4 */
  readonly connections: number
  /** @default 2 */
  readonly accountConnections: number
}

/** Configuration key of the bytes, for the sentence of a refusal. */
const KEY = 'MAILS_PENDING_MB'
const MIB = 2 ** 20

/** `mailBytes`: what one mail may have. */
export function roomLimits (bytes = 64 * MIB, mailBytes = 10 * MIB): MailRoomLimits {
  const share = (parts: number): number => Math.max(bytes / parts, mailBytes)
  return { bytes: Math.max(bytes, mailBytes), accountBytes: share(4), runBytes: share(8), mails: 1000, accountMails: 250, connections: 4, accountConnections: 2 }
}

interface Waiting { readonly account: string, readonly begin: () => void }

export class MailRoom {
  readonly #limits: MailRoomLimits
  readonly #held = { bytes: 0, mails: 0 }
  readonly #accounts = new Map<string, { bytes: number, mails: number, connections: number }>()
  readonly #waiting = new Set<Waiting>()
  #connections = 0

  constructor (limits: MailRoomLimits = roomLimits()) {
    this.#limits = limits
  }

  /** Bytes and number of the mails under way. */
  get held (): { readonly bytes: number, readonly mails: number } { return { ...this.#held } }

  /** Takes room for a mail; `run` counts those of its run. Answers what gives it back, once. Throws `mail-limit`. */
  take (account: string, run: { bytes: number }, bytes: number): () => void {
    const mine = this.#accounts.get(account) ?? { bytes: 0, mails: 0, connections: 0 }
    const { limits, held } = { limits: this.#limits, held: this.#held }
    if (run.bytes + bytes > limits.runBytes) throw noRoom('pending', 'mailsOfRun', limits.runBytes)
    if (mine.bytes + bytes > limits.accountBytes) throw noRoom('pending', 'mailsOfAccount', limits.accountBytes)
    if (held.bytes + bytes > limits.bytes) throw noRoom('pending', 'mailsOfAll', limits.bytes)
    if (mine.mails >= limits.accountMails) throw noRoom('waiting', 'mailsOfAccount', limits.accountMails)
    if (held.mails >= limits.mails) throw noRoom('waiting', 'mailsOfAll', limits.mails)
    this.#accounts.set(account, mine)
    const add = (sign: 1 | -1): void => {
      for (const count of [held, mine]) {
        count.bytes += sign * bytes
        count.mails += sign
      }
      run.bytes += sign * bytes
    }
    add(1)
    return () => {
      add(-1)
      if (mine.mails === 0) this.#accounts.delete(account)
    }
  }

  /** Resolves when a mail of the account, which has taken room, may go to the server; answers what must be called when it has. Rejects with the reason of the signal. */
  async turn (account: string, signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted()
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const waiting: Waiting = { account, begin: resolve }
    const onAbort = (): void => {
      if (this.#waiting.delete(waiting)) reject(signal.reason as Error) // of AbortSignal.timeout, or of whoever aborts
    }
    signal.addEventListener('abort', onAbort, { once: true })
    this.#waiting.add(waiting)
    this.#admit()
    try {
      await promise
    } finally {
      signal.removeEventListener('abort', onAbort)
    }
    return () => {
      this.#count(account, -1)
      this.#admit()
    }
  }

  #admit (): void {
    while (this.#connections < this.#limits.connections) {
      const next = this.#next()
      if (next === undefined) return
      this.#waiting.delete(next)
      this.#count(next.account, 1)
      next.begin()
    }
  }

  /** The first of the account with the fewest connections. */
  #next (): Waiting | undefined {
    let best: Waiting | undefined
    let fewest = this.#limits.accountConnections
    for (const waiting of this.#waiting) {
      const open = this.#accounts.get(waiting.account)?.connections ?? 0
      if (open >= fewest) continue
      best = waiting
      fewest = open
    }
    return best
  }

  #count (account: string, change: 1 | -1): void {
    this.#connections += change
    const mine = this.#accounts.get(account)
    if (mine !== undefined) mine.connections += change
  }
}

function noRoom (variant: 'pending' | 'waiting', what: 'mailsOfRun' | 'mailsOfAccount' | 'mailsOfAll', limit: number): BrokerError {
  return refuse('mail-limit', { variant, what, limit, ...(variant === 'pending' ? { key: KEY } : {}) })
}
