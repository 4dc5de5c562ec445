/** Values of progress bars that wait to be stored: each in its turn, as long as they are few; else the newest one of each task. */
import type { TaskProgress } from '../../store/types.ts'

/** Values of all tasks together; beyond that the newest one of a task takes the place of its last. */
const MAX_VALUES = 64

export class ProgressQueue {
  /** By the number of the task's entry; never an empty list. */
  readonly #values = new Map<number, TaskProgress[]>()
  #count = 0

  /** How many values wait: at most one for each task, and 64 more. */
  get size (): number { return this.#count }

  add (seq: number, progress: TaskProgress): void {
    const values = this.#values.get(seq)
    if (values !== undefined && this.#count >= MAX_VALUES) {
      values[values.length - 1] = progress
      return
    }
    this.#count++
    if (values === undefined) this.#values.set(seq, [progress])
    else values.push(progress)
  }

  /** Takes the oldest value of each task. */
  takeFirst (): [number, TaskProgress][] {
    const taken: [number, TaskProgress][] = []
    for (const [seq, values] of this.#values) {
      const [first] = values.splice(0, 1)
      if (first !== undefined) taken.push([seq, first])
      if (values.length === 0) this.#values.delete(seq)
    }
    this.#count -= taken.length
    return taken
  }

  /** Takes the newest value of each task, and forgets the others. */
  takeLast (): [number, TaskProgress][] {
    const taken = [...this.#values].flatMap(([seq, values]): [number, TaskProgress][] => values.slice(-1).map(value => [seq, value]))
    this.clear()
    return taken
  }

  clear (): void {
    this.#values.clear()
    this.#count = 0
  }
}
