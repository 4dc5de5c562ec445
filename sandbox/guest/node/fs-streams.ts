/**
 * The streams of `fs`: what lib/internal/fs/streams.js of Node does. Their constructors are functions, since graceful-fs extends them with
 * `call`, and replaces `open` on the prototype of what it extends.
 */
import type { Readable as NodeReadable, Writable as NodeWritable } from 'node:stream'
import { parts } from '../parts.ts'
import { checkInteger, fdOf, optionsOf, pathOf } from './fs-arguments.ts'
import { checkFunction, invalidArgType, outOfRange } from './invalid-argument.ts'
import type { Loose } from './fs-forms.ts'

const { Readable, Writable, finished } = parts.builtins().load('stream') as typeof import('node:stream')

type Done = (error?: Error | null) => void
/** What a stream reads and writes with: `fs`, or what the caller gives as such. */
type Functions = Readonly<Record<string, Loose>>

interface FileStream {
  fd: number | null
  path: string | undefined
  flags: string
  mode: number
  start: number | undefined
  pos: number | undefined
  open: Loose | undefined
}
interface ReadStreamThis extends NodeReadable, Omit<FileStream, 'path'> { path: string | undefined, end: number, bytesRead: number, close (callback?: Done): void }
interface WriteStreamThis extends NodeWritable, Omit<FileStream, 'path'> { path: string | undefined, flush: boolean, bytesWritten: number, readonly autoClose: boolean, close (callback?: Done): void }
type Either = ReadStreamThis | WriteStreamThis

interface Inside { readonly functions: Functions, performing: boolean, readonly handle: Handle | undefined }
const insides = new WeakMap<object, Inside>()

/** A FileHandle, as far as a stream uses it. */
interface Handle { readonly fd: number, read: Loose, write: Loose, writev: Loose, sync: Loose, close (): Promise<void>, on (event: string, listener: Loose): unknown }

export interface StreamOptions extends Record<string, unknown> { readonly fs?: Functions, readonly fd?: unknown, readonly start?: unknown, readonly end?: unknown, readonly flags?: string, readonly mode?: number, readonly flush?: unknown, readonly signal?: AbortSignal }

function defaultFunctions (): Functions {
  return parts.builtins().load('fs') as Functions
}

/** Takes over path or file; answers the options for the stream below. */
function begin (stream: Either, path: unknown, given: unknown, flags: string, needed: readonly string[]): StreamOptions & { autoDestroy: boolean } {
  const options = { ...optionsOf(given) } as StreamOptions
  const autoDestroy = options['autoClose'] === undefined ? true : Boolean(options['autoClose'])
  const functions = options.fs ?? defaultFunctions()
  for (const name of options.fs === undefined ? [] : needed) checkFunction(`options.fs.${name}`, functions[name])
  if (options.fd === undefined || options.fd === null) {
    stream.fd = null
    insides.set(stream, { functions, performing: false, handle: undefined })
    stream.path = isUrl(path) ? pathOf(path).given : path as string
    stream.flags = options.flags ?? flags
    stream.mode = options.mode ?? 0o666
    pathOf(stream.path)
  } else {
    stream.fd = takeFile(stream, options.fd, functions)
  }
  return { ...options, autoDestroy }
}

function isUrl (path: unknown): boolean {
  return path !== null && typeof path === 'object' && 'href' in path && 'protocol' in path
}

function takeFile (stream: Either, given: unknown, functions: Functions): number {
  if (typeof given !== 'object' || given === null || !('fd' in given)) {
    if (typeof given !== 'number') throw invalidArgType('options.fd', 'of type number or an instance of FileHandle', given)
    insides.set(stream, { functions, performing: false, handle: undefined })
    return fdOf(given)
  }
  const handle = given as Handle // of fs.promises.open
  insides.set(stream, { functions: functionsOf(handle), performing: false, handle })
  handle.on('close', () => { stream.close() })
  return handle.fd
}

