/**
 * How many calls of plugins outside runs (prepare(), a load) may go on at once, so that they never take the cells that runs need: the
 * others wait in the order in which they came, and beyond that they are refused at once.
 */
export interface CallPlacesOptions {
  /** Calls at once, of all owners. */
  readonly calls: number
  /** Of one owner. */
  readonly ownerCalls: number
  /** Calls that wait, of all owners. */
  readonly waiting: number
  /** Of one owner. */
  readonly ownerWaiting: number
  /** Longest wait for a place, and then for a cell, in milliseconds together. */
  readonly waitMs: number
}

/** Of a service that has at most `cells` cells: calls get at most half of them. */
export function callPlacesFor (cells: number): CallPlacesOptions {
  const calls = Math.max(1, Math.floor(cells / 2))
  return { calls, ownerCalls: Math.min(2, calls), waiting: 128, ownerWaiting: 32, waitMs: 30_000 }
}

/** `by`: whose calls are too many. Code `calls-busy`. */
export class CallsBusy extends Error {
  override readonly name = 'CallsBusy'
  readonly code = 'calls-busy'
  readonly by: 'owner' | 'all'
  /** When it makes sense to try again, in seconds. */
  readonly retrySeconds: number

  constructor (by: 'owner' | 'all', retrySeconds: number) {
    super(by === 'owner' ? 'The account has too many calls of plugins under way.' : 'Too many calls of plugins are under way.')
    this.by = by
    this.retrySeconds = retrySeconds
  }
}

interface Waiter {
  readonly owner: string
  enter(): void
}

export interface CallPlaces {
  /** Answers the function that gives the place back. Throws `CallsBusy`: at once when too many wait, or when `signal` is aborted first. */
  enter(owner: string, signal: AbortSignal): Promise<() => void>
  readonly waitMs: number
}

const RETRY_SECONDS = 5

export function createCallPlaces (options: CallPlacesOptions): CallPlaces {
  const going = new Map<string, number>()
  const waiters = new Set<Waiter>()
  let calls = 0

  const mayEnter = (owner: string): boolean => calls < options.calls && (going.get(owner) ?? 0) < options.ownerCalls

  function begin (owner: string): () => void {
    calls++
    going.set(owner, (going.get(owner) ?? 0) + 1)
    let ended = false
    return () => {
      if (ended) return
      ended = true
      calls--
      const left = (going.get(owner) ?? 1) - 1
      if (left === 0) going.delete(owner)
      else going.set(owner, left)
      for (const waiter of waiters) if (mayEnter(waiter.owner)) waiter.enter()
    }
  }

  /** Whose calls are too many for one more to wait. */
  function full (owner: string): 'owner' | 'all' | undefined {
    if ([...waiters].filter(waiter => waiter.owner === owner).length >= options.ownerWaiting) return 'owner'
    return waiters.size >= options.waiting ? 'all' : undefined
  }

  return {
    waitMs: options.waitMs,
    async enter (owner, signal) {
      if (mayEnter(owner)) return begin(owner)
      const by = full(owner)
      if (by !== undefined) throw new CallsBusy(by, RETRY_SECONDS)
      const { promise, resolve, reject } = Promise.withResolvers<() => void>()
      const waiter: Waiter = {
        owner,
        enter () {
          waiters.delete(waiter)
          resolve(begin(owner))
        }
      }
      const abort = (): void => {
        if (waiters.delete(waiter)) reject(new CallsBusy((going.get(owner) ?? 0) >= options.ownerCalls ? 'owner' : 'all', RETRY_SECONDS))
      }
      signal.addEventListener('abort', abort, { once: true })
      waiters.add(waiter)
      return await promise.finally(() => signal.removeEventListener('abort', abort))
    }
  }
}
