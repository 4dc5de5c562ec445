/** Bodies of responses, read whole. */
import type { HeaderList, HttpResponse } from './http.ts'
import { bytesSet, NativeUint8Array, Queue, viewByteLength } from './primordials.ts'
import { withCode } from './turns.ts'

/**
 * The whole body. Throws a RangeError with code `body-too-large` past `maxBytes`, and cancels the transfer.
 */
export async function readAll (response: HttpResponse, maxBytes = Infinity, onChunk?: (loaded: number, bytes: number) => void): Promise<Uint8Array> {
  const chunks = new Queue<Uint8Array>()
  let size = 0
  for (let chunk = await response.read(); chunk !== undefined; chunk = await response.read()) {
    size += viewByteLength(chunk)
    if (size > maxBytes) {
      response.cancel()
      throw withCode(new RangeError(`the body has more than ${maxBytes} bytes`), 'body-too-large')
    }
    chunks.push(chunk)
    onChunk?.(size, viewByteLength(chunk))
  }
  return join(chunks, size)
}

function join (chunks: Queue<Uint8Array>, size: number): Uint8Array {
  const first = chunks.length === 1 ? chunks.shift() : undefined
  if (first !== undefined) return first
  const whole = new NativeUint8Array(size)
  let offset = 0
  for (let chunk = chunks.shift(); chunk !== undefined; chunk = chunks.shift()) {
    bytesSet(whole, chunk, offset)
    offset += viewByteLength(chunk)
  }
  return whole
}

/** Content length that the response announces; undefined when it does not. */
export function contentLength (headers: HeaderList): number | undefined {
  for (let i = 0; i < headers.length; i++) {
    const pair = headers[i]
    if (pair !== undefined && pair[0].toLowerCase() === 'content-length') return Number(pair[1])
  }
  return undefined
}
