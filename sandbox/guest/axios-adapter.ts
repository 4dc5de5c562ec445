/** What axios asks of the network, over the platform's HTTP. It follows axios' own adapter for Node (lib/adapters/http.js). */
import axios, {
  AxiosError, AxiosHeaders, CanceledError, type AxiosAdapter, type AxiosProgressEvent, type AxiosResponse, type InternalAxiosRequestConfig
} from 'axios'
import { httpRequest, type HttpCall, type HttpResponse } from './http.ts'
import { contentLength, readAll } from './http-body.ts'
import { parts } from './parts.ts'
import { isView } from './primordials.ts'
import { unsupported } from './unsupported.ts'
import { decodeUtf8, encodeUtf8 } from './globals/utf8.ts'

type Config = InternalAxiosRequestConfig

export function createAdapter (): AxiosAdapter {
  return async config => {
    if (config.responseType === 'stream') throw unsupported('axios with responseType "stream"')
    const call = start(config)
    const stopListening = listenToCancel(config, call)
    try {
      const response = await receive(config, await call.response)
      return settle(config, response)
    } catch (error) {
      throw toAxiosError(error, config)
    } finally {
      stopListening()
    }
  }
}

function start (config: Config): HttpCall {
  const headers = AxiosHeaders.from(config.headers).normalize(false)
  headers.set('User-Agent', `axios/${axios.VERSION}`, false)
  const url = axios.getUri(config)
  setAuthorization(config, headers)
  const body = bodyBytes(config.data)
  if (body !== undefined && config.maxBodyLength !== undefined && config.maxBodyLength > -1 && body.length > config.maxBodyLength) {
    throw new AxiosError('Request body larger than maxBodyLength limit', AxiosError.ERR_BAD_REQUEST, config)
  }
  try {
    const call = httpRequest({
      method: (config.method ?? 'get').toUpperCase(),
      url,
      headers: headerList(headers),
      redirects: config.maxRedirects ?? 0,
      timeoutMs: timeoutOf(config),
      context: true
    }, body)
    if (body !== undefined) progress(config.onUploadProgress, body.length, body.length, 'upload')
    return call
  } catch (error) {
    throw toAxiosError(error, config)
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

function bodyBytes (data: unknown): Uint8Array | undefined {
  if (data === undefined || data === null || data === '') return undefined
  if (typeof data === 'string') return encodeUtf8(data)
  if (typeof data === 'object' && isView(data)) return new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength)
  if (data instanceof ArrayBuffer) return new Uint8Array(data)
  if (typeof data === 'object' && ('pipe' in data || 'getHeaders' in data || 'getReader' in data)) throw unsupported('axios with a stream or a form as data')
  throw new AxiosError('Data after transformation must be a string, an ArrayBuffer, a Buffer, or a Stream', AxiosError.ERR_BAD_REQUEST)
}

async function receive (config: Config, response: HttpResponse): Promise<AxiosResponse> {
  const total = contentLength(response.headers)
  const bytes = await readAll(response, config.maxContentLength !== undefined && config.maxContentLength > -1 ? config.maxContentLength : Infinity,
    loaded => { progress(config.onDownloadProgress, loaded, total, 'download') })
  return {
    data: decode(config, bytes),
    status: response.status,
    statusText: response.statusText,
    headers: responseHeaders(response),
    config,
    // what plugins look at to learn where redirects have led
    request: { res: { responseUrl: response.url } }
  }
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

function listenToCancel (config: Config, call: HttpCall): () => void {
  const { signal, cancelToken } = config
  const onCancel = (): void => { call.cancel() }
  if (signal?.aborted === true) call.cancel()
  signal?.addEventListener?.('abort', onCancel)
  cancelToken?.promise.then(onCancel, () => {})
  return () => { signal?.removeEventListener?.('abort', onCancel) }
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

function progress (listener: ((event: AxiosProgressEvent) => void) | undefined, loaded: number, total: number | undefined, kind: 'upload' | 'download'): void {
  if (typeof listener !== 'function') return
  const event: AxiosProgressEvent = { loaded, bytes: loaded, lengthComputable: total !== undefined, [kind]: true }
  if (total !== undefined) Object.assign(event, { total, progress: total === 0 ? 1 : loaded / total })
  listener(event)
}
