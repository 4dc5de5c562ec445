/** The stream classes of zlib: what lib/zlib.js of Node does, over the thread's compression. */
import type { Transform as NodeTransform } from 'node:stream'
import { setImmediate } from '../immediates.ts'
import { parts } from '../parts.ts'
import { nextTick } from '../turns.ts'
import { nodeError, outOfRange } from './invalid-argument.ts'
import { asBuffer } from './to-bytes.ts'
import { Engine } from './zlib-engine.ts'
import { checkZlibRange, constants, readSettings, type Family, type Settings } from './zlib-options.ts'

type Done = (error?: Error | null) => void
type Callback = ((...args: unknown[]) => unknown) | undefined

/** Steps of one chunk after which others get their turn. */
const STEPS = 16

export interface ZlibStream extends NodeTransform {
  bytesWritten: number
  _engine: Engine
  _settings: Settings
  /** What packages that work below the documented functions look for (minizlib). */
  _handle: { close (): void } | null
  _formatEnded: boolean
  flush (kind?: unknown, callback?: Callback): void
  params (level: number, strategy: number, callback?: Callback): void
  reset (): void
  _processChunk (chunk: Uint8Array, flush: number): object
}

const { Transform } = parts.builtins().load('stream') as typeof import('node:stream')

/** Callable on an object that inherits from it, as Node's is. */
export function Zlib (this: ZlibStream, family: Family, kind: string, options: unknown): void {
  const settings = readSettings(family, kind, options);
  (Transform as unknown as (this: object, options: object) => void).call(this, { autoDestroy: true, ...(options as object | undefined) })
  const engine = new Engine({ kind, options: settings.options, dictionary: settings.dictionary })
  const hidden = (value: unknown): PropertyDescriptor => ({ value, writable: true, configurable: true })
  Object.defineProperties(this, { _engine: hidden(engine), _settings: hidden(settings), _handle: hidden({ close: () => { engine.close() } }), _formatEnded: hidden(false) })
  Object.defineProperty(this, 'bytesWritten', { get: () => engine.bytesWritten, set (value: number) { engine.bytesWritten = value }, enumerable: true, configurable: true })
}
Object.setPrototypeOf(Zlib.prototype, Transform.prototype as object)
Object.setPrototypeOf(Zlib, Transform)

/** A chunk that stands for a flush: it has no bytes, and its flag beside it. */
const flushes = new WeakMap<object, number>()

const methods: ThisType<ZlibStream> & Record<string, unknown> = {
  _transform (this: ZlibStream, chunk: Uint8Array, _encoding: unknown, done: Done) {
    const { flush, finishFlush } = this._settings
    const flag = flushes.get(chunk) ?? flush
    const isLast = this.writableEnded && this.writableLength === chunk.length
    run(this, chunk, isLast && finishFlush > flag ? finishFlush : flag, done)
  },

  _flush (this: ZlibStream, done: Done) {
    run(this, new Uint8Array(0), this._settings.finishFlush, done)
  },

  _destroy (this: ZlibStream, error: Error | null, done: Done) {
    this._engine.close()
    this._handle = null
    done(error)
  },

  close (this: ZlibStream, callback?: Callback) {
    if (callback !== undefined) this.once('close', callback)
    this.destroy()
  },

  flush (this: ZlibStream, kind?: unknown, callback?: Callback) {
    if (typeof kind === 'function' || (kind === undefined && callback === undefined)) return this.flush(this._settings.fullFlush, kind as Callback)
    const flag = Math.trunc(checkZlibRange('kind', kind, constants['Z_NO_FLUSH'] ?? 0, constants['Z_BLOCK'] ?? 5) ?? this._settings.fullFlush)
    if (this.writableFinished) {
      if (callback !== undefined) nextTick(callback)
    } else if (this.writableEnded) {
      if (callback !== undefined) this.once('end', callback)
    } else {
      const chunk = parts.buffer().Buffer.alloc(0)
      flushes.set(chunk, flag)
      this.write(chunk, callback as Done | undefined)
    }
  },

  params (this: ZlibStream, level: number, strategy: number, callback?: Callback) {
    checkZlibRange('level', level, -1, 9)
    checkZlibRange('strategy', strategy, 0, 4)
    for (const [name, value] of Object.entries({ level, strategy })) if (!Number.isInteger(value)) throw outOfRange(name, 'an integer', value)
    this.flush(constants['Z_SYNC_FLUSH'], () => {
      this._engine.params(level, strategy)
      callback?.()
    })
  },

  reset (this: ZlibStream) {
    if (this._engine.closed) throw nodeError(new Error('zlib binding closed'), 'ERR_INTERNAL_ASSERTION')
    this._engine.reset()
    this._formatEnded = false
  },

  /** All of the output at once; closes the stream, as Node's does. Buffer.concat is looked up each time: minizlib puts its own there. */
  _processChunk (this: ZlibStream, chunk: Uint8Array, flush: number, callback?: Done) {
    if (typeof callback === 'function') return run(this, chunk, flush, callback)
    const pieces = [...this._engine.process(chunk, flush)].map(asBuffer)
    const whole: object = parts.buffer().Buffer.concat(pieces)
    this._handle?.close()
    this._handle = null
    return whole
  }
}
for (const [name, value] of Object.entries(methods)) Object.defineProperty(Zlib.prototype, name, { value, writable: true, configurable: true })
Object.defineProperty(Zlib.prototype, '_closed', { get (this: ZlibStream) { return this._engine.closed }, configurable: true })

/** Pushes the output of a chunk as far as the reader wants it, then waits for its next read. */
function run (stream: ZlibStream, chunk: Uint8Array, flush: number, done: Done): void {
  if (stream._formatEnded) return done() // what follows the end of the format is nobody's
  if (stream._engine.closed) return done(nodeError(new Error('zlib binding closed'), 'ERR_INTERNAL_ASSERTION'))
  const output = stream._engine.process(chunk, flush)
  const onward = (): void => {
    try {
      const ended = pump(stream, output, onward)
      if (ended === undefined) return
      if (ended) endFormat(stream)
    } catch (error) {
      return done(error as Error) // the engine throws nothing else
    }
    done()
  }
  onward()
}

/** Answers whether the format has ended, when all the input is consumed; undefined when it goes on `later`. */
function pump (stream: ZlibStream, output: Generator<Uint8Array, boolean>, later: () => void): boolean | undefined {
  for (let steps = 0; !stream.destroyed; steps++) {
    if (steps === STEPS) {
      setImmediate(later)
      return undefined
    }
    const { value, done } = output.next()
    if (done === true) return value
    if (stream.push(asBuffer(value))) continue
    whenRead(stream, later)
    return undefined
  }
  return false
}

function endFormat (stream: ZlibStream): void {
  if (stream._settings.rejectGarbage) throw nodeError(new TypeError('Trailing junk found after the end of the compressed stream'), 'ERR_TRAILING_JUNK_AFTER_STREAM_END')
  stream._formatEnded = true
  stream.push(null)
}

/** Calls `onward` when the reader asks for more. */
function whenRead (stream: ZlibStream, onward: () => void): void {
  const read = stream._read.bind(stream)
  stream._read = size => {
    Reflect.deleteProperty(stream, '_read')
    onward()
    read(size)
  }
}
