/** The body of an axios request: bytes, or a stream with what is known of its length. It follows axios' own adapter for Node (lib/adapters/http.js). */
import { AxiosError, type AxiosHeaders, type InternalAxiosRequestConfig } from 'axios'
import { parts } from './parts.ts'
import { isView } from './primordials.ts'
import { encodeUtf8 } from './globals/utf8.ts'

/** What Node's streams and those of form-data have. */
export interface Piped { pipe (sink: object): unknown, on (event: string, listener: (...args: unknown[]) => void): unknown }
interface NodeForm extends Piped { getHeaders (): Record<string, string>, getLength? (callback: (error: Error | null, length: number) => void): void }

export type RequestBody = { readonly bytes: Uint8Array | undefined } | { readonly stream: Piped }

/** Sets the headers that belong to the body. Throws ERR_BAD_REQUEST for what is no body, or too large. */
export async function readBody ({ data, maxBodyLength }: InternalAxiosRequestConfig, headers: AxiosHeaders): Promise<RequestBody> {
  const form = asNodeForm(data)
  if (form !== undefined) {
    headers.set(form.getHeaders())
    if (!headers.hasContentLength()) await setKnownLength(form, headers)
    return { stream: form }
  }
  if (isPiped(data)) return { stream: data }
  const kind = Object.prototype.toString.call(data)
  if (kind === '[object ReadableStream]') return { stream: parts.axiosStreams().fromWeb(data as ReadableStream) }
  const bytes = kind === '[object FormData]' ? formBytes(data, headers) : kind === '[object Blob]' || kind === '[object File]' ? blobBytes(data, headers) : plainBytes(data)
  if (bytes !== undefined && maxBodyLength !== undefined && maxBodyLength > -1 && bytes.length > maxBodyLength) throw tooLarge()
  return { bytes }
}

export function tooLarge (): AxiosError {
  return new AxiosError('Request body larger than maxBodyLength limit', AxiosError.ERR_BAD_REQUEST)
}

/** The headers tell the length; undefined when they do not. */
export function declaredLength (headers: AxiosHeaders): number | undefined {
  const length = Number(headers.getContentLength() ?? undefined)
  return Number.isSafeInteger(length) && length >= 0 ? length : undefined
}

function asNodeForm (data: unknown): NodeForm | undefined {
  if (!isPiped(data) || !('getHeaders' in data) || typeof data.getHeaders !== 'function') return undefined
  return data as NodeForm
}

function isPiped (data: unknown): data is Piped {
  return typeof data === 'object' && data !== null && 'pipe' in data && typeof data.pipe === 'function'
}

/** A form that cannot tell its length is sent chunked. */
async function setKnownLength (form: NodeForm, headers: AxiosHeaders): Promise<void> {
  try {
    const length = await new Promise<number>((resolve, reject) => {
      if (typeof form.getLength !== 'function') return resolve(NaN)
      form.getLength((error, known) => { if (error === null || error === undefined) resolve(known); else reject(error) })
    })
    if (Number.isFinite(length) && length >= 0) headers.setContentLength(`${length}`)
  } catch {}
}

function formBytes (data: unknown, headers: AxiosHeaders): Uint8Array {
  const { bytes, type } = parts.formData().encodeForm(data as Parameters<ReturnType<typeof parts.formData>['encodeForm']>[0]) // by its tag
  headers.setContentType(type)
  return bytes
}

function blobBytes (data: unknown, headers: AxiosHeaders): Uint8Array {
  const blob = data as Parameters<ReturnType<typeof parts.blob>['blobBytes']>[0] // by its tag
  headers.setContentType(blob.type === '' ? 'application/octet-stream' : blob.type)
  return parts.blob().blobBytes(blob)
}

function plainBytes (data: unknown): Uint8Array | undefined {
  if (data === undefined || data === null || data === '') return undefined
  if (typeof data === 'string') return encodeUtf8(data)
  if (typeof data === 'object' && isView(data)) return new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength)
  if (data instanceof ArrayBuffer) return new Uint8Array(data)
  throw new AxiosError('Data after transformation must be a string, an ArrayBuffer, a Buffer, or a Stream', AxiosError.ERR_BAD_REQUEST)
}
