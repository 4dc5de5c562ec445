/**
 * Repeats work that looks at the disk no more often than it is worth: a result is used again for four times as long as it took
 * to get, a quarter of a second at most. Small folders are thus looked at on every call, and large ones do not take all the time.
 */
const SHARE = 4
const MAX_MS = 250
const MAX_KEYS = 1000

interface Entry<T> {
  readonly result: Promise<T>
  /** Undefined while the work runs: whoever comes meanwhile joins it. */
  freshUntil: number | undefined
}

export class Paced<T> {
  readonly #entries = new Map<string, Entry<T>>()

  get (key: string, work: () => Promise<T>): Promise<T> {
    const held = this.#entries.get(key)
    if (held !== undefined && (held.freshUntil === undefined || performance.now() < held.freshUntil)) return held.result
    const started = performance.now()
    const entry: Entry<T> = { result: work(), freshUntil: undefined }
    const settle = (): void => {
      const now = performance.now()
      entry.freshUntil = now + Math.min((now - started) * SHARE, MAX_MS)
    }
    entry.result.then(settle, settle)
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    if (this.#entries.size > MAX_KEYS) this.#entries.delete(this.#entries.keys().next().value as string) // it is not empty
    return entry.result
  }
}
