/** What axios asks of the network, over the platform's HTTP. It follows axios' own adapter for Node (lib/adapters/http.js). */
import axios, {
  AxiosError, AxiosHeaders, CanceledError, type AxiosAdapter, type AxiosProgressEvent, type AxiosResponse, type InternalAxiosRequestConfig
} from 'axios'
import type { GuestHttpRequest } from '../protocol.ts'
import { declaredLength, readBody, tooLarge, type RequestBody } from './axios-body.ts'
import { httpRequest, httpUpload, type HttpResponse } from './http.ts'
import { contentLength, readAll } from './http-body.ts'
import { parts } from './parts.ts'
import { withCode } from './turns.ts'
import { decodeUtf8, encodeUtf8 } from './globals/utf8.ts'

type Config = InternalAxiosRequestConfig

export function createAdapter (): AxiosAdapter {
  return async config => {
    const headers = AxiosHeaders.from(config.headers).normalize(false)
    headers.set('User-Agent', `axios/${axios.VERSION}`, false)
    setAuthorization(config, headers)
    const cancel = new Cancellation(config)
    try {
      const body = await readBody(config, headers)
      const response = await receive(config, await exchange(config, headers, body, cancel), cancel)
      return settle(config, response)
    } catch (error) {
      cancel.end()
      throw toAxiosError(error, config)
    }
  }
}

/** Sends the request; the response, or what made the sending fail. */
async function exchange (config: Config, headers: AxiosHeaders, body: RequestBody, cancel: Cancellation): Promise<HttpResponse> {
  const request: GuestHttpRequest = {
    method: (config.method ?? 'get').toUpperCase(),
    url: axios.getUri(config),
    headers: headerList(headers),
    redirects: config.maxRedirects ?? 0,
    timeoutMs: timeoutOf(config),
    context: true
  }
  if ('bytes' in body) {
    const call = httpRequest(request, body.bytes)
    cancel.follow(() => { call.cancel() })
    if (body.bytes !== undefined) progress(config.onUploadProgress, body.bytes.length, body.bytes.length, 'upload')
    return await call.response
  }
  const length = declaredLength(headers)
  const call = httpUpload(length === undefined ? request : { ...request, bodyLength: length })
  cancel.follow(() => { call.cancel() })
  const sent = parts.axiosStreams().sendStream(body.stream, call.upload, config, counted(config, length))
  const failed = new Promise<never>((_resolve, reject) => { sent.catch(reject) })
  try {
    return await Promise.race([call.response, failed])
  } catch (error) {
    call.cancel()
    throw error
  }
}

/** Tells the progress of a body in pieces, and refuses one that is too large. */
function counted (config: Config, length: number | undefined): (bytes: number) => void {
  let loaded = 0
  return bytes => {
    loaded += bytes
    if (config.maxBodyLength !== undefined && config.maxBodyLength > -1 && loaded > config.maxBodyLength) throw tooLarge()
    progress(config.onUploadProgress, loaded, length, 'upload', bytes)
  }
}

function timeoutOf ({ timeout }: Config): number {
  const ms = Math.trunc(Number(timeout))
  return ms > 0 ? ms : 0
}

function headerList (headers: AxiosHeaders): [string, string][] {
  const list: [string, string][] = []
  for (const [name, value] of Object.entries(headers.toJSON()) as [string, unknown][]) {
    if (value === undefined || value === null) continue
    for (const item of Array.isArray(value) ? value : [value]) list.push([name, `${item as string}`])
  }
  return list
}

/** `auth` goes before a header of the caller's own. A user in the URL is the broker's affair. */
function setAuthorization ({ auth }: Config, headers: AxiosHeaders): void {
  if (auth === undefined) return
  const bytes = encodeUtf8(`${auth.username ?? ''}:${auth.password ?? ''}`)
  headers.set('Authorization', `Basic ${bytes.toBase64()}`)
}

async function receive (config: Config, response: HttpResponse, cancel: Cancellation): Promise<AxiosResponse> {
  const total = contentLength(response.headers)
  const limit = config.maxContentLength !== undefined && config.maxContentLength > -1 ? config.maxContentLength : Infinity
  const told = (loaded: number, bytes: number): void => { progress(config.onDownloadProgress, loaded, total, 'download', bytes) }
  const shared = { status: response.status, statusText: response.statusText, headers: responseHeaders(response), config }
  if (config.responseType === 'stream') {
    const stream = parts.axiosStreams().responseStream(metered(response, limit, told, config), () => { cancel.end() })
    cancel.follow(() => { stream.destroy(cancel.reason as Error | undefined) })
    return { ...shared, data: stream, request: { res: stream } }
  }
  const bytes = await readAll(response, limit, told)
  cancel.end()
  // what plugins look at to learn where redirects have led
  return { ...shared, data: decode(config, bytes), request: { res: { responseUrl: response.url } } }
}

