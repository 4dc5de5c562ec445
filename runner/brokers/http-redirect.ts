/** What follows a redirect, by the rules of fetch. Pure. */
import { BrokerError } from './guest-error.ts'
import type { Header, Hop } from './http-request.ts'
import { bare } from './http-request.ts'

const REDIRECTS = new Set([301, 302, 303, 307, 308])
/** They were meant for the first origin alone. */
const CREDENTIALS = new Set(['authorization', 'cookie', 'x-apikey', 'x-api-key', 'x-account', 'x-processing', 'x-secret-key'])
const ABOUT_BODY = /^content-/

/**
 * The next hop, or undefined when the response is no redirect. Credentials stay behind when the origin changes,
 * those written in the Location too. The caller decides on the new URL as on the first.
 * Throws ERR_FR_REDIRECTION_FAILURE when the Location cannot be read, or the body cannot be sent again.
 */
export function nextHop (hop: Hop, status: number, location: string | undefined): Hop | undefined {
  if (!REDIRECTS.has(status) || location === undefined) return undefined
  if (!URL.canParse(location, hop.url.href)) {
    throw new BrokerError('ERR_FR_REDIRECTION_FAILURE', `Redirected request failed: ${hop.url.host} answered a Location that is not a URL.`)
  }
  const url = bare(new URL(location, hop.url.href))
  const becomesGet = (status === 303 && hop.method !== 'HEAD' && hop.method !== 'GET') || ((status === 301 || status === 302) && hop.method === 'POST')
  const headers = hop.headers.filter(([name]) => staysWith(name, url.origin === hop.url.origin, becomesGet))
  if (hop.stream === true && !becomesGet) {
    throw new BrokerError('ERR_FR_REDIRECTION_FAILURE', `Redirected request failed: ${hop.url.host} answered ${status}, and the body of the request was a stream, which cannot be sent again.`)
  }
  return becomesGet ? { method: 'GET', url, headers } : { method: hop.method, url, headers, body: hop.body }
}

function staysWith (name: Header[0], sameOrigin: boolean, becomesGet: boolean): boolean {
  if (!sameOrigin && CREDENTIALS.has(name)) return false
  return !(becomesGet && ABOUT_BODY.test(name))
}
