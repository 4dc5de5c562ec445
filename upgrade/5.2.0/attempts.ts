import { setTimeout as sleep } from 'node:timers/promises'

/** A failure that may be gone a moment later; `failure` is thrown when it is not. */
export class Passing extends Error {
  readonly failure: Error
  constructor (failure: Error) {
    super(failure.message, { cause: failure })
    this.failure = failure
  }
}

/** One attempt more than there are pauses. */
export async function attempts<T> (pausesMs: readonly number[], attempt: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await attempt()
    } catch (error) {
      if (!(error instanceof Passing)) throw error
      if (tries >= pausesMs.length) throw error.failure
      await sleep(pausesMs[tries])
    }
  }
}
