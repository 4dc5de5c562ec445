/** `string_decoder`: the npm package, which is Node's own code of an earlier version, and what it does not know: base64url, views of all kinds. */
import { StringDecoder as Base } from 'string_decoder'
import { parts } from '../parts.ts'
import { invalidArgType, nodeError } from './invalid-argument.ts'

type Input = string | ArrayBufferView

/** Callable on an object that inherits from it, as older code does. */
function StringDecoder (this: Base, encoding: unknown = 'utf8'): void {
  const name = encoding === null ? 'utf8' : `${encoding as string}`.toLowerCase()
  const isUrl = name === 'base64url'
  if (!isUrl && !parts.buffer().Buffer.isEncoding(name)) throw nodeError(new TypeError(`Unknown encoding: ${encoding as string}`), 'ERR_UNKNOWN_ENCODING');
  (Base as unknown as (this: object, encoding: string) => void).call(this, isUrl ? 'base64' : name)
  const { write, end } = this
  const shown = (text: string): string => isUrl ? text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '') : text
  Object.defineProperties(this, {
    write: { value: (input: Input) => typeof input === 'string' ? input : shown(write.call(this, asBuffer(input))), writable: true, configurable: true },
    end: {
      value: (input?: Input) => {
        const text = (input === undefined ? '' : this.write(input as Buffer)) + shown(end.call(this))
        Object.assign(this, { lastNeed: 0, lastTotal: 0 }) // the package goes on as if nothing had ended
        return text
      },
      writable: true,
      configurable: true
    }
  })
  if (isUrl) (this as { encoding?: string }).encoding = 'base64url'
}
StringDecoder.prototype = Base.prototype
Object.defineProperty(Base.prototype, 'constructor', { value: StringDecoder, writable: true, configurable: true })

function asBuffer (input: unknown): Parameters<Base['write']>[0] {
  if (!ArrayBuffer.isView(input)) throw invalidArgType('buf', 'an instance of Buffer, TypedArray, or DataView', input)
  return parts.buffer().Buffer.from(input.buffer as ArrayBuffer, input.byteOffset, input.byteLength) as never // the same memory; the guest's Buffer stands for Node's
}

export default { StringDecoder }
