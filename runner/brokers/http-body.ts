/** The body of a request that comes in pieces: handed on as the network takes it, never more than a window ahead of that. */

export interface BodyInletOptions {
  /** Undefined: the body is sent chunked. */
  readonly length?: number
  readonly windowBytes: number
  /** Allows the guest so many bytes more. */
  readonly grant: (bytes: number) => void
}

export class BodyInlet {
  /** As the caller says; undefined when he does not. */
  readonly length: number | undefined
  readonly #options: BodyInletOptions
  readonly #chunks: Buffer[] = []
  #credit = 0
  #state: 'waiting' | 'open' | 'ended' | 'closed' = 'waiting'
  #wake: () => void = () => {}

  constructor (options: BodyInletOptions) {
    this.#options = options
    this.length = options.length
  }

  /** False when the guest sends more than it was allowed, or after the end. What comes when nobody reads any more is dropped. */
  push (chunk: Buffer): boolean {
    if (this.#state === 'closed') return true
    if (this.#state !== 'open' || chunk.length > this.#credit) return false
    this.#credit -= chunk.length
    if (chunk.length > 0) this.#chunks.push(chunk)
    this.#wake()
    return true
  }

  end (): void {
    if (this.#state === 'waiting' || this.#state === 'open') this.#state = 'ended'
    this.#wake()
  }

  /** Whoever reads goes on to the end that there is. */
  close (): void {
    this.#state = 'closed'
    this.#chunks.length = 0
    this.#wake()
  }

  /** The pieces, once. The guest is allowed its first bytes when the reading begins: nothing is held for a request that waits. */
  async * read (): AsyncGenerator<Buffer> {
    try {
      if (this.#state === 'waiting') {
        this.#state = 'open'
        this.#allow(this.#options.windowBytes)
      }
      for (;;) {
        const chunk = this.#chunks.shift()
        if (chunk !== undefined) {
          yield chunk
          if (this.#state === 'open') this.#allow(chunk.length)
        } else if (this.#state === 'open') {
          await new Promise<void>((resolve) => { this.#wake = resolve })
        } else {
          return
        }
      }
    } finally {
      this.close()
    }
  }

  #allow (bytes: number): void {
    this.#credit += bytes
    this.#options.grant(bytes)
  }
}
