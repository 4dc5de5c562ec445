/** How often one address may send wrong credentials. Counted in memory: each process of the API counts for itself, from its start on. */
import { RateLimiterMemory } from 'rate-limiter-flexible'
import { HttpError } from '../errors.ts'
import { network } from './network.ts'

const WRONG_KEYS = 60
const SECONDS = 60

export interface WrongKeysOptions {
  /** Wrong keys of one address in a minute, and as many wrong sessions; then none of that kind is looked at. @default 60 */
  readonly wrongKeys?: number
}

/** A browser whose session has run out costs the programs behind the same address nothing, nor the other way round. */
export type Credentials = 'key' | 'session'

/** What is kept is bounded by what is called in a minute, as in webhook-rate.ts. */
export class WrongKeys {
  readonly #wrong: RateLimiterMemory

  constructor ({ wrongKeys = WRONG_KEYS }: WrongKeysOptions) {
    this.#wrong = new RateLimiterMemory({ points: wrongKeys, duration: SECONDS })
  }

  /** Before credentials are looked at. Throws 429. */
  async check (kind: Credentials, address: string): Promise<void> {
    const wrong = await this.#wrong.get(`${kind} ${network(address)}`)
    if (wrong === null || wrong.remainingPoints > 0) return
    const seconds = Math.max(1, Math.ceil(wrong.msBeforeNext / 1000))
    throw new HttpError(429, 'too-many-wrong-keys', { seconds }, { headers: { 'Retry-After': String(seconds) } })
  }

  async count (kind: Credentials, address: string): Promise<void> {
    await this.#wrong.penalty(`${kind} ${network(address)}`)
  }
}
