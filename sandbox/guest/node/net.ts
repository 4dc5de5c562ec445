/** `net`: what an address is, and a Socket that has no network (net-socket.ts). Connections are refused by name. */
import { lazily } from '../globals/lazily.ts'
import type { SocketClass } from './net-socket.ts'

const V4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/
const GROUPS = 8

function isIPv4 (text: unknown): boolean {
  return V4.test(`${text as string}`)
}

/** Groups of up to four hexadecimal digits, one `::` at most, an IPv4 address in place of the last two, a zone after `%`. */
function isIPv6 (text: unknown): boolean {
  const [address = '', zone, ...more] = `${text as string}`.split('%')
  if (more.length > 0 || (zone !== undefined && !/^[0-9a-zA-Z-.:]+$/.test(zone))) return false
  const halves = address.split('::')
  if (halves.length > 2) return false
  const groups = halves.flatMap(half => half === '' ? [] : half.split(':'))
  const last = groups.at(-1)
  const hasV4 = last !== undefined && last.includes('.') && !address.endsWith('::')
  if (hasV4 && !isIPv4(last)) return false
  const count = groups.length + (hasV4 ? 1 : 0)
  if (!(hasV4 ? groups.slice(0, -1) : groups).every(group => /^[0-9a-f]{1,4}$/i.test(group))) return false
  return halves.length === 2 ? count < GROUPS : count === GROUPS
}

const isIP = (text: unknown): 0 | 4 | 6 => isIPv4(text) ? 4 : isIPv6(text) ? 6 : 0

const socketClass = (): SocketClass => (require('./net-socket.ts') as { Socket: SocketClass }).Socket

const net = { isIP, isIPv4, isIPv6 }
lazily(net, 'Socket', socketClass, true)
lazily(net, 'Stream', socketClass, true)
export default net
