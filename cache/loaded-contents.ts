import type { Loaded } from './contents.ts'

/** What a loaded content costs beside its bundle, roughly. */
const OVERHEAD_BYTES = 4096

/** Contents in memory, the least recently used going first when their bundles pass `maxBytes` together. */
export class LoadedContents {
  readonly #maxBytes: number
  readonly #entries = new Map<string, Loaded>()
  #bytes = 0

  constructor (maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  get (content: string): Loaded | undefined {
    const loaded = this.#entries.get(content)
    if (loaded === undefined) return undefined
    this.#entries.delete(content)
    this.#entries.set(content, loaded)
    return loaded
  }

  /** One that alone is larger than the bound is not kept. */
  set (content: string, loaded: Loaded): void {
    this.delete(content)
    this.#entries.set(content, loaded)
    this.#bytes += cost(loaded)
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= this.#maxBytes) return
      this.delete(oldest)
    }
  }

  delete (content: string): void {
    const loaded = this.#entries.get(content)
    if (loaded === undefined) return
    this.#entries.delete(content)
    this.#bytes -= cost(loaded)
  }
}

function cost (loaded: Loaded): number {
  return loaded.bundle.length + OVERHEAD_BYTES
}
