/** Names to addresses, for one run. */
import { lookup, Resolver } from 'node:dns/promises'
import type { LookupAddress } from 'node:dns'

/**
 * All addresses of a name. `opened`: the operator has named this host himself.
 * Rejects with `code` ENOTFOUND when there is none, EAI_AGAIN when nobody could tell.
 */
export type Resolve = (host: string, opened: boolean) => Promise<readonly LookupAddress[]>

export interface ResolverOptions {
  /** For one server's answer to one try. @default 3000 */
  readonly timeoutMs?: number
  /** @default 2 */
  readonly tries?: number
  /** `address` or `address:port`. @default those of the system */
  readonly servers?: readonly string[]
}

/**
 * Names that a plugin chose are asked of the DNS servers directly: the system's resolver occupies threads that the whole
 * runner shares, and slow names would stop other runs. Its own Resolver gives each run a cache of its own.
 * Names that the operator opened take the system's way, with its hosts file and search domains.
 */
export function createResolver (options: ResolverOptions = {}): { resolve: Resolve, close(): void } {
  let dns: Resolver | undefined // most runs never need it
  return {
    async resolve (host, opened) {
      if (opened) return await lookup(host, { all: true })
      dns ??= openDns(options)
      return await ask(dns, host)
    },
    close: () => dns?.cancel()
  }
}

function openDns ({ timeoutMs = 3000, tries = 2, servers }: ResolverOptions): Resolver {
  const dns = new Resolver({ timeout: timeoutMs, tries })
  if (servers !== undefined) dns.setServers(servers)
  return dns
}

async function ask (dns: Resolver, host: string): Promise<LookupAddress[]> {
  const [four, six] = await Promise.allSettled([dns.resolve4(host), dns.resolve6(host)])
  const addresses = [
    ...(four.status === 'fulfilled' ? four.value.map((address) => ({ address, family: 4 })) : []),
    ...(six.status === 'fulfilled' ? six.value.map((address) => ({ address, family: 6 })) : [])
  ]
  if (addresses.length > 0) return addresses
  const unknown = [four, six].every((answer) => answer.status === 'rejected' && isUnknown(answer.reason))
  throw Object.assign(new Error(`getaddrinfo ${unknown ? 'ENOTFOUND' : 'EAI_AGAIN'} ${host}`), { code: unknown ? 'ENOTFOUND' : 'EAI_AGAIN' })
}

function isUnknown (reason: unknown): boolean {
  return reason instanceof Error && 'code' in reason && ['ENOTFOUND', 'ENODATA', 'EBADNAME'].includes(String(reason.code))
}
