/**
 * The language's own functions, captured while the prelude is evaluated, before any plugin exists.
 *
 * A plugin may replace `JSON.stringify`, put setters on `Object.prototype` or delete `Array.prototype[Symbol.iterator]`. The guest's
 * own code (link, turns, timers, log, settle, loader) goes on working because it uses only what is kept here, own properties,
 * private fields and syntax that looks nothing up. That forbids in those files: `for … of`, spread, array destructuring, `push`,
 * regular expressions, `instanceof`, and reading a field that may be absent from an ordinary object (see `own`).
 * The libraries (axios, inspect, the URL parser) make no such promise: a plugin that breaks the language breaks them for itself.
 */

// bind and call themselves are needed once; the functions made of them no longer look anything up
const { bind, call } = Function.prototype
const uncurryThis = bind.bind(call) as (fn: unknown) => (...args: unknown[]) => unknown

/** `uncurry(f)(self, …args)` is `f.call(self, …args)`, whatever happens to `Function.prototype.call` later. */
function uncurry<Self, Args extends unknown[], Result> (fn: (this: Self, ...args: Args) => Result): (self: Self, ...args: Args) => Result {
  return uncurryThis(fn) as (self: Self, ...args: Args) => Result // `bind` on `call` cannot be typed
}

/** The getter of an accessor that the language defines. */
function getter<Result> (prototype: object, key: PropertyKey): (self: unknown) => Result {
  const get = Object.getOwnPropertyDescriptor(prototype, key)?.get
  if (get === undefined) throw new TypeError(`${String(key)} is not a getter`)
  return uncurry(get) as (self: unknown) => Result // the standard says what each getter answers
}

export const { apply, ownKeys, defineProperty, getOwnPropertyDescriptor, deleteProperty } = Reflect
export const { create, hasOwn } = Object
export const { parse: jsonParse, stringify: jsonStringify } = JSON
export const { isArray } = Array
export const { floor, max, min } = Math
export const now = Date.now
export const NativePromise = Promise
export const NativeError = Error
export const NativeTypeError = TypeError
export const NativeRangeError = RangeError
export const NativeUint8Array = Uint8Array
export const toNumber = Number
export const isView = ArrayBuffer.isView

let nativeIsError: ((value: unknown) => boolean) | undefined

/** V8 installs its newest functions when a context is made, not in the snapshot: they are captured when the context is booted. */
export function captureLatecomers (): void {
  nativeIsError = Error.isError
}

/** True for errors of any realm and class, and for nothing that only looks like one. */
export function isError (value: unknown): value is Error {
  return nativeIsError?.(value) === true
}

export const objectToString = uncurry(Object.prototype.toString)
export const symbolToString = uncurry(Symbol.prototype.toString)
export const dateToISOString = uncurry(Date.prototype.toISOString)
export const regExpToString = uncurry(RegExp.prototype.toString)
export const stringSlice = uncurry(String.prototype.slice)
export const stringIndexOf = uncurry(String.prototype.indexOf)
export const numberToString = uncurry(Number.prototype.toString)
export const mapForEach = uncurry(Map.prototype.forEach) as <K, V>(self: Map<K, V>, callback: (value: V, key: K) => void) => void
export const setForEach = uncurry(Set.prototype.forEach) as <V>(self: Set<V>, callback: (value: V) => void) => void
export const bytesSet = uncurry(Uint8Array.prototype.set)

const typedArrayPrototype: object = Object.getPrototypeOf(Uint8Array.prototype)
export const viewBuffer = getter<ArrayBufferLike>(typedArrayPrototype, 'buffer')
export const viewByteOffset = getter<number>(typedArrayPrototype, 'byteOffset')
export const viewByteLength = getter<number>(typedArrayPrototype, 'byteLength')
/** Name of the class of a typed array; undefined for anything else. */
export const viewKind = getter<string | undefined>(typedArrayPrototype, Symbol.toStringTag)
export const bufferByteLength = getter<number>(ArrayBuffer.prototype, 'byteLength')
/** With 0: gives the memory back at once. */
export const bufferTransfer = uncurry(ArrayBuffer.prototype.transfer)
/** V8 keeps an error's stack behind an own accessor: this is its getter. */
export const errorStack = getter<unknown>(new Error('probe'), 'stack')

/** A subclass with its own copies of all methods and nothing above it, frozen: `map.get(k)` cannot be intercepted. */
function makeSafe<Class extends { readonly prototype: object }> (base: Class, safe: Class): Class {
  for (const key of Reflect.ownKeys(base.prototype)) {
    const descriptor = Object.getOwnPropertyDescriptor(base.prototype, key)
    if (descriptor !== undefined && !Object.hasOwn(safe.prototype, key)) Object.defineProperty(safe.prototype, key, descriptor)
  }
  Object.setPrototypeOf(safe.prototype, null)
  Object.freeze(safe.prototype)
  return Object.freeze(safe)
}
export const SafeMap = makeSafe(Map, class SafeMap<K, V> extends Map<K, V> {})
export const SafeSet = makeSafe(Set, class SafeSet<V> extends Set<V> {})
export const SafeWeakMap = makeSafe(WeakMap, class SafeWeakMap<K extends WeakKey, V> extends WeakMap<K, V> {})

/** Own property or undefined: what a poisoned `Object.prototype` says does not count. */
export function own<T extends object, K extends keyof T> (object: T, key: K): T[K] | undefined {
  return hasOwn(object, key) ? object[key] : undefined
}

/** Defines as an assignment in an object literal would, without meeting setters or inherited descriptor fields. */
export function define (target: object, key: PropertyKey, value: unknown, enumerable = false): void {
  const descriptor: PropertyDescriptor = create(null)
  descriptor.value = value
  descriptor.writable = true
  descriptor.enumerable = enumerable
  descriptor.configurable = true
  defineProperty(target, key, descriptor)
}

/** First in, first out, without arrays: `push` would meet setters on `Array.prototype`. */
export class Queue<T> {
  #head: { readonly value: T, next: unknown } | undefined
  #tail: { readonly value: T, next: unknown } | undefined
  #length = 0

  get length (): number { return this.#length }

  push (value: T): void {
    const cell = { value, next: undefined }
    if (this.#tail === undefined) this.#head = cell
    else this.#tail.next = cell
    this.#tail = cell
    this.#length += 1
  }

  shift (): T | undefined {
    const head = this.#head
    if (head === undefined) return undefined
    this.#head = head.next as typeof head | undefined // only push writes `next`
    if (this.#head === undefined) this.#tail = undefined
    this.#length -= 1
    return head.value
  }
}
