/**
 * Whose turn it is at the build threads. Owners take turns, whatever each of them has waiting, and while there is more than one thread
 * one of them is kept from every owner: who brings a plugin that is slow to build holds up his own, not those of others.
 * No thread and no clock: whoever takes a place gives it back.
 */
import type { AccountRef } from './types.ts'

export interface BuildQueueOptions {
  readonly threads: number
  /** Tasks that may wait, of all owners together. */
  readonly waiting: number
  /** Of one owner. */
  readonly waitingOfOwner: number
}

export class BuildQueue {
  readonly #options: BuildQueueOptions
  readonly #running = new Map<string, number>()
  /** In the order in which it is their turn. Never an empty list. */
  readonly #waiting = new Map<string, (() => void)[]>()
  #free: number
  #length = 0

  constructor (options: BuildQueueOptions) {
    this.#options = options
    this.#free = options.threads
  }

  /** Waits for a place; false at once when too much is waiting already. Who was given a place has to give it back, once. */
  async take (owner: string): Promise<boolean> {
    if (this.#free > 0 && this.#mayRun(owner)) {
      this.#start(owner)
      return true
    }
    const own = this.#waiting.get(owner) ?? []
    if (this.#length >= this.#options.waiting || own.length >= this.#options.waitingOfOwner) return false
    this.#length++
    await new Promise<void>((resolve) => {
      own.push(resolve)
      this.#waiting.set(owner, own)
    })
    return true
  }

  giveBack (owner: string): void {
    const left = (this.#running.get(owner) ?? 0) - 1
    if (left > 0) this.#running.set(owner, left)
    else this.#running.delete(owner)
    this.#free++
    this.#next()
  }

  #next (): void {
    for (const [owner, own] of this.#waiting) {
      if (!this.#mayRun(owner)) continue
      const resolve = own.shift()
      this.#waiting.delete(owner)
      if (own.length > 0) this.#waiting.set(owner, own) // behind the others
      this.#length--
      this.#start(owner)
      resolve?.()
      return
    }
  }

  #start (owner: string): void {
    this.#free--
    this.#running.set(owner, (this.#running.get(owner) ?? 0) + 1)
  }

  #mayRun (owner: string): boolean {
    return (this.#running.get(owner) ?? 0) < Math.max(1, this.#options.threads - 1)
  }
}

/** Departments of an organisation share its turns. */
export function ownerOf ({ type, id }: AccountRef): string {
  return `${type}:${id}`
}
