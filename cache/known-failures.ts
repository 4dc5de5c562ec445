/** Builds that failed and would fail again: they do not take a thread again at once. In memory, of this process; bounded. */
import type { Failure } from './build-tasks.ts'
import type { ReasonCode } from './reasons.ts'

/** How long what the machine may have a part in is not tried again: it may have been busy, or short of memory. */
export const RETRY_MS = 10 * 60_000
const MAX_KEPT = 10_000

const FOR_NOW: ReadonlySet<ReasonCode> = new Set(['bundle-slow', 'bundle-broken', 'unpack-slow', 'copy-slow'])

export class KnownFailures {
  readonly #clock: () => number
  /** The oldest first. */
  readonly #kept = new Map<string, { readonly failure: Failure, readonly until: number }>()

  constructor (clock: () => number) {
    this.#clock = clock
  }

  get (key: string): Failure | undefined {
    const known = this.#kept.get(key)
    if (known === undefined || known.until > this.#clock()) return known?.failure
    this.#kept.delete(key)
  }

  /** Keeps what is worth keeping. `key`: of the bytes that failed. */
  note (key: string, failure: Failure): void {
    const ms = keptMs(failure)
    if (ms === 0) return
    this.#kept.delete(key)
    this.#kept.set(key, { failure, until: this.#clock() + ms })
    if (this.#kept.size > MAX_KEPT) this.#kept.delete(this.#kept.keys().next().value as string) // it is not empty
  }
}

function keptMs ({ lasting, reason }: Failure): number {
  if (lasting) return Infinity
  return FOR_NOW.has(reason.code) ? RETRY_MS : 0
}
