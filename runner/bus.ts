/** The bus of a service that runs in one process. */
import type { Bus, Topic } from './types.ts'

type Listener = () => void

export interface BusOptions {
  /** Told of a listener that threw or rejected; the other listeners are called all the same. */
  readonly onError?: (error: unknown, topic: Topic) => void
}

/**
 * Messages of one turn of the event loop are delivered together in the next one, each topic once. A topic without listeners is
 * forgotten at once, so what waits is bounded by the number of subscribed topics.
 */
export function createBus (options: BusOptions = {}): Bus {
  return new LocalBus(options.onError ?? (() => {}))
}

class LocalBus implements Bus {
  readonly #onError: (error: unknown, topic: Topic) => void
  readonly #listeners = new Map<Topic, Set<{ readonly call: Listener }>>()
  readonly #waiting = new Set<Topic>()

  constructor (onError: (error: unknown, topic: Topic) => void) {
    this.#onError = onError
  }

  publish (topic: Topic): void {
    if (!this.#listeners.has(topic)) return
    if (this.#waiting.size === 0) setImmediate(() => this.#deliver())
    this.#waiting.add(topic)
  }

  subscribe (topic: Topic, listener: Listener): () => void {
    // An object of its own, so that one function may be subscribed twice and ended once.
    const entry = { call: listener }
    const entries = this.#listeners.get(topic) ?? new Set()
    this.#listeners.set(topic, entries.add(entry))
    return () => {
      entries.delete(entry)
      if (entries.size === 0 && this.#listeners.get(topic) === entries) this.#listeners.delete(topic)
    }
  }

  #deliver (): void {
    const topics = [...this.#waiting]
    this.#waiting.clear()
    for (const topic of topics) {
      const entries = this.#listeners.get(topic) ?? []
      for (const entry of [...entries]) {
        // A listener called before this one may have ended its subscription.
        if (this.#listeners.get(topic)?.has(entry)) this.#call(entry.call, topic)
      }
    }
  }

  #call (listener: Listener, topic: Topic): void {
    try {
      const answer: unknown = listener()
      if (answer instanceof Promise) answer.catch(error => this.#onError(error, topic))
    } catch (error) {
      this.#onError(error, topic)
    }
  }
}