/** The same response, its bytes counted as they are read. */
function metered (response: HttpResponse, limit: number, told: (loaded: number, bytes: number) => void, config: Config): HttpResponse {
  let loaded = 0
  const read = async (): Promise<Uint8Array | undefined> => {
    const chunk = await response.read().catch((error: unknown) => { throw toAxiosError(error, config) })
    if (chunk === undefined) return undefined
    loaded += chunk.length
    if (loaded > limit) throw toAxiosError(withCode(new RangeError('the body is too large'), 'body-too-large'), config)
    told(loaded, chunk.length)
    return chunk
  }
  return { ...response, read }
}

function decode ({ responseType, responseEncoding }: Config, bytes: Uint8Array): unknown {
  if (responseType === 'arraybuffer') return parts.buffer().Buffer.from(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength)
  const encoding = responseEncoding?.toLowerCase() ?? 'utf8'
  if (encoding === 'utf8' || encoding === 'utf-8') {
    const text = decodeUtf8(bytes)
    return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
  }
  return parts.buffer().Buffer.from(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength).toString(encoding as BufferEncoding) // an unknown one throws, as in Node
}

/** As Node gives them: lower case, repeated ones joined, cookies in a list. */
function responseHeaders (response: HttpResponse): AxiosHeaders {
  const merged = new Map<string, string>()
  const cookies: string[] = []
  for (const [name, value] of response.headers) {
    const key = name.toLowerCase()
    if (key === 'set-cookie') cookies.push(value)
    else merged.set(key, merged.has(key) ? `${merged.get(key)}, ${value}` : value)
  }
  return new AxiosHeaders({ ...Object.fromEntries(merged), ...(cookies.length > 0 ? { 'set-cookie': cookies } : {}) })
}

/** lib/core/settle.js */
function settle (config: Config, response: AxiosResponse): AxiosResponse {
  const { validateStatus } = config
  if (!response.status || typeof validateStatus !== 'function' || validateStatus(response.status)) return response
  const code = response.status >= 400 && response.status < 500 ? AxiosError.ERR_BAD_REQUEST : AxiosError.ERR_BAD_RESPONSE
  throw new AxiosError(`Request failed with status code ${response.status}`, code, config, response.request, response)
}

/** What cancels a request: its signal, or its token. */
class Cancellation {
  readonly #config: Config
  #cancel: () => void = () => {}
  readonly #onCancel = (): void => { this.#cancel() }

  constructor (config: Config) {
    this.#config = config
    config.signal?.addEventListener?.('abort', this.#onCancel)
    config.cancelToken?.promise.then(this.#onCancel, () => {})
  }

  /** What is to be done when it is cancelled; done at once when it has been. */
  follow (cancel: () => void): void {
    this.#cancel = cancel
    if (isCancelled(this.#config)) cancel()
  }

  get reason (): unknown { return this.#config.cancelToken?.reason ?? new CanceledError(undefined, this.#config) }

  end (): void {
    this.#cancel = () => {}
    this.#config.signal?.removeEventListener?.('abort', this.#onCancel)
  }
}

function isCancelled ({ signal, cancelToken }: Config): boolean {
  return signal?.aborted === true || cancelToken?.reason !== undefined
}

function toAxiosError (error: unknown, config: Config): unknown {
  if (axios.isAxiosError(error)) return error
  if (isCancelled(config)) return config.cancelToken?.reason ?? new CanceledError(undefined, config)
  const { code, message } = error as Error & { code?: string } // http.ts throws nothing else
  if (code === 'plugin-unsupported') return error
  if (code === 'body-too-large') return new AxiosError(`maxContentLength size of ${config.maxContentLength} exceeded`, AxiosError.ERR_BAD_RESPONSE, config)
  if (code === 'ECONNABORTED' && message.startsWith('timeout of ')) return timeoutError(config, message)
  return new AxiosError(message, code, config)
}

function timeoutError (config: Config, message: string): AxiosError {
  const code = config.transitional?.clarifyTimeoutError === true ? AxiosError.ETIMEDOUT : AxiosError.ECONNABORTED
  return new AxiosError(config.timeoutErrorMessage ?? message, code, config)
}

function progress (listener: ((event: AxiosProgressEvent) => void) | undefined, loaded: number, total: number | undefined, kind: 'upload' | 'download', bytes = loaded): void {
  if (typeof listener !== 'function') return
  const event: AxiosProgressEvent = { loaded, bytes, lengthComputable: total !== undefined, [kind]: true }
  if (total !== undefined) Object.assign(event, { total, progress: total === 0 ? 1 : loaded / total })
  listener(event)
}
