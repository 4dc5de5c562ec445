/** Addresses of names for a plugin: those that it could connect to, and no others. What a private name resolves to is nobody's business. */
import { isIP } from 'node:net'
import type { EgressPolicy } from './egress-policy.ts'
import { BrokerError, refuse } from './guest-error.ts'
import type { Resolve } from './http-resolver.ts'

export interface LookupOptions {
  readonly policy: EgressPolicy
  readonly resolve: Resolve
  /** In one run. @default 1000 */
  readonly lookups?: number
}

export interface Address { readonly address: string, readonly family: number }

const MAX_NAME = 255

/** The function answers all allowed addresses of a name. Rejects with ENOTFOUND, EAI_AGAIN, or `network-limit`. */
export function createLookup ({ policy, resolve, lookups = 1000 }: LookupOptions): (host: unknown) => Promise<readonly Address[]> {
  let asked = 0
  return async (host) => {
    if (typeof host !== 'string' || host === '' || host.length > MAX_NAME || isIP(host) !== 0) throw notFound(`${host as string}`.slice(0, MAX_NAME))
    if (++asked > lookups) throw refuse('network-limit', { variant: 'count', what: 'lookups', limit: lookups })
    if (!URL.canParse(`http://${host}/`) || !policy.decide(new URL(`http://${host}/`)).ok) throw notFound(host)
    const addresses = await resolve(host, false).catch((error: unknown) => { throw toLookupError(error, host) })
    const allowed = addresses.filter(({ address }) => policy.addressAllowed(address))
    // One that is not allowed makes the name unreachable (http-connector.ts): it is said here already.
    if (allowed.length === 0 || allowed.length < addresses.length) throw notFound(host)
    return allowed.map(({ address, family }) => ({ address, family }))
  }
}

function toLookupError (error: unknown, host: string): BrokerError {
  const code = error instanceof Error && 'code' in error && error.code === 'EAI_AGAIN' ? 'EAI_AGAIN' : 'ENOTFOUND'
  return new BrokerError(code, `getaddrinfo ${code} ${host}`)
}

function notFound (host: string): BrokerError {
  return new BrokerError('ENOTFOUND', `getaddrinfo ENOTFOUND ${host}`)
}
