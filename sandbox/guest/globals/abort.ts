/** AbortController, AbortSignal. */
import { setTimeout } from '../timers.ts'
import { DOMException } from './dom-exception.ts'
import { callListener, Event, EventTarget } from './events.ts'

/** Only this file may make signals. */
const key = Symbol('AbortSignal')
type Abort = (reason: unknown) => void

export class AbortSignal extends EventTarget {
  onabort: ((event: Event) => unknown) | null = null
  #aborted = false
  #reason: unknown
  /** Those that `any` has made of this one: aborted with it, and told after its own listeners. */
  readonly #dependents: AbortSignal[] = []

  constructor (proof: symbol, take: (abort: Abort) => void) {
    if (proof !== key) throw new TypeError('Illegal constructor')
    super()
    take(reason => { this.#abort(reason) })
  }

  get aborted (): boolean { return this.#aborted }
  get reason (): unknown { return this.#reason }
  throwIfAborted (): void { if (this.#aborted) throw this.#reason }
  override get [Symbol.toStringTag] (): string { return 'AbortSignal' }

  #abort (reason: unknown): void {
    if (this.#aborted) return
    for (const signal of this.#mark(reason === undefined ? new DOMException('This operation was aborted', 'AbortError') : reason)) signal.#tell()
  }

  /** All that are aborted with this one, itself first. */
  #mark (reason: unknown): AbortSignal[] {
    this.#aborted = true
    this.#reason = reason
    return [this, ...this.#dependents.splice(0).flatMap(signal => signal.#aborted ? [] : signal.#mark(reason))]
  }

  #tell (): void {
    const event = new Event('abort')
    if (typeof this.onabort === 'function') callListener(this.onabort, this, event)
    this.dispatchEvent(event)
  }

  static abort (reason?: unknown): AbortSignal {
    const { signal, abort } = createSignal()
    abort(reason)
    return signal
  }

  static timeout (ms: number): AbortSignal {
    const { signal, abort } = createSignal()
    setTimeout(() => { abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError')) }, ms).unref()
    return signal
  }

  static any (signals: Iterable<AbortSignal>): AbortSignal {
    const { signal, abort } = createSignal()
    for (const source of signals) {
      if (source.aborted) {
        abort(source.reason)
        break
      }
      if (#dependents in source) source.#dependents.push(signal)
      else (source as AbortSignal).addEventListener('abort', () => { abort((source as AbortSignal).reason) }, { once: true }) // a signal that the plugin brings along
    }
    return signal
  }
}

function createSignal (): { signal: AbortSignal, abort: Abort } {
  let abort: Abort = () => {}
  const signal = new AbortSignal(key, given => { abort = given })
  return { signal, abort }
}

export class AbortController {
  readonly #parts = createSignal()
  get signal (): AbortSignal { return this.#parts.signal }
  abort (reason?: unknown): void { this.#parts.abort(reason) }
  get [Symbol.toStringTag] (): string { return 'AbortController' }
}