/** Calls back what the promises of a FileHandle come to. */
function functionsOf (handle: Handle): Functions {
  const told = (promise: Promise<unknown>, callback: Loose, value: (answer: never) => unknown[]): void => {
    promise.then(answer => { process.nextTick(callback, null, ...value(answer as never)) }, (error: unknown) => { process.nextTick(callback, error) })
  }
  return {
    read: (_fd, buffer, offset, length, position, callback) => told(handle.read(buffer, offset, length, position), callback, ({ bytesRead, buffer }: { bytesRead: number, buffer: unknown }) => [bytesRead, buffer]),
    write: (_fd, buffer, offset, length, position, callback) => told(handle.write(buffer, offset, length, position), callback, ({ bytesWritten, buffer }: { bytesWritten: number, buffer: unknown }) => [bytesWritten, buffer]),
    writev: (_fd, buffers, position, callback) => told(handle.writev(buffers, position), callback, ({ bytesWritten, buffers }: { bytesWritten: number, buffers: unknown }) => [bytesWritten, buffers]),
    fsync: (_fd, callback) => told(handle.sync(), callback, () => []),
    close: (_fd, callback) => told(handle.close(), callback, () => [])
  }
}

/** As Node tells whoever has replaced `open` on a prototype. */
function construct (this: Either, callback: Done): void {
  if (typeof this.fd === 'number') return callback()
  if (typeof this.open === 'function') return constructByOpen(this, callback)
  insideOf(this).functions['open']?.(this.path, this.flags, this.mode, (error: Error | null, fd: number) => {
    if (error) return callback(error)
    this.fd = fd
    callback()
    this.emit('open', fd)
    this.emit('ready')
  })
}

function constructByOpen (stream: Either, callback: Done): void {
  const emit = stream.emit
  stream.emit = function (this: Either, ...args: Parameters<typeof emit>) {
    const [event, value] = args
    if (event === 'open') {
      stream.emit = emit
      callback()
    } else if (event === 'error') {
      stream.emit = emit
      callback(value as Error) // of whoever opens
      return true
    }
    return Reflect.apply(emit, stream, args)
  } as typeof emit
  stream.open?.()
}

function insideOf (stream: object): Inside {
  return insides.get(stream) as Inside // `begin` has set it
}

/** Closes the file when no read or write is under way any more. */
function destroy (this: Either, error: Error | null, callback: Done): void {
  const inside = insideOf(this)
  if (inside.performing) this.once('vivarium:done', (failure?: Error) => { closeFile(this, failure ?? error, callback) })
  else closeFile(this, error, callback)
}

function closeFile (stream: Either, error: Error | null | undefined, callback: Done): void {
  const { fd } = stream
  if (typeof fd !== 'number') return callback(error)
  const { functions } = insideOf(stream)
  const close = (failure?: Error | null): void => {
    functions['close']?.(fd, (problem: Error | null) => { callback(failure ?? problem ?? error ?? null) })
    stream.fd = null
  }
  if ('flush' in stream && stream.flush && functions['fsync'] !== undefined && !error) functions['fsync'](fd, close)
  else close()
}

function performed (stream: Either, error: Error | null): boolean {
  insideOf(stream).performing = false
  if (!stream.destroyed) return false
  stream.emit('vivarium:done', error ?? undefined)
  return true
}

function checkRange (start: unknown, end: unknown): void {
  if (start !== undefined) checkInteger('start', start, 0)
  if (end !== undefined && end !== Infinity) checkInteger('end', end, 0)
  if (start !== undefined && end !== undefined && (start as number) > (end as number)) throw outOfRange('start', `<= "end" (here: ${end as number})`, start)
}

function ReadStream (this: ReadStreamThis, path: unknown, given?: unknown): unknown {
  if (!(this instanceof (ReadStream as unknown as new () => object))) return new (ReadStream as unknown as new (...args: unknown[]) => object)(path, given)
  const options = begin(this, path, given, 'r', ['open', 'read', 'close'])
  checkRange(options.start, options.end)
  this.start = options.start as number | undefined
  this.end = options.end as number | undefined ?? Infinity
  this.pos = this.start
  this.bytesRead = 0
  const { encoding, ...rest } = options;
  (Readable as unknown as Loose).call(this, { ...rest, highWaterMark: options['highWaterMark'] ?? 65_536 })
  if (encoding) this.setEncoding(encoding as BufferEncoding)
  return undefined
}

