/** Back-pressure towards the guest: how far a response may run ahead of what the plugin has read. */

export class SendWindow {
  readonly #bytes: number
  readonly #signal: AbortSignal
  #unacknowledged = 0
  #wake: (() => void) | undefined

  constructor (bytes: number, signal: AbortSignal) {
    this.#bytes = bytes
    this.#signal = signal
    signal.addEventListener('abort', () => this.#wake?.(), { once: true })
  }

  /** Resolves when `bytes` more may be sent, and counts them as sent. One caller at a time. Rejects with the signal's reason. */
  async take (bytes: number): Promise<void> {
    while (this.#unacknowledged > 0 && this.#unacknowledged + bytes > this.#bytes && !this.#signal.aborted) {
      await new Promise<void>((resolve) => { this.#wake = resolve })
    }
    this.#signal.throwIfAborted()
    this.#unacknowledged += bytes
  }

  /** False when more is acknowledged than was sent. */
  acknowledge (bytes: number): boolean {
    if (bytes > this.#unacknowledged) return false
    this.#unacknowledged -= bytes
    this.#wake?.()
    return true
  }
}
