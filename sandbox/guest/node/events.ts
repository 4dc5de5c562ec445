/** `events`: the npm package `events`, which is Node's own code of an earlier version, and what Node has added since. */
import Base from 'events'
import { becomeEmitter } from '../globals/process-events.ts'
import { lazily } from '../globals/lazily.ts'
import { parts } from '../parts.ts'
import { isError } from '../primordials.ts'
import { nextTick } from '../turns.ts'
import { checkFunction, invalidArgType, nodeError, outOfRange } from './invalid-argument.ts'
import { addAbortListener, on, once } from './events-async.ts'

const errorMonitor = Symbol('events.errorMonitor')
const captureRejectionSymbol = Symbol.for('nodejs.rejection')
const kCapture = Symbol('kCapture')

type Listener = (...args: unknown[]) => unknown
interface Emitter { _events?: Record<PropertyKey, Listener | Listener[]>, [kCapture]?: boolean, [captureRejectionSymbol]?: Listener, emit: Listener }
const prototype = Base.prototype as unknown as Emitter & Record<string, unknown> // the methods that are wrapped below

let captureRejections = false

/** Callable without `new`, as all of Node's older classes. */
function EventEmitter (this: Emitter, options?: { captureRejections?: boolean }): void {
  (Base as unknown as { init: Listener }).init.call(this)
  if (options?.captureRejections ?? captureRejections) this[kCapture] = true
}
EventEmitter.prototype = prototype
Object.defineProperty(prototype, 'constructor', { value: EventEmitter, writable: true, configurable: true })

for (const name of ['addListener', 'prependListener', 'once', 'prependOnceListener', 'removeListener']) {
  const before = prototype[name] as Listener // every one is a method
  prototype[name] = function (this: unknown, type: unknown, listener: unknown) {
    checkFunction('listener', listener)
    return before.call(this, type, listener)
  }
}
prototype['on'] = prototype['addListener']
prototype['off'] = prototype['removeListener']

const setMaxListenersOf = prototype['setMaxListeners'] as Listener // a method
prototype['setMaxListeners'] = function (this: unknown, count: unknown) {
  checkCount('setMaxListeners', count)
  return setMaxListenersOf.call(this, count)
}

const emitOf = prototype.emit
prototype.emit = function (this: Emitter, type: unknown, ...args: unknown[]): boolean {
  if (type === 'error' && this._events?.[errorMonitor] !== undefined) emitOf.call(this, errorMonitor, ...args)
  if (type === 'error' && this._events?.['error'] === undefined && !isError(args[0])) throw unhandled(args[0])
  if (this[kCapture] === true && type !== 'error') return emitCapturing(this, type as PropertyKey, args)
  return emitOf.call(this, type, ...args) as boolean // as the package says
}

/** The package throws what is an Error by itself. */
function unhandled (value: unknown): Error {
  return Object.assign(nodeError(new Error(`Unhandled error. (${parts.inspect().inspect(value)})`), 'ERR_UNHANDLED_ERROR'), { context: value })
}

/** With `captureRejections`, a listener's rejected promise becomes an `error` event. */
function emitCapturing (emitter: Emitter, type: PropertyKey, args: unknown[]): boolean {
  const found = emitter._events?.[type]
  if (found === undefined) return false
  for (const listener of Array.isArray(found) ? [...found] : [found]) {
    const answer = listener.apply(emitter, args)
    if (typeof answer !== 'object' || answer === null || !('then' in answer) || typeof answer.then !== 'function') continue
    answer.then(undefined, (error: unknown) => { nextTick(() => { rejected(emitter, error, type, args) }) })
  }
  return true
}

function rejected (emitter: Emitter, error: unknown, type: PropertyKey, args: unknown[]): void {
  const handler = emitter[captureRejectionSymbol]
  if (typeof handler === 'function') handler.call(emitter, error, type, ...args)
  else emitter.emit('error', error)
}

function checkCount (name: string, count: unknown): void {
  if (typeof count !== 'number') throw invalidArgType(name, 'of type number', count)
  if (count < 0 || Number.isNaN(count)) throw outOfRange(name, '>= 0', count)
}

interface Target { getMaxListeners?: () => number, setMaxListeners?: (count: number) => unknown, listeners?: (type: unknown) => unknown[], listenerCount?: (type: unknown, listener?: unknown) => number }
/** Of EventTargets, which keep none themselves. */
const limits = new WeakMap<object, number>()

function getMaxListeners (target: Target): number {
  if (typeof target?.getMaxListeners === 'function') return target.getMaxListeners()
  if (target instanceof EventTarget) return limits.get(target) ?? EventEmitter.defaultMaxListeners
  throw invalidArgType('emitter', 'an instance of EventEmitter or EventTarget', target)
}

function setMaxListeners (count: number = Base.defaultMaxListeners, ...targets: Target[]): void {
  checkCount('setMaxListeners', count)
  if (targets.length === 0) EventEmitter.defaultMaxListeners = count
  for (const target of targets) {
    if (typeof target?.setMaxListeners === 'function') target.setMaxListeners(count)
    else if (target instanceof EventTarget) limits.set(target, count)
    else throw invalidArgType('eventTargets', 'an instance of EventEmitter or EventTarget', target)
  }
}

function getEventListeners (target: Target, type: unknown): unknown[] {
  if (typeof target?.listeners === 'function') return target.listeners(type)
  if (target instanceof EventTarget) return parts.events().listenersOf(target as unknown as InstanceType<ReturnType<typeof parts.events>['EventTarget']>, `${type as string}`) // the global is ours
  throw invalidArgType('emitter', 'an instance of EventEmitter or EventTarget', target)
}

function listenerCount (target: Target, type: unknown, listener?: unknown): number {
  return typeof target?.listenerCount === 'function' ? target.listenerCount(type, listener) : getEventListeners(target, type).length
}

EventEmitter.EventEmitter = EventEmitter
EventEmitter.init = (Base as unknown as { init: Listener }).init
EventEmitter.once = once
EventEmitter.on = on
EventEmitter.addAbortListener = addAbortListener
EventEmitter.errorMonitor = errorMonitor
EventEmitter.captureRejectionSymbol = captureRejectionSymbol
EventEmitter.usingDomains = false
EventEmitter.getMaxListeners = getMaxListeners
EventEmitter.setMaxListeners = setMaxListeners
EventEmitter.getEventListeners = getEventListeners
EventEmitter.listenerCount = listenerCount
EventEmitter.defaultMaxListeners = 10
lazily(EventEmitter, 'EventEmitterAsyncResource', () => (require('./events-async-resource.ts') as typeof import('./events-async-resource.ts')).EventEmitterAsyncResource, true)
Object.defineProperties(EventEmitter, {
  defaultMaxListeners: { enumerable: true, get: () => Base.defaultMaxListeners, set (count: unknown) { checkCount('defaultMaxListeners', count); Base.defaultMaxListeners = count as number } }, // checked before
  captureRejections: { enumerable: true, get: () => captureRejections, set (value: unknown) { captureRejections = Boolean(value) } }
})

becomeEmitter(prototype)

export default EventEmitter
