import type { Contents } from './contents.ts'

/**
 * Contents that somebody here is using. Each is touched again and again, so that other processes see a recent use and leave it; when this
 * process dies, that ends by itself.
 */
export class Holds {
  readonly #contents: Contents
  readonly #everyMs: number
  readonly #counts = new Map<string, number>()
  #timer: NodeJS.Timeout | undefined

  constructor (contents: Contents, everyMs: number) {
    this.#contents = contents
    this.#everyMs = everyMs
  }

  has (content: string): boolean {
    return this.#counts.has(content)
  }

  /** Answers what gives it back; calling that twice is harmless. */
  take (content: string): () => void {
    this.#counts.set(content, (this.#counts.get(content) ?? 0) + 1)
    this.#timer ??= setInterval(() => { for (const each of this.#counts.keys()) this.#contents.touch(each) }, this.#everyMs).unref() // it never rejects
    let given = false
    return () => {
      if (given) return
      given = true
      const left = (this.#counts.get(content) ?? 1) - 1
      if (left > 0) this.#counts.set(content, left)
      else this.#counts.delete(content)
      if (this.#counts.size === 0) this.close()
    }
  }

  close (): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}
