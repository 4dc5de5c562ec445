/**
 * The stores of AsyncLocalStorage. Nothing is followed before a plugin requires `async_hooks`: then `follow` wraps what calls back later.
 */
import { parts } from './parts.ts'

export type Stores = ReadonlyMap<object, unknown>

const NONE: Stores = new Map()
let stores = NONE
let following = false

export function current (): Stores {
  return stores
}

export function restore (next: Stores): void {
  stores = next
  if (following) return
  following = true
  follow()
}

type Loose = (this: unknown, ...args: unknown[]) => unknown

/** The same function, which sees the stores of whoever hands it over. */
function bound (callback: unknown): unknown {
  if (typeof callback !== 'function') return callback
  const kept = stores
  return function (this: unknown, ...args: unknown[]): unknown {
    const before = stores
    stores = kept
    try {
      return Reflect.apply(callback as Loose, this, args)
    } finally {
      stores = before
    }
  }
}

function wrap (holder: object, name: string, callbacks: number): void {
  const original = Reflect.get(holder, name) as Loose // each name below is a function
  const wrapped = function (this: unknown, ...args: unknown[]): unknown {
    return Reflect.apply(original, this, args.map((argument, i) => i < callbacks ? bound(argument) : argument))
  }
  Object.defineProperties(wrapped, Object.getOwnPropertyDescriptors(original))
  Object.defineProperty(holder, name, { value: wrapped, writable: true, configurable: true, enumerable: Object.prototype.propertyIsEnumerable.call(holder, name) })
}

function follow (): void {
  wrap(Promise.prototype, 'then', 2)
  const timers = parts.builtins().load('timers')
  for (const name of ['setTimeout', 'setInterval', 'setImmediate']) {
    wrap(globalThis, name, 1)
    Object.assign(timers, { [name]: Reflect.get(globalThis, name) as unknown })
  }
  wrap(globalThis, 'queueMicrotask', 1)
  wrap(process, 'nextTick', 1)
}
