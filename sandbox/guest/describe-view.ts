/** Bytes in a log line: how many, and the first of them. */
import { min, NativeUint8Array, numberToString, viewBuffer, viewByteLength, viewByteOffset, viewKind } from './primordials.ts'

const SHOWN_BYTES = 16

export function describeView (view: ArrayBufferView): string {
  const kind = viewKind(view)
  if (kind === undefined) return '[DataView]'
  const length = viewByteLength(view)
  const bytes = new NativeUint8Array(viewBuffer(view) as ArrayBuffer, viewByteOffset(view), min(length, SHOWN_BYTES))
  let hex = ''
  for (let i = 0; i < min(length, SHOWN_BYTES); i++) {
    const byte = bytes[i] ?? 0
    hex += `${i === 0 ? '' : ' '}${byte < 16 ? '0' : ''}${numberToString(byte, 16)}`
  }
  return `[${kind} of ${length} bytes: ${hex}${length > SHOWN_BYTES ? ' …' : ''}]`
}
