/** How often webhook keys may be tried. Counted in memory: each process of the API counts for itself, from its start on. */
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { network } from './callers/network.ts'
import { HttpError } from './errors.ts'

const CALLS = 60
const WRONG_KEYS = 20
const SECONDS = 60

export interface WebhookRateOptions {
  /** Calls of one address to one processing in a minute, right or wrong. @default 60 */
  readonly webhookCalls?: number
  /** Wrong keys of one address in a minute, whatever processings they are for; then no key of it is looked at. @default 20 */
  readonly wrongWebhookKeys?: number
}

/**
 * What one caller does costs others nothing: everything is counted by his address (of IPv6 by the network, which he has whole). Keys
 * expire after a minute, so that what is kept is bounded by what is called in a minute.
 */
export class WebhookRate {
  readonly #calls: RateLimiterMemory
  readonly #wrong: RateLimiterMemory

  constructor ({ webhookCalls = CALLS, wrongWebhookKeys = WRONG_KEYS }: WebhookRateOptions) {
    this.#calls = new RateLimiterMemory({ points: webhookCalls, duration: SECONDS })
    this.#wrong = new RateLimiterMemory({ points: wrongWebhookKeys, duration: SECONDS })
  }

  /** Before a key is looked at. Throws 429. */
  async take (address: string, processingId: string): Promise<void> {
    const from = network(address)
    const wrong = await this.#wrong.get(from)
    if (wrong !== null && wrong.remainingPoints <= 0) throw tooMany(wrong)
    await this.#calls.consume(`${processingId} ${from}`).catch(refused => { throw refused instanceof RateLimiterRes ? tooMany(refused) : refused })
  }

  async countWrong (address: string): Promise<void> {
    await this.#wrong.penalty(network(address))
  }
}

function tooMany ({ msBeforeNext }: RateLimiterRes): HttpError {
  const seconds = Math.max(1, Math.ceil(msBeforeNext / 1000))
  return new HttpError(429, 'too-many-webhook-calls', { seconds }, { headers: { 'Retry-After': String(seconds) } })
}
