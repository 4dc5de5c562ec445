/** `http`: the client. Servers are refused by name. */
import { constantsOf } from './members.ts'
import { Agent } from './http-agent.ts'
import { validateHeaderName, validateHeaderValue } from './http-headers.ts'
import { IncomingMessage } from './http-incoming.ts'
import { ClientRequest, requestFunctions } from './http-request.ts'

const METHODS = [
  'ACL', 'BIND', 'CHECKOUT', 'CONNECT', 'COPY', 'DELETE', 'GET', 'HEAD', 'LINK', 'LOCK', 'M-SEARCH', 'MERGE', 'MKACTIVITY', 'MKCALENDAR', 'MKCOL',
  'MOVE', 'NOTIFY', 'OPTIONS', 'PATCH', 'POST', 'PROPFIND', 'PROPPATCH', 'PURGE', 'PUT', 'QUERY', 'REBIND', 'REPORT', 'SEARCH', 'SOURCE', 'SUBSCRIBE',
  'TRACE', 'UNBIND', 'UNLINK', 'UNLOCK', 'UNSUBSCRIBE'
]

export default {
  ...requestFunctions('http:'),
  Agent,
  ClientRequest,
  IncomingMessage,
  METHODS,
  STATUS_CODES: constantsOf('http', 'STATUS_CODES'),
  globalAgent: new Agent({ keepAlive: true, scheduling: 'lifo', timeout: 5_000 }),
  maxHeaderSize: 16_384,
  setMaxIdleHTTPParsers: (_max: number): void => {},
  validateHeaderName,
  validateHeaderValue
}
