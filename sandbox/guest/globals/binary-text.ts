/** Texts of one or two bytes per unit: latin1, ascii and utf16le, both ways. The npm package goes through them character by character. */

/** Arguments of one call: V8 refuses too many. */
const UNITS = 4_096

export function decodeLatin1 (bytes: Uint8Array): string {
  return fromUnits(bytes)
}

/** As Node: the highest bit is dropped. */
export function decodeAscii (bytes: Uint8Array): string {
  return fromUnits(bytes.some(byte => byte > 0x7f) ? bytes.map(byte => byte & 0x7f) : bytes)
}

/** A last odd byte is dropped. */
export function decodeUtf16 (bytes: Uint8Array): string {
  const even = bytes.slice(0, bytes.length - (bytes.length % 2)) // aligned
  return fromUnits(new Uint16Array(even.buffer, even.byteOffset, even.length / 2))
}

function fromUnits (units: Uint8Array | Uint16Array): string {
  if (units.length <= UNITS) return String.fromCharCode.apply(null, units as unknown as number[])
  let text = ''
  for (let from = 0; from < units.length; from += UNITS) text += String.fromCharCode.apply(null, units.subarray(from, from + UNITS) as unknown as number[])
  return text
}

/** The low byte of each unit: latin1 and ascii alike. */
export function encodeLatin1 (text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i)
  return bytes
}

export function encodeUtf16 (text: string): Uint8Array<ArrayBuffer> {
  const units = new Uint16Array(text.length)
  for (let i = 0; i < text.length; i++) units[i] = text.charCodeAt(i)
  return new Uint8Array(units.buffer)
}
