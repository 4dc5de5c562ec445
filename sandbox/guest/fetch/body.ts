/** What Request and Response share: a body that is read once. */
import { unsupported } from '../unsupported.ts'
import { decodeUtf8, encodeUtf8 } from '../globals/utf8.ts'

/** The next chunk, undefined at the end. */
export interface Source { read (): Promise<Uint8Array | undefined>, cancel (): void }

/** Bytes of a body given by a program, and the content type that goes with it. Throws `plugin-unsupported` for streams. */
export function readBodyInit (body: unknown): { bytes: Uint8Array | undefined, type: string | undefined } {
  if (body === undefined || body === null) return { bytes: undefined, type: undefined }
  if (typeof body === 'string') return { bytes: encodeUtf8(body), type: 'text/plain;charset=UTF-8' }
  if (ArrayBuffer.isView(body)) return { bytes: new Uint8Array(body.buffer, body.byteOffset, body.byteLength).slice(), type: undefined }
  if (body instanceof ArrayBuffer) return { bytes: new Uint8Array(body.slice(0)), type: undefined }
  const kind = Object.prototype.toString.call(body)
  if (kind === '[object URLSearchParams]') return { bytes: encodeUtf8(`${body as string}`), type: 'application/x-www-form-urlencoded;charset=UTF-8' }
  const asStream = typeof body === 'object' && (Symbol.asyncIterator in body || 'pipe' in body || 'getReader' in body)
  if (asStream || kind === '[object FormData]' || kind === '[object Blob]') throw unsupported('fetch with a body that is a stream, a form or a Blob')
  return { bytes: encodeUtf8(`${body as string}`), type: 'text/plain;charset=UTF-8' }
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

export class Body {
  #source: Source | undefined
  #used = false
  #stream: BodyStream | undefined

  constructor (source: Source | undefined) {
    this.#source = source
  }

  get bodyUsed (): boolean { return this.#used }

  /** Chunks, by `for await` or a reader. Null when there is no body. */
  get body (): BodyStream | null {
    if (this.#source === undefined) return null
    this.#stream ??= new BodyStream(this.#source, () => { this.#used = true })
    return this.#stream
  }

  async bytes (): Promise<Uint8Array<ArrayBuffer>> { return await this.#read() }
  async arrayBuffer (): Promise<ArrayBuffer> { return (await this.#read()).buffer }
  async text (): Promise<string> { return stripBom(decodeUtf8(await this.#read())) }
  async json (): Promise<unknown> { return JSON.parse(await this.text()) as unknown }
  async blob (): Promise<never> { throw unsupported('Response.blob') }
  async formData (): Promise<never> { throw unsupported('Response.formData') }

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
    if (this.#used || this.#stream?.locked === true) throw new TypeError('Body is unusable: Body has already been read')
    if (this.#source === undefined) return new Uint8Array(0)
    this.#used = true
    return await collect(this.#source)
  }
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

/** As much of a ReadableStream as programs use to read a body. */
class BodyStream {
  readonly #source: Source
  readonly #onUse: () => void
  #locked = false

  constructor (source: Source, onUse: () => void) {
    this.#source = source
    this.#onUse = onUse
  }

  get locked (): boolean { return this.#locked }

  getReader (): object {
    if (this.#locked) throw new TypeError('ReadableStream is locked')
    this.#locked = true
    const read = async (): Promise<{ done: boolean, value: Uint8Array | undefined }> => {
      this.#onUse()
      const value = await this.#source.read()
      return { done: value === undefined, value }
    }
    return { read, cancel: () => this.cancel(), releaseLock: () => { this.#locked = false } }
  }

  async cancel (): Promise<void> { this.#source.cancel() }

  async * [Symbol.asyncIterator] (): AsyncGenerator<Uint8Array> {
    if (this.#locked) throw new TypeError('ReadableStream is locked')
    this.#locked = true
    this.#onUse()
    let ended = false
    try {
      for (let chunk = await this.#source.read(); chunk !== undefined; chunk = await this.#source.read()) yield chunk
      ended = true
    } finally {
      if (!ended) this.#source.cancel()
    }
  }

  get [Symbol.toStringTag] (): string { return 'ReadableStream' }
}
