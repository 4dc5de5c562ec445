/** Errors of the network as a plugin sees them: Node's and axios' codes, sentences that name only what the plugin named. Pure. */
import type { EgressDenial } from './egress-policy.ts'
import { BrokerError, refuse } from './guest-error.ts'
import type { HttpBudget } from './http-budget.ts'
import { EgressError } from './http-connector.ts'

const CONNECT = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'ENETDOWN', 'EADDRNOTAVAIL', 'ETIMEDOUT'])
const HANG_UP = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'UND_ERR_CLOSED', 'UND_ERR_DESTROYED', 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH'])

/** `url`: what the plugin asked for, or was redirected to. */
export function toNetworkError (error: unknown, url: URL, budget: HttpBudget): BrokerError {
  if (error instanceof BrokerError) return error
  if (error instanceof EgressError) return denied(error.denial)
  const code = codeOf(error)
  const target = `${url.hostname}:${url.port || (url.protocol === 'https:' ? '443' : '80')}`
  if (code === 'UND_ERR_HEADERS_TIMEOUT') return budget.exceeded('headersMs')
  if (code === 'UND_ERR_BODY_TIMEOUT') return budget.exceeded('idleMs')
  if (code === 'UND_ERR_CONNECT_TIMEOUT') return new BrokerError('ETIMEDOUT', `connect ETIMEDOUT ${target}`)
  if (code === 'UND_ERR_HEADERS_OVERFLOW') return new BrokerError('HPE_HEADER_OVERFLOW', `Parse Error: Header overflow (${target})`)
  if (code === 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH') return new BrokerError('ERR_HTTP_CONTENT_LENGTH_MISMATCH', `The body of the request to ${target} has not the length that its Content-Length says.`)
  if (code === 'UND_ERR_ABORTED') return new BrokerError('ECONNABORTED', 'Request aborted')
  if (HANG_UP.has(code)) return new BrokerError('ECONNRESET', `socket hang up (${target})`)
  if (CONNECT.has(code)) return new BrokerError(code, `connect ${code} ${target}`)
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return new BrokerError(code, `getaddrinfo ${code} ${url.hostname}`)
  if (code.startsWith('HPE_')) return new BrokerError(code, `The answer of ${target} is not valid HTTP (${code}).`)
  if (/^(Z_|ERR__)/.test(code)) return new BrokerError(code, `The answer of ${target} cannot be decompressed (${code}).`)
  if (/CERT|SELF_SIGNED|UNABLE_TO/.test(code)) return new BrokerError(code, `The certificate of ${target} is not accepted (${code}).`)
  return new BrokerError(code, `The request to ${target} failed (${code}).`)
}

function denied ({ reason, params }: EgressDenial): BrokerError {
  const host = reason === 'port' ? `${params.host}:${params.port}` : reason === 'protocol' ? `${params.protocol}://${params.host}` : params.host
  return refuse('network-denied', { host, reason })
}

/** Node's code of an error or of what caused it; a code that is none of Node's form is not passed on. */
function codeOf (error: unknown): string {
  if (error instanceof Error && error.name === 'HTTPParserError') return 'code' in error ? String(error.code ?? 'HPE_INVALID_CONSTANT') : 'HPE_INVALID_CONSTANT'
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (/^[A-Z][A-Z0-9_]{2,60}$/.test(code)) return code
  return error instanceof Error && error.cause !== undefined ? codeOf(error.cause) : 'ECONNABORTED'
}
