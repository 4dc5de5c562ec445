/**
 * The listeners of `process`. Until the first one is added it has methods of its own that lead to the events module; that module makes it a
 * real emitter. The platform tells of `exit` and `beforeExit` when run() has ended, of `uncaughtException` and `unhandledRejection`
 * when they happen, and of no signal.
 */
import { parts } from '../parts.ts'
import { apply, deleteProperty, ownKeys } from '../primordials.ts'

type Method = (this: unknown, ...args: unknown[]) => unknown
interface Emitter { emit (type: string, ...args: unknown[]): boolean, listenerCount (type: string): number }

const ADDING = ['on', 'once', 'addListener', 'prependListener', 'prependOnceListener', 'setMaxListeners']
const NOTHING_YET: Readonly<Record<string, Method>> = {
  off: itself,
  removeListener: itself,
  removeAllListeners: itself,
  emit: () => false,
  listeners: () => [],
  rawListeners: () => [],
  listenerCount: () => 0,
  eventNames: () => [],
  getMaxListeners: () => 10
}

function itself (this: unknown): unknown {
  return this
}

let emitter: Emitter | undefined

export function emitterMethods (): Record<string, Method> {
  const methods: Record<string, Method> = { ...NOTHING_YET }
  for (const name of ADDING) {
    methods[name] = function (...args) {
      parts.builtins().load('events') // makes an emitter of process
      return apply(Reflect.get(this as object, name) as Method, this, args) // process
    }
  }
  return methods
}

/** Called by the events module when it is first evaluated. */
export function becomeEmitter (prototype: object): void {
  const process = Reflect.get(globalThis, 'process') as object
  for (const name of [...ADDING, ...ownKeys(NOTHING_YET) as string[]]) deleteProperty(process, name)
  Object.setPrototypeOf(process, Object.create(prototype, { constructor: { value: function process () {}, writable: true, configurable: true } }) as object)
  emitter = process as Emitter
}

/** Tells the plugin's listeners; answers whether there were any. What one throws is not caught here. */
export function tellProcess (type: string, ...args: unknown[]): boolean {
  return emitter !== undefined && emitter.listenerCount(type) > 0 && emitter.emit(type, ...args)
}
