/** What Request and Response share: a body that is read once. */
import { parts } from '../parts.ts'
import { decodeUtf8, encodeUtf8 } from '../globals/utf8.ts'
import type { Headers } from './headers.ts'

/** The next chunk, undefined at the end. */
export interface Source { read (): Promise<Uint8Array | undefined>, cancel (): void }

/** A body given by a program: bytes, or what reads them; and the content type that goes with it. */
export interface BodyInit { readonly bytes?: Uint8Array, readonly source?: Source, readonly type?: string }

export function readBodyInit (body: unknown): BodyInit {
  if (body === undefined || body === null) return {}
  if (typeof body === 'string') return { bytes: encodeUtf8(body), type: 'text/plain;charset=UTF-8' }
  if (ArrayBuffer.isView(body)) return { bytes: new Uint8Array(body.buffer, body.byteOffset, body.byteLength).slice() }
  if (body instanceof ArrayBuffer) return { bytes: new Uint8Array(body.slice(0)) }
  switch (Object.prototype.toString.call(body)) {
    case '[object URLSearchParams]': return { bytes: encodeUtf8(`${body as string}`), type: 'application/x-www-form-urlencoded;charset=UTF-8' }
    case '[object FormData]': return parts.formData().encodeForm(body as Parameters<ReturnType<typeof parts.formData>['encodeForm']>[0]) // by its tag
    case '[object Blob]': case '[object File]': return blobInit(body as Parameters<ReturnType<typeof parts.blob>['blobBytes']>[0])
  }
  if (typeof body === 'object' && ('getReader' in body || Symbol.asyncIterator in body)) return { source: sourceOfStream(body as ReadableStream | AsyncIterable<unknown>) }
  return { bytes: encodeUtf8(`${body as string}`), type: 'text/plain;charset=UTF-8' }
}

function blobInit (blob: Parameters<ReturnType<typeof parts.blob>['blobBytes']>[0]): BodyInit {
  const bytes = parts.blob().blobBytes(blob)
  return blob.type === '' ? { bytes } : { bytes, type: blob.type }
}

/** Streams of the web and of Node, generators. Locks the stream. */
function sourceOfStream (stream: ReadableStream | AsyncIterable<unknown>): Source {
  if ('getReader' in stream && stream.locked) throw new TypeError('Response body object should not be disturbed or locked')
  const reader = 'getReader' in stream ? stream.getReader() : undefined
  const iterator = reader === undefined ? (stream as AsyncIterable<unknown>)[Symbol.asyncIterator]() : undefined
  return {
    async read () {
      const next = reader === undefined ? await iterator?.next() : await reader.read()
      if (next === undefined || next.done === true) return undefined
      if (typeof next.value === 'string' && iterator !== undefined) return encodeUtf8(next.value)
      if (!(next.value instanceof Uint8Array)) throw new TypeError('Received non-Uint8Array chunk')
      return next.value
    },
    cancel () {
      reader?.cancel().catch(() => {}) // nobody is left to be told
      iterator?.return?.().catch(() => {})
    }
  }
}

export function sourceOf (bytes: Uint8Array): Source {
  let left: Uint8Array | undefined = bytes
  return {
    async read () {
      const chunk = left
      left = undefined
      return chunk === undefined || chunk.length === 0 ? undefined : chunk
    },
    cancel () { left = undefined }
  }
}

export abstract class Body {
  abstract readonly headers: Headers
  #source: Source | undefined
  #used = false
  #stream: ReadableStream<Uint8Array> | undefined

  constructor (source: Source | undefined) {
    this.#source = source
  }

  get bodyUsed (): boolean { return this.#used }

  /** Null when there is no body. Chunks are asked for when somebody reads. */
  get body (): ReadableStream<Uint8Array> | null {
    const source = this.#source
    if (source === undefined) return null
    this.#stream ??= new ReadableStream<Uint8Array>({
      pull: async controller => {
        this.#used = true
        const chunk = await source.read()
        if (chunk === undefined) controller.close()
        else controller.enqueue(chunk)
      },
      cancel: () => {
        this.#used = true
        source.cancel()
      }
    }, { highWaterMark: 0 })
    return this.#stream
  }

  async bytes (): Promise<Uint8Array<ArrayBuffer>> { return await this.#read() }
  async arrayBuffer (): Promise<ArrayBuffer> { return (await this.#read()).buffer }
  async text (): Promise<string> { return stripBom(decodeUtf8(await this.#read())) }
  async json (): Promise<unknown> { return JSON.parse(await this.text()) as unknown }
  async blob (): Promise<object> { return new (parts.blob().Blob)([await this.#read()], { type: this.headers.get('content-type') ?? '' }) }
  async formData (): Promise<object> {
    const type = this.headers.get('content-type') ?? ''
    return parts.formData().decodeForm(await this.#read(), type)
  }

  /** The body for whoever sends it: it can be read no more. */
  static take (body: Body): Source | undefined {
    if (body.#used || body.#stream?.locked === true) throw unusable()
    if (body.#source !== undefined) body.#used = true
    return body.#source
  }

  /** A second source of the same bytes. Whoever reads first collects them all: they are then in memory, once for each. */
  protected split (): Source | undefined {
    if (this.#stream?.locked === true) throw new TypeError('ReadableStream is locked')
    const source = this.#source
    if (source === undefined) return undefined
    let bytes: Promise<Uint8Array> | undefined
    const branch = (): Source => {
      let ended = false
      return {
        async read () {
          if (ended) return undefined
          ended = true
          const whole = await (bytes ??= collect(source))
          return whole.length === 0 ? undefined : whole.slice()
        },
        cancel () { ended = true }
      }
    }
    this.#source = branch()
    this.#stream = undefined
    return branch()
  }

  async #read (): Promise<Uint8Array<ArrayBuffer>> {
    const source = take(this)
    return source === undefined ? new Uint8Array(0) : await collect(source)
  }
}
export const take = Body.take
Reflect.deleteProperty(Body, 'take') // not for plugins

function unusable (): TypeError {
  return new TypeError('Body is unusable: Body has already been read')
}

async function collect (source: Source): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = []
  let size = 0
  for (let chunk = await source.read(); chunk !== undefined; chunk = await source.read()) {
    chunks.push(chunk)
    size += chunk.length
  }
  const whole = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.length
  }
  return whole
}

function stripBom (text: string): string {
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
}
