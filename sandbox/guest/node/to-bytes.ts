/** What programs hand over as bytes, as one Uint8Array. */
import { parts } from '../parts.ts'
import { viewBuffer, viewByteLength, viewByteOffset } from '../primordials.ts'

/** The same memory when `value` is bytes already; a text in its encoding. The caller has checked what it is. */
export function toBytes (value: string | ArrayBufferView | ArrayBuffer, encoding?: unknown): Uint8Array<ArrayBuffer> {
  if (typeof value === 'string') return asBytes(parts.buffer().Buffer.from(value, (encoding === 'buffer' ? 'utf8' : encoding) as BufferEncoding | undefined)) // an unknown encoding throws, as in Node
  return ArrayBuffer.isView(value) ? asBytes(value) : new Uint8Array(value)
}

function asBytes (view: ArrayBufferView): Uint8Array<ArrayBuffer> {
  if (view instanceof Uint8Array && Object.getPrototypeOf(view) === Uint8Array.prototype) return view as Uint8Array<ArrayBuffer> // nothing here is shared
  if (view instanceof DataView) return new Uint8Array(view.buffer as ArrayBuffer, view.byteOffset, view.byteLength)
  return new Uint8Array(viewBuffer(view) as ArrayBuffer, viewByteOffset(view), viewByteLength(view))
}

/** As a Buffer over the same memory. */
export function asBuffer (bytes: Uint8Array): InstanceType<ReturnType<typeof parts.buffer>['Buffer']> {
  return parts.buffer().Buffer.from(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength)
}
