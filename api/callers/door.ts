/** By which way a request came in. `x-forwarded-*` are words of the caller, unless a proxy that is trusted has written them. */
import ipaddr from 'ipaddr.js'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'

export interface Door {
  /** IP address of the caller: the last one in the line that no trusted proxy has. */
  readonly address: string
  /** Host and port that the caller asked for. */
  readonly host: string
  /** Undefined: not known (a proxy that is not trusted may stand before us). */
  readonly protocol: 'http' | 'https' | undefined
  /** Through a reverse proxy, where anybody may come from. To claim it can only cost the caller rights, so anybody is believed. */
  readonly public: boolean
}

export interface Arrival {
  readonly remoteAddress: string
  readonly encrypted: boolean
  readonly headers: IncomingHttpHeaders
}

/** Is this the address of a proxy that tells the truth? */
export type Trusted = (address: string) => boolean

/** What `doorOf` reads of a request. */
export function arrivalOf ({ socket, headers }: IncomingMessage): Arrival {
  return { remoteAddress: socket.remoteAddress ?? '', encrypted: 'encrypted' in socket, headers }
}

export function doorOf ({ remoteAddress, encrypted, headers }: Arrival, trusted: Trusted): Door {
  const isPublic = headers['x-forwarded-host'] !== undefined
  const host = headers.host ?? ''
  if (!trusted(remoteAddress)) return { address: remoteAddress, host, protocol: encrypted ? 'https' : undefined, public: isPublic }
  const protocol = first(headers['x-forwarded-proto'])
  return {
    address: callerAddress(remoteAddress, list(headers['x-forwarded-for']), trusted),
    host: forwardedHost(headers) ?? host,
    protocol: protocol === 'http' || protocol === 'https' ? protocol : undefined,
    public: isPublic
  }
}

/** `loopback`, `private`, addresses and ranges (`10.0.0.0/8`). Throws for what is none of them. */
export function trustedProxies (entries: readonly string[]): Trusted {
  const [loopback, inside] = [entries.includes('loopback'), entries.includes('private')]
  const ranges = entries.filter(entry => entry !== 'loopback' && entry !== 'private').map(entry => entry.includes('/') ? ipaddr.parseCIDR(entry) : single(ipaddr.process(entry)))
  return address => {
    if (!ipaddr.isValid(address)) return false
    const ip = ipaddr.process(address)
    const range = ip.range()
    if (loopback && range === 'loopback') return true
    if (inside && (range === 'private' || range === 'uniqueLocal' || range === 'linkLocal')) return true
    return ranges.some(([base, bits]) => ip.kind() === base.kind() && ip.match([base, bits]))
  }
}

function single (address: ipaddr.IPv4 | ipaddr.IPv6): [ipaddr.IPv4 | ipaddr.IPv6, number] {
  return [address, address.kind() === 'ipv4' ? 32 : 128]
}

/** From the nearest hop outwards: each trusted proxy vouches for the one before it. */
function callerAddress (remoteAddress: string, forwarded: readonly string[], trusted: Trusted): string {
  let address = remoteAddress
  for (const hop of forwarded.toReversed()) {
    if (!trusted(address) || !ipaddr.isValid(hop)) break
    address = hop
  }
  return address
}

/** As @data-fair/lib puts it together. */
function forwardedHost (headers: IncomingHttpHeaders): string | undefined {
  const host = first(headers['x-forwarded-host'])
  const port = first(headers['x-forwarded-port'])
  if (host === undefined || port === undefined || !/^\d{1,5}$/.test(port)) return host
  return `${host.replace(/:\d+$/, '')}:${port}`
}

function first (header: string | string[] | undefined): string | undefined {
  return list(header)[0]
}

function list (header: string | string[] | undefined): string[] {
  return String(header ?? '').split(',').map(part => part.trim()).filter(part => part !== '')
}
