/** What one run has used of the network, held against its limits. */
import type { BrokerError } from './guest-error.ts'
import type { HttpLimitKeys, HttpLimits } from './http-limits.ts'
import { defaultHttpLimits, limitReached } from './http-limits.ts'

interface HostUsage { readonly requests: number, readonly bytesIn: number, readonly bytesOut: number }

export interface HttpUsage extends HostUsage {
  /** Requests that the egress policy refused. */
  readonly denied: number
  /** By `host:port` as the plugin named it; from the 101st on they are counted together under `*`. */
  readonly hosts: Readonly<Record<string, HostUsage>>
}

const MAX_HOSTS = 100

export class HttpBudget {
  readonly limits: HttpLimits
  readonly #keys: HttpLimitKeys
  readonly #total = { requests: 0, bytesIn: 0, bytesOut: 0 }
  readonly #hosts = new Map<string, { requests: number, bytesIn: number, bytesOut: number }>()
  #denied = 0

  constructor (limits: Partial<HttpLimits> = {}, keys: HttpLimitKeys = {}) {
    this.limits = { ...defaultHttpLimits, ...limits }
    this.#keys = keys
  }

  /** Counts a request about to be handed to the network. Throws `network-limit`. */
  sent (host: string, bytes: number): void {
    if (this.#total.requests >= this.limits.requests) throw this.exceeded('requests')
    if (this.#total.bytesOut + bytes > this.limits.requestBytes) throw this.exceeded('requestBytes')
    for (const count of [this.#total, this.#host(host)]) {
      count.requests += 1
      count.bytesOut += bytes
    }
  }

  /** Counts a piece of a request's body that comes after the request. Throws `network-limit`. */
  uploaded (host: string, bytes: number): void {
    if (this.#total.bytesOut + bytes > this.limits.requestBytes) throw this.exceeded('requestBytes')
    for (const count of [this.#total, this.#host(host)]) count.bytesOut += bytes
  }

  denied (): void {
    this.#denied += 1
  }

  /** The error for a limit that was hit. */
  exceeded (limit: keyof HttpLimits): BrokerError {
    return limitReached(limit, this.limits, this.#keys)
  }

  /**
   * Charges the run with one response from `host`: its bytes before or after decoding, whichever is more. What it answers
   * throws `network-limit`, also for a response that swells as it is decoded.
   */
  meter (host: string): (kind: 'raw' | 'decoded', bytes: number) => void {
    const { decodedRatio, freeDecodedBytes } = this.limits
    const seen = { raw: 0, decoded: 0 }
    let charged = 0
    return (kind, bytes) => {
      seen[kind] += bytes
      const due = Math.max(seen.raw, seen.decoded) - charged
      charged += due
      this.#received(host, due)
      if (seen.decoded > freeDecodedBytes && seen.decoded > seen.raw * decodedRatio) throw this.exceeded('decodedRatio')
    }
  }

  usage (): HttpUsage {
    return { ...this.#total, denied: this.#denied, hosts: Object.fromEntries([...this.#hosts].map(([host, count]) => [host, { ...count }])) }
  }

  #received (host: string, bytes: number): void {
    for (const count of [this.#total, this.#host(host)]) count.bytesIn += bytes
    if (this.#total.bytesIn > this.limits.responseBytes) throw this.exceeded('responseBytes')
  }

  #host (host: string) {
    const name = this.#hosts.has(host) || this.#hosts.size < MAX_HOSTS ? host : '*'
    const found = this.#hosts.get(name) ?? { requests: 0, bytesIn: 0, bytesOut: 0 }
    this.#hosts.set(name, found)
    return found
  }
}
