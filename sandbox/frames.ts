/**
 * The frames of the pipe between a runner and a cell, in both directions:
 *
 *   u32 LE header length | u32 LE body length | header (JSON, UTF-8) | body (bytes)
 *
 * Lengths are checked against the caps before a byte of the frame is kept or parsed. A header is parsed in one go, and the reader does
 * nothing else meanwhile: headers are small, what is large travels as a body.
 */

/** Characters of one message of a guest, its bytes apart: what is longer is answered as too large, and does not leave its thread. */
export const GUEST_CHARS = 160_000
/** Bytes of the header that holds it: a character is 6 bytes at most (`\ud800`). */
export const GUEST_HEADER_BYTES = 1_048_576

export interface FrameCaps {
  readonly headerBytes: number
  readonly bodyBytes: number
  /** Looks at a header before it is parsed: a sentence says why it is refused. */
  readonly refuse?: (header: Buffer) => string | undefined
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

/** Bytes of a frame before its header. */
export const PREFIX = 8

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
 * Collects chunks and hands out whole frames, each part copied once into memory of its own: however finely the other side
 * cuts its writes, no more is held than the caps allow. Throws `FrameError` when a length passes its cap or a header is refused or
 * not JSON: the stream is then of no more use, and every later push throws the same.
 */
export class FrameReader {
  readonly #caps: FrameCaps
  /** What has been pushed and not yet been read. */
  #chunks: Buffer[] = []
  #stage: 'prefix' | 'header' | 'body' = 'prefix'
  readonly #prefix = Buffer.alloc(PREFIX)
  #part: Buffer = this.#prefix
  #filled = 0
  #bodyLength = 0
  #header: unknown
  #error: FrameError | undefined

  constructor (caps: FrameCaps) {
    this.#caps = caps
  }

  /** The frames that this chunk completes. What the caller leaves in the iterator comes with the next push. */
  push (chunk: Buffer): Generator<Frame, void, undefined> {
    if (this.#error === undefined) this.#chunks.push(chunk)
    return this.#frames()
  }

  * #frames (): Generator<Frame, void, undefined> {
    if (this.#error !== undefined) throw this.#error
    while (this.#fill()) {
      const frame = this.#advance()
      if (frame !== undefined) yield frame
    }
  }

  /** True when the part at hand is complete. */
  #fill (): boolean {
    while (this.#filled < this.#part.length) {
      const chunk = this.#chunks[0]
      if (chunk === undefined) return false
      const copied = chunk.copy(this.#part, this.#filled)
      this.#filled += copied
      if (copied === chunk.length) this.#chunks.shift()
      else this.#chunks[0] = chunk.subarray(copied)
    }
    return true
  }

  /** Takes the complete part, and makes room for the next one. Answers the frame that has become whole, if any. */
  #advance (): Frame | undefined {
    const part = this.#part
    switch (this.#stage) {
      case 'prefix': {
        const headerLength = this.#within('header', part.readUInt32LE(0), this.#caps.headerBytes)
        this.#bodyLength = this.#within('body', part.readUInt32LE(4), this.#caps.bodyBytes)
        this.#expect('header', Buffer.allocUnsafe(headerLength))
        return undefined
      }
      case 'header':
        this.#header = this.#parse(part)
        if (this.#bodyLength === 0) return this.#whole({ header: this.#header })
        // Not from the shared pool: the bytes beside it would travel along with its backing buffer.
        this.#expect('body', Buffer.allocUnsafeSlow(this.#bodyLength))
        return undefined
      case 'body':
        return this.#whole({ header: this.#header, body: part })
    }
  }

  #whole (frame: Frame): Frame {
    this.#expect('prefix', this.#prefix)
    this.#header = undefined
    return frame
  }

  #expect (stage: 'prefix' | 'header' | 'body', part: Buffer): void {
    this.#stage = stage
    this.#part = part
    this.#filled = 0
  }

  #within (name: string, length: number, cap: number): number {
    if (length <= cap) return length
    throw this.#fail(`a frame ${name} has ${length} bytes, at most ${cap} are allowed`)
  }

  #parse (bytes: Buffer): unknown {
    const refused = this.#caps.refuse?.(bytes)
    if (refused !== undefined) throw this.#fail(refused)
    try {
      return JSON.parse(bytes.toString('utf8'))
    } catch (cause) {
      throw this.#fail('a frame header is not JSON', { cause })
    }
  }

  #fail (message: string, options?: ErrorOptions): FrameError {
    this.#chunks = []
    this.#error = new FrameError(message, options)
    return this.#error
  }
}
