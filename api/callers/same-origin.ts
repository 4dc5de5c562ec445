/** Cookies go with whatever a page has the browser send. Pure. */
import type { Door } from './door.ts'

/** As the browser says; '' for a header that is not there. */
export interface Sent {
  readonly method: string
  readonly fetchSite: string
  readonly origin: string
}

export function isReading (method: string): boolean {
  return ['GET', 'HEAD', 'OPTIONS'].includes(method)
}

/**
 * Whether a request that writes comes from a page of the service's own origin (`Sec-Fetch-Site`, else `Origin`). What has neither header
 * was not sent by a page: browsers put `Origin` on every request that writes.
 */
export function isSameOrigin ({ method, fetchSite, origin }: Sent, door: Pick<Door, 'host' | 'protocol'>): boolean {
  if (isReading(method)) return true
  return fetchSite === '' ? origin === '' || isOurs(origin, door) : fetchSite === 'same-origin' || fetchSite === 'none'
}

/** The `Origin` of a WebSocket, which a page of any site may open, whatever its method says. */
export function isOurs (origin: string, { host, protocol }: Pick<Door, 'host' | 'protocol'>): boolean {
  const page = URL.parse(origin)
  if (page === null || !/^https?:$/.test(page.protocol)) return false
  if (protocol !== undefined && page.protocol !== `${protocol}:`) return false
  return page.host === URL.parse(`${page.protocol}//${host}`)?.host
}
