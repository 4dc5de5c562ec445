/** setImmediate: the callbacks of one turn share one timer of the thread. */
import { newId, post } from './link.ts'
import { apply, Queue, SafeWeakMap } from './primordials.ts'
import { invalidCallback, type Callback } from './turns.ts'

/** What setImmediate answers. */
export class Immediate {
  ref (): this { return this }
  unref (): this { return this }
  hasRef (): boolean { return true }
  [Symbol.dispose] (): void { clearImmediate(this) }
}

interface ImmediateState { readonly callback: Callback, readonly args: unknown[], cleared: boolean }
const immediates = new SafeWeakMap<Immediate, ImmediateState>()
let waitingImmediates = new Queue<ImmediateState>()
let immediateId: number | undefined

export function setImmediate (callback: Callback, ...args: unknown[]): Immediate {
  if (typeof callback !== 'function') throw invalidCallback(callback)
  const immediate = new Immediate()
  const state: ImmediateState = { callback, args, cleared: false }
  immediates.set(immediate, state)
  waitingImmediates.push(state)
  if (immediateId === undefined) {
    immediateId = newId()
    post(`{"op":"timer","id":${immediateId},"ms":0}`)
  }
  return immediate
}

export function clearImmediate (immediate?: unknown): void {
  const state = typeof immediate === 'object' && immediate !== null ? immediates.get(immediate as Immediate) : undefined
  if (state !== undefined) state.cleared = true
}

/** Queues the callbacks that wait, when `id` is the timer that they share. Answers whether it is. */
export function takeImmediates (id: number, due: Queue<() => void>): boolean {
  if (id !== immediateId) return false
  const taken = waitingImmediates
  waitingImmediates = new Queue()
  immediateId = undefined
  for (let state = taken.shift(); state !== undefined; state = taken.shift()) {
    const { callback, args } = state
    const current = state
    due.push(() => { if (!current.cleared) apply(callback, undefined, args) })
  } return true
}
