/**
 * The frames of the pipe between a runner and a cell, in both directions:
 *
 *   u32 LE header length | u32 LE body length | header (JSON, UTF-8) | body (bytes)
 *
 * Lengths are checked against the caps before a byte of the frame is kept or parsed.
 */

export interface FrameCaps {
  readonly headerBytes: number
  readonly bodyBytes: number
}

export interface Frame {
  readonly header: unknown
  /** A copy of its own, exactly as long as the bytes. */
  readonly body?: Buffer
}

export class FrameError extends Error {
  readonly code = 'frame'
  override readonly name = 'FrameError'
}

const PREFIX = 8

/** Both parts of a frame, to be written one after the other. */
export function encodeFrame (header: object, body?: Uint8Array): Buffer[] {
  const text = JSON.stringify(header)
  const headerLength = Buffer.byteLength(text)
  const head = Buffer.allocUnsafe(PREFIX + headerLength)
  head.writeUInt32LE(headerLength, 0)
  head.writeUInt32LE(body?.byteLength ?? 0, 4)
  head.write(text, PREFIX)
  return body === undefined || body.byteLength === 0 ? [head] : [head, Buffer.from(body.buffer, body.byteOffset, body.byteLength)]
}

/**
 * Collects chunks and hands out whole frames. Throws `FrameError` when a length passes its cap or a header is not JSON:
 * the stream is then of no more use.
 */
export class FrameReader {
  readonly #caps: FrameCaps
  readonly #chunks: Buffer[] = []
  #buffered = 0

  constructor (caps: FrameCaps) {
    this.#caps = caps
  }

  * push (chunk: Buffer): Generator<Frame> {
    this.#chunks.push(chunk)
    this.#buffered += chunk.length
    for (;;) {
      if (this.#buffered < PREFIX) return
      const prefix = this.#peek(PREFIX)
      const headerLength = prefix.readUInt32LE(0)
      const bodyLength = prefix.readUInt32LE(4)
      if (headerLength > this.#caps.headerBytes) throw new FrameError(`a frame header has ${headerLength} bytes, at most ${this.#caps.headerBytes} are allowed`)
      if (bodyLength > this.#caps.bodyBytes) throw new FrameError(`a frame body has ${bodyLength} bytes, at most ${this.#caps.bodyBytes} are allowed`)
      if (this.#buffered < PREFIX + headerLength + bodyLength) return
      this.#take(PREFIX)
      const header = parse(this.#take(headerLength))
      const body = bodyLength === 0 ? undefined : Buffer.from(this.#take(bodyLength))
      yield body === undefined ? { header } : { header, body }
    }
  }

  /** The first `length` bytes, left where they are. Merges chunks only when they straddle. */
  #peek (length: number): Buffer {
    const first = this.#chunks[0] as Buffer // the caller has checked that bytes are there
    if (first.length >= length) return first.subarray(0, length)
    this.#merge(length)
    return (this.#chunks[0] as Buffer).subarray(0, length)
  }

  #take (length: number): Buffer {
    if (length === 0) return Buffer.alloc(0)
    const bytes = this.#peek(length)
    const first = this.#chunks[0] as Buffer
    if (first.length === length) this.#chunks.shift()
    else this.#chunks[0] = first.subarray(length)
    this.#buffered -= length
    return bytes
  }

  #merge (length: number): void {
    const parts: Buffer[] = []
    let size = 0
    while (size < length) {
      const part = this.#chunks.shift() as Buffer
      parts.push(part)
      size += part.length
    }
    this.#chunks.unshift(Buffer.concat(parts, size))
  }
}

function parse (bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch (cause) {
    throw new FrameError('a frame header is not JSON', { cause })
  }
}
