/** Streams of Node as streams of the web and back, with back-pressure in both directions. */
import type { Duplex, DuplexOptions, Readable, ReadableOptions, Writable, WritableOptions } from 'node:stream'
import type { ReadableStream, WritableStream, QueuingStrategy } from 'node:stream/web'
import { abortError } from './events-async.ts'
import { invalidArgType } from './invalid-argument.ts'

type Web = typeof import('node:stream/web')
type Streams = typeof import('node:stream')

/** Both are larger than this file, and loaded by whoever has a stream already. */
const web = (): Web => (require('./stream-web.ts') as { default: Web }).default
const node = (): Streams => (require('./stream.ts') as { default: Streams }).default

export function toWebReadable (readable: Readable, options: { strategy?: QueuingStrategy } = {}): ReadableStream {
  if (typeof readable?.pause !== 'function') throw invalidArgType('streamReadable', 'an instance of stream.Readable', readable)
  const { ReadableStream, CountQueuingStrategy, ByteLengthQueuingStrategy } = web()
  const highWaterMark = readable.readableHighWaterMark
  const strategy = options.strategy ?? (readable.readableObjectMode ? new CountQueuingStrategy({ highWaterMark }) : new ByteLengthQueuingStrategy({ highWaterMark }))
  readable.pause()
  return new ReadableStream({
    start (controller) {
      let ended = false
      node().finished(readable, { writable: false }, error => {
        if (ended) return
        ended = true
        readable.on('error', () => {}) // the reader has been told
        if (error === undefined || error === null) controller.close()
        else controller.error(error.code === 'ERR_STREAM_PREMATURE_CLOSE' ? abortError({ reason: error }) : error)
      })
      readable.on('data', (chunk: unknown) => {
        if (ended) return
        controller.enqueue(chunk instanceof Uint8Array && !readable.readableObjectMode ? new Uint8Array(chunk.buffer as ArrayBuffer, chunk.byteOffset, chunk.byteLength) : chunk)
        if ((controller.desiredSize ?? 0) <= 0) readable.pause()
      })
      readable.pause()
    },
    pull () { readable.resume() },
    cancel (reason) { readable.destroy(reason as Error | undefined) }
  }, strategy as QueuingStrategy<unknown>)
}

export function fromWebReadable (stream: ReadableStream, options: ReadableOptions = {}): Readable {
  if (typeof stream?.getReader !== 'function') throw invalidArgType('readableStream', 'an instance of ReadableStream', stream)
  const reader = stream.getReader()
  let ended = false
  return new (node().Readable)({
    ...options,
    read () {
      reader.read().then(({ done, value }) => {
        ended = done
        this.push(done ? null : value)
      }, (error: Error) => {
        ended = true
        this.destroy(error)
      })
    },
    destroy (error, done) {
      if (ended) return done(error)
      reader.cancel(error ?? undefined).then(() => { done(error) }, () => { done(error) })
    }
  })
}

export function toWebWritable (writable: Writable): WritableStream {
  if (typeof writable?.write !== 'function') throw invalidArgType('streamWritable', 'an instance of stream.Writable', writable)
  const { WritableStream } = web()
  const ended = Promise.withResolvers<void>()
  ended.promise.catch(() => {}) // told by the controller, or by close()
  return new WritableStream({
    start (controller) {
      node().finished(writable, { readable: false }, error => {
        writable.on('error', () => {})
        if (error === undefined || error === null) return ended.resolve()
        ended.reject(error)
        controller.error(error)
      })
    },
    async write (chunk) {
      if (writable.write(chunk) && !writable.writableNeedDrain) return
      const { promise, resolve } = Promise.withResolvers<void>()
      writable.once('drain', resolve)
      await Promise.race([promise, ended.promise])
    },
    abort (reason) { writable.destroy(reason as Error | undefined) },
    async close () {
      writable.end()
      await ended.promise
    }
  }, { highWaterMark: writable.writableHighWaterMark })
}

export function fromWebWritable (stream: WritableStream, options: WritableOptions = {}): Writable {
  if (typeof stream?.getWriter !== 'function') throw invalidArgType('writableStream', 'an instance of WritableStream', stream)
  const writer = stream.getWriter()
  let closed = false
  writer.closed.then(() => { closed = true }, (error: Error) => {
    closed = true
    made.destroy(error)
  })
  const made: Writable = new (node().Writable)({
    ...options,
    write (chunk, _encoding, done) {
      writer.ready.then(() => writer.write(chunk)).then(() => { done() }, done)
    },
    final (done) {
      closed = true
      writer.close().then(() => { done() }, done)
    },
    destroy (error, done) {
      if (closed) return done(error)
      const ending = error === null ? writer.close() : writer.abort(error)
      ending.then(() => { done(error) }, () => { done(error) })
    }
  })
  return made
}

export function toWebDuplex (duplex: Duplex): { readable: ReadableStream, writable: WritableStream } {
  return { writable: toWebWritable(duplex), readable: toWebReadable(duplex) }
}

export function fromWebDuplex (pair: { readable: ReadableStream, writable: WritableStream }, options: DuplexOptions = {}): Duplex {
  const { objectMode = false, encoding, highWaterMark } = options
  const shared = { objectMode, ...(highWaterMark === undefined ? {} : { highWaterMark }) }
  const readable = fromWebReadable(pair.readable, { ...shared, ...(encoding === undefined || encoding === null ? {} : { encoding }) })
  return node().Duplex.from({ readable, writable: fromWebWritable(pair.writable, shared) } as never) // the types name the streams of the web alone
}
