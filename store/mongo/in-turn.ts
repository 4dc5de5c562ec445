/** Work under one key is done in the order in which it came, one after the other: answers of a server may overtake each other. */
export class InTurn {
  readonly #last = new Map<string, Promise<unknown>>()

  async take<T> (key: string, work: () => Promise<T>): Promise<T> {
    const turn = (this.#last.get(key) ?? Promise.resolve()).then(work)
    const settled = turn.catch(() => {}) // whoever called is told; who comes next works all the same
    this.#last.set(key, settled)
    try {
      return await turn
    } finally {
      if (this.#last.get(key) === settled) this.#last.delete(key)
    }
  }
}
