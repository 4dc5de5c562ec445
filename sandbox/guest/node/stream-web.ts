/** `stream/web`: web-streams-polyfill, which follows the standard; and the transforms of text and compression. */
import {
  ByteLengthQueuingStrategy, CountQueuingStrategy, ReadableByteStreamController, ReadableStream, ReadableStreamBYOBReader, ReadableStreamBYOBRequest,
  ReadableStreamDefaultController, ReadableStreamDefaultReader, TransformStream, TransformStreamDefaultController, WritableStream,
  WritableStreamDefaultController, WritableStreamDefaultWriter
} from 'web-streams-polyfill'
import { CompressionStream, DecompressionStream } from '../globals/compression.ts'
import { answerStates } from './stream-web-states.ts'

answerStates(ReadableStream, 'readable')
answerStates(WritableStream, 'writable')

/** Text to UTF-8; a surrogate pair that two chunks share is kept whole. */
class TextEncoderStream {
  readonly #transform: TransformStream<string, Uint8Array>

  constructor () {
    const encoder = new TextEncoder()
    let high = ''
    this.#transform = new TransformStream({
      transform (chunk, controller) {
        const text = high + `${chunk}`
        high = /[\uD800-\uDBFF]$/.exec(text)?.[0] ?? ''
        const whole = high === '' ? text : text.slice(0, -1)
        if (whole !== '') controller.enqueue(encoder.encode(whole))
      },
      flush (controller) {
        if (high !== '') controller.enqueue(encoder.encode(high))
      }
    })
  }

  get encoding (): string { return 'utf-8' }
  get readable (): ReadableStream<Uint8Array> { return this.#transform.readable }
  get writable (): WritableStream<string> { return this.#transform.writable }
  get [Symbol.toStringTag] (): string { return 'TextEncoderStream' }
}

class TextDecoderStream {
  readonly #transform: TransformStream<Uint8Array, string>
  readonly #decoder: TextDecoder

  constructor (label?: string, options?: { fatal?: boolean, ignoreBOM?: boolean }) {
    const decoder = new TextDecoder(label, options)
    this.#decoder = decoder
    this.#transform = new TransformStream({
      transform (chunk, controller) {
        const text = decoder.decode(chunk, { stream: true })
        if (text !== '') controller.enqueue(text)
      },
      flush (controller) {
        const text = decoder.decode()
        if (text !== '') controller.enqueue(text)
      }
    })
  }

  get encoding (): string { return this.#decoder.encoding }
  get fatal (): boolean { return this.#decoder.fatal }
  get ignoreBOM (): boolean { return this.#decoder.ignoreBOM }
  get readable (): ReadableStream<string> { return this.#transform.readable }
  get writable (): WritableStream<Uint8Array> { return this.#transform.writable }
  get [Symbol.toStringTag] (): string { return 'TextDecoderStream' }
}

/** Undici clones bodies by it. `copies`: the second branch has copies of the chunks; a stream of bytes gives them by itself. */
function ReadableStreamTee (stream: ReadableStream, copies = false): readonly [ReadableStream, ReadableStream] {
  const [first, second] = stream.tee()
  const isOfBytes = (Reflect.get(stream, '_readableStreamController') as unknown) instanceof ReadableByteStreamController
  if (!copies || isOfBytes) return [first, second]
  return [first, second.pipeThrough(new TransformStream({ transform (chunk, controller) { controller.enqueue(structuredClone(chunk)) } }))]
}

export default {
  ReadableStream,
  ReadableStreamTee,
  ReadableStreamDefaultReader,
  ReadableStreamBYOBReader,
  ReadableStreamBYOBRequest,
  ReadableByteStreamController,
  ReadableStreamDefaultController,
  TransformStream,
  TransformStreamDefaultController,
  WritableStream,
  WritableStreamDefaultController,
  WritableStreamDefaultWriter,
  ByteLengthQueuingStrategy,
  CountQueuingStrategy,
  TextEncoderStream,
  TextDecoderStream,
  CompressionStream,
  DecompressionStream
}
