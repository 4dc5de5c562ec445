/**
 * Where a plugin may connect to. Pure: it decides, http-connector.ts enforces at the moment of the connection.
 *
 *   1. Only http and https.
 *   2. A host and port opened by the operator (EGRESS_ALLOW), and the origins of data-fair, are allowed wherever they live.
 *   3. Otherwise: ports 80 and 443 only,
 *   4. and only addresses of the public Internet (global unicast), whatever name or notation led to them.
 *
 * It is never applied to a text: a URL is parsed first (which turns `0x7f.1`, `2130706433` or `①②⑦.⓪.⓪.①` into 127.0.0.1),
 * and a name is judged by every address it resolves to. Not covered: a public address that forwards to a private one.
 */
import ipaddr from 'ipaddr.js'

export interface EgressPolicy {
  /** On the URL alone. A name that is allowed here must still resolve to allowed addresses, unless `anyAddress`. */
  decide(url: URL): EgressDecision
  /** On an address as a resolver or a socket gives it: IPv4 or IPv6, with or without a zone. Anything else is not allowed. */
  addressAllowed(address: string): boolean
}

type EgressDecision =
  | { readonly ok: true, readonly anyAddress: boolean }
  | EgressDenial

export interface EgressDenial {
  readonly ok: false
  readonly reason: 'protocol' | 'port' | 'private-address'
  /** For the text `network-denied`: what the plugin named, never what it resolved to. */
  readonly params: { readonly host: string, readonly port: string, readonly protocol: string }
}

export interface EgressOptions {
  /** `host:port` entries; an IPv6 literal in brackets. */
  readonly allow?: readonly string[]
  /** URLs of data-fair: their origins are opened. */
  readonly dataFair?: readonly string[]
}

const PORTS = new Set(['80', '443'])

/**
 * Refused by name besides what ipaddr.js calls special, so that no version of it can open them.
 * Those that embed an IPv4 address (NAT64, 6to4, Teredo) could lead to a private one.
 */
const NEVER = [
  '0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24',
  '192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4',
  '168.63.129.16/32', // metadata and DNS of one cloud, on a public address
  '64:ff9b::/96', '64:ff9b:1::/48', // NAT64
  '2002::/16', '2001::/32', // 6to4, Teredo
  '2001:db8::/32', '3fff::/20', // documentation
  'fc00::/7', 'fe80::/10', 'fec0::/10', 'ff00::/8'
].map((range) => ipaddr.parseCIDR(range))

/** All of IPv6 that is given out as global unicast; `::a.b.c.d` and everything unassigned lies outside. */
const GLOBAL_V6 = ipaddr.IPv6.parseCIDR('2000::/3')

/** Throws a sentence when an entry of `allow` or a URL cannot be read. */
export function createEgressPolicy (options: EgressOptions = {}): EgressPolicy {
  const opened = new Set((options.allow ?? []).map(readAllow))
  const origins = new Set((options.dataFair ?? []).map((url) => originOf(new URL(url))))
  return { decide, addressAllowed }

  function decide (url: URL): EgressDecision {
    if (url.protocol !== 'http:' && url.protocol !== 'https:') return deny(url, 'protocol')
    if (origins.has(originOf(url)) || opened.has(`${hostOf(url)}:${portOf(url)}`)) return { ok: true, anyAddress: true }
    if (!PORTS.has(portOf(url))) return deny(url, 'port')
    if (isLoopbackName(hostOf(url))) return deny(url, 'private-address')
    const literal = literalOf(url)
    if (literal !== undefined && !addressAllowed(literal)) return deny(url, 'private-address')
    return { ok: true, anyAddress: false }
  }
}

/** The address when the host of `url` is one, else undefined. */
function literalOf (url: URL): string | undefined {
  const host = hostOf(url)
  if (host.startsWith('[')) return host.slice(1, -1)
  return ipaddr.IPv4.isValid(host) ? host : undefined
}

export function deny (url: URL, reason: EgressDenial['reason']): EgressDenial {
  return { ok: false, reason, params: { host: hostOf(url), port: portOf(url), protocol: url.protocol.slice(0, -1) } }
}

function addressAllowed (text: string): boolean {
  const address = parseAddress(text.replace(/%.*$/s, ''))
  if (address === undefined || address.range() !== 'unicast') return false
  if (address instanceof ipaddr.IPv6 && !address.match(GLOBAL_V6)) return false
  return !NEVER.some(([range, bits]) => range.kind() === address.kind() && address.match(range, bits))
}

/** v4-mapped IPv6 becomes the IPv4 address that it stands for. Undefined when it is no address in full notation. */
function parseAddress (text: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  if (!ipaddr.IPv6.isValid(text) && !ipaddr.IPv4.isValidFourPartDecimal(text)) return undefined
  return ipaddr.process(text)
}

/** RFC 6761: these names are the machine itself, whatever a resolver says. */
function isLoopbackName (host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost')
}

function readAllow (entry: string): string {
  const port = /:(\d{1,5})$/.exec(entry)?.[1]
  const url = URL.canParse(`http://${entry}/`) ? new URL(`http://${entry}/`) : undefined
  if (port === undefined || url === undefined || url.pathname !== '/' || url.username !== '' || url.search !== '' || url.hash !== '') {
    throw new TypeError(`an egress entry must be host:port (an IPv6 address in brackets), found "${entry}"`)
  }
  return `${hostOf(url)}:${Number(port)}`
}

/** Lower case (the URL parser sees to it), without the root's dot. */
function hostOf (url: URL): string {
  return url.hostname.replace(/\.$/, '')
}

function portOf (url: URL): string {
  return url.port || (url.protocol === 'https:' ? '443' : '80')
}

function originOf (url: URL): string {
  return `${url.protocol}//${hostOf(url)}:${portOf(url)}`
}
