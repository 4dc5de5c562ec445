/** `zlib.crc32`. */
import { checkZlibRange } from './zlib-options.ts'
import { invalidArgType } from './invalid-argument.ts'
import { toBytes } from './to-bytes.ts'

let table: Uint32Array | undefined

function makeTable (): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let value = byte
    for (let bit = 0; bit < 8; bit++) value = (value & 1) === 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1
    return value
  })
}

/** CRC-32 of the data, continued from `value`. */
export function crc32 (data: unknown, value: unknown = 0): number {
  if (typeof data !== 'string' && !ArrayBuffer.isView(data)) throw invalidArgType('data', 'of type string or an instance of Buffer, TypedArray, or DataView', data)
  if (typeof value !== 'number') throw invalidArgType('value', 'of type number', value)
  checkZlibRange('value', value, 0, 4_294_967_295)
  const bytes = toBytes(data)
  const known = table ??= makeTable()
  let crc = ~value
  for (let i = 0; i < bytes.length; i++) crc = (known[(crc ^ (bytes[i] ?? 0)) & 0xff] ?? 0) ^ (crc >>> 8)
  return ~crc >>> 0
}