const reading: ThisType<ReadStreamThis> & Record<string, unknown> = {
  _construct: construct,
  _read (this: ReadStreamThis, size: number) {
    const length = Math.min(this.pos === undefined ? this.end - this.bytesRead + 1 : this.end - this.pos + 1, size)
    if (length <= 0) {
      this.push(null)
      return
    }
    const buffer = parts.buffer().Buffer.allocUnsafeSlow(length)
    const inside = insideOf(this)
    inside.performing = true
    inside.functions['read']?.(this.fd, buffer, 0, length, this.pos, (error: Error | null, count: number, filled: Uint8Array) => {
      if (performed(this, error)) return
      if (error) {
        this.destroy(error)
      } else if (count > 0) {
        if (this.pos !== undefined) this.pos += count
        this.bytesRead += count
        this.push(count === filled.length ? filled : parts.buffer().Buffer.from(filled.subarray(0, count) as Uint8Array<ArrayBuffer>))
      } else {
        this.push(null)
      }
    })
  },
  _destroy: destroy,
  close (this: ReadStreamThis, callback?: Done) {
    if (callback !== undefined) finished(this, callback)
    this.destroy()
  }
}

function WriteStream (this: WriteStreamThis, path: unknown, given?: unknown): unknown {
  if (!(this instanceof (WriteStream as unknown as new () => object))) return new (WriteStream as unknown as new (...args: unknown[]) => object)(path, given)
  const options: StreamOptions = { decodeStrings: true, ...begin(this, path, given, 'w', ['open', 'write', 'close']) }
  if (options.flush !== undefined && options.flush !== null && typeof options.flush !== 'boolean') throw invalidArgType('options.flush', 'of type boolean', options.flush)
  this.flush = options.flush ?? false
  if (options.start !== undefined) checkInteger('start', options.start, 0)
  this.start = options.start as number | undefined
  this.pos = this.start
  this.bytesWritten = 0
  if (options.fs !== undefined && options.fs['writev'] === undefined) Object.defineProperty(this, '_writev', { value: null, configurable: true, writable: true })
  const { encoding, ...rest } = options as StreamOptions & { encoding?: unknown };
  (Writable as unknown as Loose).call(this, rest)
  if (encoding) this.setDefaultEncoding(encoding as BufferEncoding)
  return undefined
}

type Chunks = readonly { readonly chunk: Uint8Array }[]

const writing: ThisType<WriteStreamThis> & Record<string, unknown> = {
  _construct: construct,
  _write (this: WriteStreamThis, data: Uint8Array, _encoding: unknown, done: Done) {
    const inside = insideOf(this)
    inside.performing = true
    inside.functions['write']?.(this.fd, data, 0, data.length, this.pos, (error: Error | null, count: number) => { wrote(this, error, count, done) })
    if (this.pos !== undefined) this.pos += data.length
  },
  _writev (this: WriteStreamThis, data: Chunks, done: Done) {
    const chunks = data.map(({ chunk }) => chunk)
    const inside = insideOf(this)
    inside.performing = true
    inside.functions['writev']?.(this.fd, chunks, this.pos ?? null, (error: Error | null, count: number) => { wrote(this, error, count, done) })
    if (this.pos !== undefined) this.pos += chunks.reduce((size, chunk) => size + chunk.length, 0)
  },
  _destroy: destroy,
  close (this: WriteStreamThis, callback?: Done) {
    if (callback !== undefined) {
      if (this.closed) {
        process.nextTick(callback)
        return
      }
      this.on('close', callback)
    }
    if (!this.autoClose) this.on('finish', this.destroy)
    this.end()
  }
}

function wrote (stream: WriteStreamThis, error: Error | null, count: number, done: Done): void {
  if (performed(stream, error)) return done(error)
  if (error) return done(error)
  stream.bytesWritten += count
  done()
}

function extend (constructor: Loose, base: object, methods: Record<string, unknown>): void {
  Object.setPrototypeOf(constructor.prototype as object, (base as { prototype: object }).prototype)
  Object.setPrototypeOf(constructor, base)
  for (const [name, value] of Object.entries(methods)) Object.defineProperty(constructor.prototype, name, { value, writable: true, configurable: true, enumerable: true })
  Object.defineProperties(constructor.prototype, {
    autoClose: {
      get (this: { _readableState?: { autoDestroy: boolean }, _writableState?: { autoDestroy: boolean } }) { return (this._readableState ?? this._writableState)?.autoDestroy },
      set (this: { _readableState?: { autoDestroy: boolean }, _writableState?: { autoDestroy: boolean } }, value: boolean) {
        const state = this._readableState ?? this._writableState
        if (state !== undefined) state.autoDestroy = value
      },
      configurable: true
    },
    pending: { get (this: FileStream) { return this.fd === null }, configurable: true }
  })
}
extend(ReadStream as Loose, Readable, reading)
extend(WriteStream as Loose, Writable, { ...writing, destroySoon: Writable.prototype.end })

export { ReadStream, WriteStream }
