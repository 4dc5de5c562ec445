/**
 * `async_hooks`. V8 keeps no context across an `await` that JavaScript could reach, and a bundle that asks for this module is built so that it
 * need not: its async functions are generators over promises (cache/bundle.ts). The store then follows `then`, timers, nextTick,
 * immediates and queueMicrotask. It does not follow a thenable of a foreign kind, nor what the platform calls back (a request's events
 * see the store of whoever added the listener last).
 */
import { current, restore, type Stores } from '../async-context.ts'
import { checkFunction, checkString } from './invalid-argument.ts'

type Loose = (this: unknown, ...args: unknown[]) => unknown

/** Runs `fn` with `stores`, then puts back what was there. */
function within<T> (stores: Stores, fn: () => T): T {
  const before = current()
  restore(stores)
  try {
    return fn()
  } finally {
    restore(before)
  }
}

class AsyncLocalStorage {
  readonly name: string
  readonly #default: unknown

  constructor (options: { name?: string, defaultValue?: unknown } = {}) {
    this.name = options.name ?? ''
    this.#default = options.defaultValue
  }

  static bind<F extends Loose> (fn: F): F { return AsyncResource.bind(fn) }
  static snapshot (): Loose {
    const stores = current()
    return (fn, ...args) => within(stores, () => (fn as Loose)(...args))
  }

  getStore (): unknown { return current().has(this) ? current().get(this) : this.#default }
  run (store: unknown, fn: Loose, ...args: unknown[]): unknown { return within(new Map(current()).set(this, store), () => fn(...args)) }
  exit (fn: Loose, ...args: unknown[]): unknown { return this.run(undefined, fn, ...args) }
  enterWith (store: unknown): void { restore(new Map(current()).set(this, store)) }
  disable (): void {
    const stores = new Map(current())
    stores.delete(this)
    restore(stores)
  }

  withScope (store: unknown): Disposable {
    const before = current()
    this.enterWith(store)
    return { [Symbol.dispose]: () => { restore(before) } }
  }
}

let lastId = 1

class AsyncResource {
  readonly type: string
  readonly #stores = current()
  readonly #id = ++lastId

  constructor (type: string) {
    checkString('type', type)
    this.type = type
  }

  static bind<F extends Loose> (fn: F, type?: string, thisArg?: unknown): F {
    return new AsyncResource(type ?? 'bound-anonymous-fn').bind(fn, thisArg)
  }

  bind<F extends Loose> (fn: F, thisArg?: unknown): F {
    checkFunction('fn', fn)
    const resource = this
    const bound = function (this: unknown, ...args: unknown[]): unknown {
      return resource.runInAsyncScope(fn, thisArg === undefined ? this : thisArg, ...args)
    }
    Object.defineProperty(bound, 'length', { value: fn.length, configurable: true })
    return bound as unknown as F // it stands for it
  }

  runInAsyncScope (fn: Loose, thisArg?: unknown, ...args: unknown[]): unknown {
    return within(this.#stores, () => Reflect.apply(fn, thisArg, args))
  }

  emitDestroy (): this { return this }
  asyncId (): number { return this.#id }
  triggerAsyncId (): number { return 1 }
}

/** Hooks are taken and never called. */
const createHook = (): object => {
  const hook = { enable: () => hook, disable: () => hook }
  return hook
}

export default {
  AsyncLocalStorage,
  AsyncResource,
  createHook,
  executionAsyncId: () => 1,
  triggerAsyncId: () => 0,
  executionAsyncResource: () => ({}),
  asyncWrapProviders: Object.freeze({ NONE: 0 })
}
