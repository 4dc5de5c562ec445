/** `fetch` and its classes, over the platform's HTTP. */
import type { GuestHttpRequest } from '../../protocol.ts'
import { httpRequest, httpUpload, type HttpCall, type HttpResponse, type HttpUpload } from '../http.ts'
import type { BodyInit, Source } from './body.ts'
import { Headers } from './headers.ts'
import { localResponse } from './local.ts'
import { bodyOf, Request, type RequestInit } from './request.ts'
import { createResponse, Response } from './response.ts'
import { aborted, reasonOf, type Signal } from './signal.ts'

export { Headers, Request, Response }

/** As browsers and undici. */
const MAX_REDIRECTS = 20

/** Rejects with a TypeError `fetch failed` whose cause carries the code, or with the reason of an abort. */
export async function fetch (input: unknown, init?: RequestInit): Promise<Response> {
  const request = new Request(input, init)
  const { signal } = request
  if (signal?.aborted === true) throw reasonOf(signal)
  const local = localResponse(request)
  if (local !== undefined) return local
  const { call, failed } = send({
    method: request.method,
    url: request.url,
    headers: withDefaults(request.headers),
    redirects: request.redirect === 'follow' ? MAX_REDIRECTS : 0,
    timeoutMs: 0,
    context: false
  }, bodyOf(request))
  const abort = abortable(call, signal)
  try {
    const response = await Promise.race([call.response, failed])
    if (request.redirect === 'error' && isRedirect(response.status)) {
      call.cancel()
      throw new Error('unexpected redirect')
    }
    return toResponse(request, response, abort)
  } catch (cause) {
    abort.end()
    call.cancel()
    throw aborted(signal) ? reasonOf(signal) : new TypeError('fetch failed', { cause })
  }
}

/** `failed` rejects when the body cannot be read to its end; it never resolves. */
function send (request: GuestHttpRequest, { bytes, source }: BodyInit): { call: HttpCall, failed: Promise<never> } {
  if (source === undefined) return { call: httpRequest(request, bytes), failed: new Promise(() => {}) }
  const call = httpUpload(request)
  const failed = new Promise<never>((_resolve, reject) => { sendAll(source, call.upload).catch(reject) })
  return { call, failed }
}

async function sendAll (source: Source, upload: HttpUpload): Promise<void> {
  for (let chunk = await source.read(); chunk !== undefined; chunk = await source.read()) {
    if (await upload.write(chunk)) continue
    source.cancel() // the answer is there, and nobody wants the rest
    return
  }
  upload.end()
}

interface Abortable { readonly signal: Signal | undefined, end (): void }

function abortable (call: HttpCall, signal: Signal | undefined): Abortable {
  const onAbort = (): void => { call.cancel() }
  signal?.addEventListener('abort', onAbort, { once: true })
  return { signal, end () { signal?.removeEventListener('abort', onAbort) } }
}

function toResponse (request: Request, response: HttpResponse, abort: Abortable): Response {
  const hasBody = request.method !== 'HEAD' && ![101, 204, 205, 304].includes(response.status)
  const read = async (): Promise<Uint8Array | undefined> => {
    try {
      const chunk = await response.read()
      if (chunk === undefined) abort.end()
      return chunk
    } catch (cause) {
      abort.end()
      throw aborted(abort.signal) ? reasonOf(abort.signal) : new TypeError('terminated', { cause })
    }
  }
  const source = hasBody ? { read, cancel: () => { response.cancel() } } : undefined
  return createResponse({ source, url: response.url, redirected: response.url !== request.url }, response)
}

function withDefaults (headers: Headers): [string, string][] {
  const list = [...headers]
  if (!headers.has('accept')) list.push(['accept', '*/*'])
  if (!headers.has('user-agent')) list.push(['user-agent', 'node'])
  return list
}

function isRedirect (status: number): boolean {
  return [301, 302, 303, 307, 308].includes(status)
}
