/**
 * Turns: every entry from the host is one. At its end the queue of `process.nextTick` is emptied, then V8 runs the microtasks:
 * the order is Node's (sync, nextTick, promises). A nextTick asked for by a promise callback runs as a microtask, a little earlier than in Node.
 */
import { invalidArgType } from './node/invalid-argument.ts'
import { apply, Queue } from './primordials.ts'

export type Callback = (...args: unknown[]) => unknown

interface Tick { readonly callback: Callback, readonly args: unknown[] }

const ticks = new Queue<Tick>()
let depth = 0
let drainAsked = false
let onUncaught: (error: unknown) => void = () => {}

/** Who is told of an error that nobody caught (settle.ts). */
export function reportUncaughtTo (report: (error: unknown) => void): void {
  onUncaught = report
}

export function uncaught (error: unknown): void {
  onUncaught(error)
}

/** Runs `body` as one turn. What it throws is an uncaught error. */
export function enter (body: () => void): void {
  depth += 1
  try {
    body()
  } catch (error) {
    onUncaught(error)
  } finally {
    depth -= 1
  }
  if (depth === 0) drain()
}

function drain (): void {
  depth += 1
  for (let tick = ticks.shift(); tick !== undefined; tick = ticks.shift()) {
    try {
      apply(tick.callback, undefined, tick.args)
    } catch (error) {
      onUncaught(error)
    }
  }
  depth -= 1
}

export function nextTick (callback: Callback, ...args: unknown[]): void {
  if (typeof callback !== 'function') throw invalidCallback(callback)
  ticks.push({ callback, args })
  if (depth > 0 || drainAsked) return
  drainAsked = true
  microtask(() => {
    drainAsked = false
    drain()
  })
}

/** Runs `callback` after the current job. `await` of a primitive looks nothing up, unlike `promise.then`. */
export async function microtask (callback: () => unknown): Promise<void> {
  await undefined
  try {
    callback()
  } catch (error) {
    onUncaught(error)
  }
}

export function invalidCallback (found: unknown): Error {
  return invalidArgType('callback', 'of type function', found)
}

/** Gives an error the `code` that Node gives it. */
export function withCode<E extends Error> (error: E, code: string): E & { code: string } {
  const coded = error as E & { code: string } // the next line makes it true
  coded.code = code
  return coded
}
