/** Requests of HTTP/1.1 as they are written to a socket (http-connection.ts): heads and bodies, from pieces of any size. */
import { parts } from '../parts.ts'
import { unsupported } from '../unsupported.ts'
import { insteadOf } from './instead.ts'

export interface RequestHead {
  readonly method: string
  readonly target: string
  readonly headers: readonly (readonly [string, string])[]
  /** Of the body in bytes; undefined: it comes in chunks. */
  readonly length: number | undefined
}
/** Where a body goes; undefined when there is none. */
export interface BodySink { write (bytes: Uint8Array): Promise<unknown>, end (): void }
type State = 'head' | 'body' | 'chunk-size' | 'chunk' | 'chunk-end' | 'trailers'

const { Buffer } = parts.builtins().load('buffer') as typeof import('node:buffer')

const MAX_HEAD_BYTES = 262_144
const METHOD = /^[A-Z][A-Z-]*(?: |$)/
const REQUEST_LINE = /^([A-Z][A-Z-]*) (\S+) HTTP\/1\.[01]$/

export class HttpMessages {
  readonly #begin: (head: RequestHead) => Promise<BodySink | undefined>
  #state: State = 'head'
  #rest: Buffer = Buffer.alloc(0)
  #sink: BodySink | undefined
  /** Bytes that the body or the chunk still has. */
  #left = 0

  /** `begin` is told of each head, and takes its body; a head waits until it resolves. */
  constructor (begin: (head: RequestHead) => Promise<BodySink | undefined>) {
    this.#begin = begin
  }

  /** Resolves when all that can be is passed on. Rejects for what is no HTTP. */
  async take (bytes: Uint8Array): Promise<void> {
    this.#rest = this.#rest.length === 0 ? Buffer.from(bytes) : Buffer.concat([this.#rest, bytes])
    while (this.#rest.length > 0 && await this.#step());
  }

  /** Whether there was enough to go on. */
  async #step (): Promise<boolean> {
    switch (this.#state) {
      case 'head': return await this.#head()
      case 'body':
      case 'chunk': return await this.#body()
      case 'chunk-size': return this.#chunkSize()
      case 'chunk-end': return this.#line() !== undefined && this.#go('chunk-size')
      case 'trailers': return this.#trailer()
    }
  }

  #go (state: State): true {
    this.#state = state
    return true
  }

  #cut (length: number): Buffer {
    const taken = this.#rest.subarray(0, length)
    this.#rest = this.#rest.subarray(length)
    return taken
  }

  #line (): string | undefined {
    const end = this.#rest.indexOf('\r\n')
    if (end === -1 && this.#rest.length > MAX_HEAD_BYTES) throw notHttp()
    return end === -1 ? undefined : this.#cut(end + 2).toString('latin1', 0, end)
  }

  async #head (): Promise<boolean> {
    const end = this.#rest.indexOf('\r\n\r\n')
    const [start = ''] = this.#rest.toString('latin1', 0, 24).split('\r\n')
    if (!METHOD.test(start) || (end === -1 && this.#rest.length > MAX_HEAD_BYTES)) throw notHttp()
    if (end === -1) return false
    const head = readHead(this.#cut(end + 4).toString('latin1', 0, end))
    this.#sink = await this.#begin(head)
    if (head.length === 0) return true
    this.#left = head.length ?? 0
    return this.#go(head.length === undefined ? 'chunk-size' : 'body')
  }

  async #body (): Promise<boolean> {
    const piece = this.#cut(Math.min(this.#left, this.#rest.length))
    this.#left -= piece.length
    await this.#sink?.write(piece)
    if (this.#left > 0) return false
    return this.#state === 'chunk' ? this.#go('chunk-end') : this.#end()
  }

  #chunkSize (): boolean {
    const line = this.#line()
    if (line === undefined) return false
    if (!/^[0-9a-f]+(?:;.*)?$/i.test(line)) throw notHttp()
    this.#left = parseInt(line, 16)
    return this.#go(this.#left === 0 ? 'trailers' : 'chunk')
  }

  #trailer (): boolean {
    const line = this.#line()
    if (line === '') return this.#end()
    return line !== undefined
  }

  #end (): true {
    this.#sink?.end()
    return this.#go('head')
  }
}

function readHead (text: string): RequestHead {
  const [first = '', ...lines] = text.split('\r\n')
  const [, method, target] = REQUEST_LINE.exec(first) ?? []
  if (method === undefined || target === undefined) throw notHttp()
  const headers = lines.map(line => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon), line.slice(colon + 1).trim()] as const
  })
  const valueOf = (wanted: string): string | undefined => headers.find(([name]) => name.toLowerCase() === wanted)?.[1]
  const length = valueOf('content-length') ?? '0'
  if (!/^\d{1,15}$/.test(length)) throw notHttp()
  return { method, target, headers, length: valueOf('transfer-encoding')?.toLowerCase() === 'chunked' ? undefined : Number(length) }
}

function notHttp (): Error {
  return unsupported('a connection that does not speak HTTP', insteadOf('net'))
}
