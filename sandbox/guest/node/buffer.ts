/** `buffer`. */
import { bufferModule } from '../globals/buffer.ts'
import { lazily } from '../globals/lazily.ts'
import { parts } from '../parts.ts'
import { invalidArgType } from './invalid-argument.ts'

const ENCODINGS = /^(utf-?8|ucs-?2|utf-?16le|latin1|binary|ascii)$/i

/** Bytes of one encoding as bytes of another; what it cannot express becomes `?`. */
function transcode (source: Uint8Array, from: string, to: string): object {
  const { Buffer } = bufferModule
  if (!(source instanceof Uint8Array)) throw invalidArgType('source', 'an instance of Buffer or Uint8Array', source)
  if (!ENCODINGS.test(from) || !ENCODINGS.test(to)) throw Object.assign(new Error('Unable to transcode Buffer [U_ILLEGAL_ARGUMENT_ERROR]'), { errno: 1, code: 'U_ILLEGAL_ARGUMENT_ERROR' })
  const text = Buffer.from(source).toString(from as BufferEncoding)
  const limit = /^(latin1|binary)$/i.test(to) ? 0xff : /^ascii$/i.test(to) ? 0x7f : 0x10ffff
  return Buffer.from(Array.from(text, character => (character.codePointAt(0) ?? 0) > limit ? '?' : character).join(''), to as BufferEncoding)
}

const module = {
  ...bufferModule,
  transcode,
  resolveObjectURL: (url: unknown) => parts.blob().resolveObjectURL(url)
}
lazily(module, 'Blob', () => parts.blob().Blob, true)
lazily(module, 'File', () => parts.blob().File, true)

export default module
