/**
 * Timers over the thread's own: `timer` and `timer-clear` out, `timers` in.
 */
import { takeImmediates } from './immediates.ts'
import { limits } from './job.ts'
import { newId, post } from './link.ts'
import { apply, floor, NativeRangeError, Queue, SafeMap, SafeWeakMap, toNumber } from './primordials.ts'
import { enter, invalidCallback, microtask, withCode, type Callback } from './turns.ts'

const MAX_DELAY_MS = 2 ** 31 - 1

interface TimerState {
  readonly key: number
  readonly callback: Callback
  readonly args: unknown[]
  readonly ms: number
  readonly repeat: boolean
  /** Id of the thread's timer; undefined when none is armed. */
  id: number | undefined
  cleared: boolean
  referenced: boolean
}

/** Beside the objects, not in them: what a plugin makes with `timer.constructor` has no state and does nothing. */
const states = new SafeWeakMap<Timeout, TimerState>()
const armed = new SafeMap<number, TimerState>()
const byKey = new SafeMap<number, TimerState>()
const objects = new SafeWeakMap<TimerState, Timeout>()

/** What setTimeout and setInterval answer. */
export class Timeout {
  /** Kept for programs that ask; a run ends with run(), not with its last timer. */
  ref (): this { return reference(this, true) }
  unref (): this { return reference(this, false) }
  hasRef (): boolean { return states.get(this)?.referenced ?? false }
  refresh (): this {
    const state = states.get(this)
    if (state !== undefined && !state.cleared) rearm(state)
    return this
  }

  close (): this { clearTimeout(this); return this }
  [Symbol.toPrimitive] (): number { return states.get(this)?.key ?? NaN }
  [Symbol.dispose] (): void { clearTimeout(this) }
}

function reference<T extends Timeout> (timeout: T, referenced: boolean): T {
  const state = states.get(timeout)
  if (state !== undefined) state.referenced = referenced
  return timeout
}

export function setTimeout (callback: Callback, ms?: unknown, ...args: unknown[]): Timeout {
  return start(callback, ms, args, false)
}

export function setInterval (callback: Callback, ms?: unknown, ...args: unknown[]): Timeout {
  return start(callback, ms, args, true)
}

/** Takes a Timeout, or its number (also as text), as Node does. Anything else is ignored. */
export function clearTimeout (timer?: unknown): void {
  const state = typeof timer === 'object' && timer !== null ? states.get(timer as Timeout) : byKey.get(asKey(timer))
  if (state === undefined) return
  state.cleared = true
  disarm(state)
  byKey.delete(state.key)
}

function asKey (timer: unknown): number {
  return typeof timer === 'number' || typeof timer === 'string' ? toNumber(timer) : NaN
}

function start (callback: Callback, ms: unknown, args: unknown[], repeat: boolean): Timeout {
  if (typeof callback !== 'function') throw invalidCallback(callback)
  const state: TimerState = { key: newId(), callback, args, ms: delay(ms), repeat, id: undefined, cleared: false, referenced: true }
  rearm(state)
  const timeout = new Timeout()
  states.set(timeout, state)
  objects.set(state, timeout)
  byKey.set(state.key, state)
  return timeout
}

function delay (ms: unknown): number {
  const value = floor(toNumber(ms))
  return value >= 1 && value <= MAX_DELAY_MS ? value : 1
}

/** Starts a timer of the thread. Throws when the plugin has too many. */
function rearm (state: TimerState): void {
  disarm(state)
  const allowed = limits().timers
  if (armed.size >= allowed) throw withCode(new NativeRangeError(`${allowed} timers are waiting, which is the limit`), 'too-many-timers')
  const id = newId()
  post(`{"op":"timer","id":${id},"ms":${state.ms}}`)
  state.id = id
  armed.set(id, state)
}

function disarm (state: TimerState): void {
  if (state.id === undefined) return
  armed.delete(state.id)
  post(`{"op":"timer-clear","id":${state.id}}`)
  state.id = undefined
}

// --- what the thread tells -----------------------------------------------------------------------------------------

/** Timers of the thread that have fired, in order. Each callback is a turn of its own; microtasks run between them. */
export function fire (ids: readonly number[]): void {
  const due = new Queue<() => void>()
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i]
    if (id === undefined) continue
    if (!takeImmediates(id, due)) due.push(() => fireTimeout(id))
  }
  runNext(due)
}

function runNext (due: Queue<() => void>): void {
  const body = due.shift()
  if (body === undefined) return
  enter(body)
  if (due.length > 0) microtask(() => runNext(due))
}

function fireTimeout (id: number): void {
  const state = armed.get(id)
  if (state === undefined) return // cleared while the news was under way
  armed.delete(id)
  state.id = undefined
  if (!state.repeat) byKey.delete(state.key)
  try {
    apply(state.callback, objects.get(state), state.args)
  } finally {
    // the callback may have cleared or refreshed it
    if (state.repeat && !state.cleared && state.id === undefined) rearm(state)
  }
}
