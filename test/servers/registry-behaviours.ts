/** What may go wrong between a registry and whoever downloads. */
import type { ServerResponse } from 'node:http'

export type Behaviour =
  | { readonly kind: 'status', readonly status: number, readonly retryAfter?: string }
  /** The whole length is announced, `bytes` are sent, the connection is closed. */
  | { readonly kind: 'truncate', readonly bytes: number }
  /** The same, with a reset. */
  | { readonly kind: 'reset', readonly bytes: number }
  /** The first `bytes` bytes, as if they were all. */
  | { readonly kind: 'cut', readonly bytes: number }
  /** `bytes` bytes every `everyMs`. */
  | { readonly kind: 'slow', readonly bytes: number, readonly everyMs: number }
  /** Status 200 and a page of text. */
  | { readonly kind: 'page', readonly type: string, readonly text: string }
  /** 302 to a storage; `again`: which redirects once more. */
  | { readonly kind: 'redirect', readonly again?: boolean, readonly origin?: string }
  /** The request is read and never answered. */
  | { readonly kind: 'silent' }

export interface Download {
  readonly id: string
  readonly bytes: Buffer
  readonly headers: Readonly<Record<string, string>>
}

export function misbehave (behaviour: Behaviour, download: Download, response: ServerResponse): void {
  const { id, bytes, headers } = download
  const announced = { ...headers, 'content-type': 'application/gzip', 'content-length': bytes.length }
  switch (behaviour.kind) {
    case 'silent':
      return
    case 'status':
      response.writeHead(behaviour.status, behaviour.retryAfter === undefined ? {} : { 'retry-after': behaviour.retryAfter }).end(`status ${behaviour.status}`)
      return
    case 'truncate':
      response.writeHead(200, announced).write(bytes.subarray(0, behaviour.bytes), () => response.socket?.end())
      return
    case 'reset':
      response.writeHead(200, announced).write(bytes.subarray(0, behaviour.bytes), () => setTimeout(() => response.socket?.resetAndDestroy(), 20))
      return
    case 'cut':
      response.writeHead(200, { ...headers, 'content-length': behaviour.bytes }).end(bytes.subarray(0, behaviour.bytes))
      return
    case 'slow':
      response.writeHead(200, announced).flushHeaders()
      sendSlowly(bytes, behaviour.bytes, behaviour.everyMs, response)
      return
    case 'page':
      response.writeHead(200, { ...headers, 'content-type': behaviour.type }).end(behaviour.text)
      return
    case 'redirect':
      response.writeHead(302, { ...headers, location: `${behaviour.origin ?? ''}/storage/${encodeURIComponent(id)}?signature=abc` }).end()
  }
}

function sendSlowly (bytes: Buffer, step: number, everyMs: number, response: ServerResponse): void {
  let sent = 0
  const timer = setInterval(() => {
    response.write(bytes.subarray(sent, sent + step))
    sent += step
    if (sent < bytes.length) return
    clearInterval(timer)
    response.end()
  }, everyMs)
  response.on('close', () => clearInterval(timer))
}
