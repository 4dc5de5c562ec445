/** Blob and File. A blob's bytes are in the isolate's memory. */
import { checkObject, invalidArgType, nodeError } from '../node/invalid-argument.ts'
import { randomUUID } from './crypto.ts'
import { decodeUtf8, encodeUtf8 } from './utf8.ts'

interface BlobOptions { readonly type?: string, readonly endings?: 'transparent' | 'native' }
type Bytes = Uint8Array<ArrayBuffer>

/** Chunks of `stream()`. */
const CHUNK_BYTES = 65_536
let bytesOf: (blob: Blob) => Bytes

export class Blob {
  readonly #bytes: Bytes
  readonly #type: string

  constructor (sources: Iterable<unknown> = [], options: BlobOptions = {}) {
    if (typeof sources !== 'object' || sources === null || !(Symbol.iterator in sources)) throw invalidArgType('sources', 'a sequence', sources)
    checkObject('options', options)
    this.#bytes = join([...sources].map(source => toBytes(source, options.endings ?? 'transparent')))
    this.#type = normalizeType(options.type)
  }

  get size (): number { return this.#bytes.length }
  get type (): string { return this.#type }
  async arrayBuffer (): Promise<ArrayBuffer> { return this.#bytes.slice().buffer }
  async bytes (): Promise<Bytes> { return this.#bytes.slice() }
  async text (): Promise<string> {
    const text = decodeUtf8(this.#bytes)
    return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
  }

  slice (start: number = 0, end: number = this.size, type: string = ''): Blob {
    return new Blob([this.#bytes.subarray(toIndex(start, this.size), Math.max(toIndex(start, this.size), toIndex(end, this.size)))], { type })
  }

  stream (): ReadableStream {
    let at = 0
    return new ReadableStream({
      type: 'bytes',
      pull: controller => {
        const chunk = this.#bytes.slice(at, at + CHUNK_BYTES)
        at += chunk.length
        if (chunk.length > 0) controller.enqueue(chunk)
        if (at < this.size) return
        controller.close()
        controller.byobRequest?.respond(0)
      }
    })
  }

  get [Symbol.toStringTag] (): string { return 'Blob' }

  static { bytesOf = blob => blob.#bytes }
}

export class File extends Blob {
  readonly #name: string
  readonly #lastModified: number

  constructor (bits: Iterable<unknown>, name: string, options: BlobOptions & { readonly lastModified?: number } = {}) {
    if (arguments.length < 2) throw nodeError(new TypeError('The "fileBits" and "fileName" arguments must be specified'), 'ERR_MISSING_ARGS')
    super(bits, options)
    this.#name = `${name}`.toWellFormed()
    const time = Number(options.lastModified ?? Date.now())
    this.#lastModified = Number.isNaN(time) ? 0 : Math.trunc(time)
  }

  get name (): string { return this.#name }
  get lastModified (): number { return this.#lastModified }
  get webkitRelativePath (): string { return '' }
  override get [Symbol.toStringTag] (): string { return 'File' }
}

/** By URL. They are held until they are revoked: the blobs count as the isolate's memory. */
const objectUrls = new Map<string, Blob>()

export function createObjectURL (blob: unknown): string {
  if (!(blob instanceof Blob)) throw invalidArgType('obj', 'an instance of Blob', blob)
  const url = `blob:nodedata:${randomUUID()}`
  objectUrls.set(url, blob)
  return url
}

export function revokeObjectURL (url: unknown): void {
  objectUrls.delete(`${url as string}`)
}

export function resolveObjectURL (url: unknown): Blob | undefined {
  return objectUrls.get(`${url as string}`)
}

/** The bytes themselves, for whoever sends them. They must not be written to. */
export function blobBytes (blob: Blob): Bytes {
  return bytesOf(blob)
}

function toBytes (source: unknown, endings: string): Bytes {
  if (source instanceof Blob) return bytesOf(source)
  if (ArrayBuffer.isView(source)) return new Uint8Array(source.buffer as ArrayBuffer, source.byteOffset, source.byteLength)
  if (source instanceof ArrayBuffer) return new Uint8Array(source)
  const text = `${source as string}`.toWellFormed()
  return encodeUtf8(endings === 'native' ? text.replaceAll(/\r\n?|\n/g, '\n') : text)
}

function join (pieces: readonly Bytes[]): Bytes {
  const whole = new Uint8Array(pieces.reduce((size, piece) => size + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}

function normalizeType (type: unknown): string {
  const text = type === undefined ? '' : `${type as string}`
  return /[^\x20-\x7e]/.test(text) ? '' : text.toLowerCase()
}

/** A negative index counts from the end. */
function toIndex (value: number, size: number): number {
  const index = Math.trunc(Number(value)) || 0
  return index < 0 ? Math.max(size + index, 0) : Math.min(index, size)
}
