/** Waits for news of the bus, with a slow poll as the net. */
import type { Bus, Topic } from '../runner/types.ts'

export class Waker {
  readonly #signal: AbortSignal
  readonly #unsubscribe: () => void
  #news = false
  #wake: () => void = () => {}

  /** `signal` ends every wait at once. Call `close` in the end. */
  constructor (bus: Bus, topic: Topic, signal: AbortSignal) {
    this.#signal = signal
    this.#unsubscribe = bus.subscribe(topic, () => { this.#tell() })
    signal.addEventListener('abort', this.#tell)
  }

  /** Resolves at the next news, at once when some came since the last wait, or after `ms`. */
  async wait (ms: number): Promise<void> {
    if (!this.#news && !this.#signal.aborted) {
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, ms)
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    this.#news = false
    this.#wake = () => {}
  }

  close (): void {
    this.#unsubscribe()
    this.#signal.removeEventListener('abort', this.#tell)
    this.#tell()
  }

  readonly #tell = (): void => {
    this.#news = true
    this.#wake()
  }
}
