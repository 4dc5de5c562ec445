/** `events.once` and `events.on`: events as a promise and as an async iterator. */
import { invalidArgType, nodeError } from './invalid-argument.ts'

type Listener = (...args: unknown[]) => void
interface EmitterLike { on (type: unknown, listener: Listener): unknown, once (type: unknown, listener: Listener): unknown, removeListener (type: unknown, listener: Listener): unknown }
interface TargetLike { addEventListener (type: unknown, listener: Listener, options?: { once?: boolean }): void, removeEventListener (type: unknown, listener: Listener): void }
type Source = EmitterLike | TargetLike

/** Resolves with the arguments of the next event; rejects with the next `error`, or when the signal aborts. */
export function once (source: Source, type: unknown, options: { signal?: AbortSignal } = {}): Promise<unknown[]> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown[]>()
  const { signal } = options ?? {}
  if (signal?.aborted === true) return Promise.reject(abortError(signal))
  const done = (): void => {
    remove(source, type, onEvent)
    if (type !== 'error' && isEmitter(source)) remove(source, 'error', onError)
    signal?.removeEventListener('abort', onAbort)
  }
  const onEvent: Listener = (...args) => { done(); resolve(args) }
  const onError: Listener = error => { done(); reject(error) }
  const onAbort = (): void => { done(); reject(abortError(signal)) }
  add(source, type, onEvent, true)
  if (type !== 'error' && isEmitter(source)) source.once('error', onError)
  signal?.addEventListener('abort', onAbort, { once: true })
  return promise
}

interface OnOptions { readonly signal?: AbortSignal, readonly close?: readonly string[], readonly highWaterMark?: number, readonly lowWaterMark?: number }

/** Yields the arguments of each event; ends with the events of `close`, throws with `error` or when the signal aborts. */
export function on (source: Source, type: unknown, options: OnOptions = {}): AsyncIterableIterator<unknown[]> {
  const { signal, close = [] } = options ?? {}
  if (signal?.aborted === true) throw abortError(signal)
  return new EventIterator(source, type, signal, close)
}

class EventIterator implements AsyncIterableIterator<unknown[]> {
  readonly #events: unknown[][] = []
  readonly #waiting: { resolve: (result: IteratorResult<unknown[]>) => void, reject: (error: unknown) => void }[] = []
  readonly #listeners: (readonly [type: unknown, listener: Listener])[]
  readonly #source: Source
  readonly #signal: AbortSignal | undefined
  #error: { readonly value: unknown } | undefined
  #finished = false

  constructor (source: Source, type: unknown, signal: AbortSignal | undefined, close: readonly string[]) {
    this.#source = source
    this.#signal = signal
    const fail: Listener = error => { this.#fail(error) }
    this.#listeners = [
      [type, (...args) => { this.#push(args) }],
      ...(type !== 'error' && isEmitter(source) ? [['error', fail] as const] : []),
      ...close.map(name => [name, () => { this.#close() }] as const)
    ]
    for (const [name, listener] of this.#listeners) add(source, name, listener, false)
    signal?.addEventListener('abort', this.#onAbort, { once: true })
  }

  readonly #onAbort = (): void => { this.#fail(abortError(this.#signal)) }

  #push (args: unknown[]): void {
    const waiting = this.#waiting.shift()
    if (waiting === undefined) this.#events.push(args)
    else waiting.resolve({ value: args, done: false })
  }

  #fail (error: unknown): void {
    const waiting = this.#waiting.shift()
    if (waiting === undefined) this.#error = { value: error }
    else waiting.reject(error)
    this.#close()
  }

  #close (): void {
    this.#finished = true
    this.#signal?.removeEventListener('abort', this.#onAbort)
    for (const [name, listener] of this.#listeners) remove(this.#source, name, listener)
    for (const { resolve } of this.#waiting.splice(0)) resolve({ value: undefined, done: true })
  }

  async next (): Promise<IteratorResult<unknown[]>> {
    const value = this.#events.shift()
    if (value !== undefined) return { value, done: false }
    const error = this.#error
    this.#error = undefined
    if (error !== undefined) throw error.value
    if (this.#finished) return { value: undefined, done: true }
    return await new Promise((resolve, reject) => { this.#waiting.push({ resolve, reject }) })
  }

  async return (): Promise<IteratorResult<unknown[]>> {
    this.#close()
    return { value: undefined, done: true }
  }

  async throw (error: unknown): Promise<IteratorResult<unknown[]>> {
    if (!(error instanceof Error)) throw invalidArgType('EventEmitter.AsyncIterator', 'an instance of Error', error)
    this.#fail(error)
    return { value: undefined, done: true }
  }

  [Symbol.asyncIterator] (): this { return this }
  async [Symbol.asyncDispose] (): Promise<void> { this.#close() }
}

/** Calls the listener when the signal aborts, at once when it has; the answer takes it off. */
export function addAbortListener (signal: AbortSignal, listener: (event?: unknown) => void): Disposable {
  if (!(signal instanceof AbortSignal)) throw invalidArgType('signal', 'an instance of AbortSignal', signal)
  if (typeof listener !== 'function') throw invalidArgType('listener', 'of type function', listener)
  if (signal.aborted) queueMicrotask(() => { listener() })
  else signal.addEventListener('abort', listener, { once: true })
  return { [Symbol.dispose] () { signal.removeEventListener('abort', listener) } }
}

function isEmitter (source: Source): source is EmitterLike {
  return 'on' in source && typeof source.on === 'function'
}

function add (source: Source, type: unknown, listener: Listener, isOnce: boolean): void {
  if (isEmitter(source)) source[isOnce ? 'once' : 'on'](type, listener)
  else if (typeof source?.addEventListener === 'function') source.addEventListener(type, listener, { once: isOnce })
  else throw invalidArgType('emitter', 'an instance of EventEmitter', source)
}

function remove (source: Source, type: unknown, listener: Listener): void {
  if (isEmitter(source)) source.removeListener(type, listener)
  else source.removeEventListener(type, listener)
}

export function abortError (signal?: { readonly reason: unknown }): Error {
  const error = nodeError(new Error('The operation was aborted', { cause: signal?.reason }), 'ABORT_ERR')
  error.name = 'AbortError'
  return error
}
