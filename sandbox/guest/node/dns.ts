/** `dns`: names to the addresses that the run may connect to, by the platform. Other records are refused by name. */
import { call } from '../link.ts'
import { jsonStringify } from '../primordials.ts'
import { promisifyCustom } from '../timers-promises.ts'
import { withCode } from '../turns.ts'
import { checkFunction, invalidArgType, invalidArgValue } from './invalid-argument.ts'
import { constantsOf, systemErrors } from './members.ts'

interface Address { readonly address: string, readonly family: number }
interface LookupOptions { readonly family?: number | 'IPv4' | 'IPv6', readonly all?: boolean, readonly order?: string, readonly verbatim?: boolean }
type Callback = (error: Error | null, ...answer: unknown[]) => void

const V4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/

/** Known without asking; whether a run may connect to them is another question. */
const LOCALHOST: readonly Address[] = [{ address: '127.0.0.1', family: 4 }, { address: '::1', family: 6 }]

function literalFamily (host: string): number {
  if (V4.test(host)) return 4
  return host.includes(':') && URL.canParse(`http://[${host.replace(/%.*$/, '')}]/`) ? 6 : 0
}

async function find (host: string, family: number): Promise<Address[]> {
  const literal = literalFamily(host)
  if (literal !== 0) return [{ address: host, family: literal }]
  if (/^localhost\.?$/i.test(host)) return LOCALHOST.filter(address => family === 0 || address.family === family)
  try {
    const addresses = await call('lookup', `[${jsonStringify(host)}]`) as Address[] // runner/brokers/lookup.ts
    const wanted = addresses.filter(address => family === 0 || address.family === family)
    if (wanted.length > 0) return wanted
  } catch (error) {
    throw lookupError(host, (error as { code?: string }).code)
  }
  throw lookupError(host, 'ENOTFOUND')
}

function lookupError (hostname: string, code = 'ENOTFOUND'): Error {
  const errno = systemErrors()[code]?.[0] ?? -3008
  return Object.assign(withCode(new Error(`getaddrinfo ${code} ${hostname}`), code), { errno, syscall: 'getaddrinfo', hostname })
}

function readOptions (given: unknown): { family: number, all: boolean } {
  const { family = 0, all = false } = typeof given === 'number' ? { family: given } as LookupOptions : (given ?? {}) as LookupOptions // checked below
  const number = family === 'IPv4' ? 4 : family === 'IPv6' ? 6 : family
  if (number !== 0 && number !== 4 && number !== 6) throw invalidArgValue('family', family, 'must be one of: 0, 4, 6')
  return { family: number, all: Boolean(all) }
}

function lookup (hostname: unknown, given: unknown, last?: unknown): object {
  const [options, callback] = typeof given === 'function' ? [undefined, given] : [given, last]
  if (typeof hostname !== 'string') throw invalidArgType('hostname', 'of type string', hostname)
  const { family, all } = readOptions(options)
  checkFunction('callback', callback)
  const tell = callback as Callback
  find(hostname, family).then(addresses => { if (all) tell(null, addresses); else tell(null, addresses[0]?.address, addresses[0]?.family) }, tell)
  return {}
}
Object.defineProperty(lookup, promisifyCustom, { value: (hostname: unknown, options?: unknown) => lookupLater(hostname, options), configurable: true })

async function lookupLater (hostname: unknown, given?: unknown): Promise<unknown> {
  if (typeof hostname !== 'string') throw invalidArgType('hostname', 'of type string', hostname)
  const { family, all } = readOptions(given)
  const addresses = await find(hostname, family)
  return all ? addresses : addresses[0]
}

const resolver = (family: number) => async (hostname: string): Promise<string[]> => (await find(hostname, family)).map(({ address }) => address)
const resolve4Later = resolver(4)
const resolve6Later = resolver(6)

const withCallback = (later: (hostname: string) => Promise<string[]>) => (hostname: string, ...rest: unknown[]): void => {
  const callback = rest.pop()
  checkFunction('callback', callback)
  later(hostname).then(addresses => { callback(null, addresses) }, callback)
}

let order = 'verbatim'
const shared = {
  ...constantsOf('dns'),
  getDefaultResultOrder: () => order,
  setDefaultResultOrder: (value: string) => { order = value },
  getServers: (): string[] => []
}

export const promises = { ...shared, lookup: lookupLater, resolve4: resolve4Later, resolve6: resolve6Later }

export default { ...shared, lookup, resolve4: withCallback(resolve4Later), resolve6: withCallback(resolve6Later), promises }
