/** structuredClone: the types of the language, Blob, File and DOMException. */
import { withCode } from '../turns.ts'
import { Blob } from './blob.ts'
import { DOMException } from './dom-exception.ts'

const ERRORS = new Map<string, ErrorConstructor>([['Error', Error], ['EvalError', EvalError], ['RangeError', RangeError], ['ReferenceError', ReferenceError], ['SyntaxError', SyntaxError], ['TypeError', TypeError], ['URIError', URIError]])

interface CloneOptions {
  readonly transfer?: Iterable<unknown>
  /** Objects that are handed over as they are: ports. */
  readonly keep?: Iterable<object>
}

/** Throws a DOMException `DataCloneError` for functions, symbols, promises and weak collections. Ports and streams in `transfer` stay what they are. */
export function structuredClone (value: unknown, options: CloneOptions = {}): unknown {
  if (arguments.length === 0) throw withCode(new TypeError('The "value" argument must be specified'), 'ERR_MISSING_ARGS')
  const seen = new Map<object, unknown>()
  for (const item of options?.keep ?? []) seen.set(item, item)
  for (const item of options?.transfer ?? []) {
    if (typeof item !== 'object' || item === null) throw withCode(new TypeError('Found invalid object in transferList'), 'ERR_INVALID_TRANSFER_OBJECT')
    if (item instanceof ArrayBuffer && item.detached) throw new DOMException('An ArrayBuffer is detached and could not be cloned.', 'DataCloneError')
    if (item instanceof ArrayBuffer) seen.set(item, item.transfer())
    else if (TRANSFERRED.has(Object.prototype.toString.call(item))) seen.set(item, item)
    else throw withCode(new TypeError('Found invalid object in transferList'), 'ERR_INVALID_TRANSFER_OBJECT')
  }
  return clone(value, seen)
}

const TRANSFERRED = new Set(['[object MessagePort]', '[object ReadableStream]', '[object WritableStream]', '[object TransformStream]'])

function clone (value: unknown, seen: Map<object, unknown>): unknown {
  if (typeof value === 'symbol') throw refused(String(value))
  if (typeof value === 'function') throw refused(`${value}`) // its text, as V8 says it
  if (typeof value !== 'object' || value === null) return value
  if (seen.has(value)) return seen.get(value)
  const keep = <T>(copy: T): T => {
    seen.set(value, copy)
    return copy
  }
  return cloneObject(value, seen, keep)
}

function cloneObject (value: object, seen: Map<object, unknown>, keep: <T>(copy: T) => T): unknown {
  if (Array.isArray(value)) return cloneFields(value, keep(new Array<unknown>(value.length)), seen)
  if (value instanceof Date) return keep(new Date(value.getTime()))
  if (value instanceof RegExp) return keep(new RegExp(value.source, value.flags))
  if (value instanceof Map) {
    const copy = keep(new Map<unknown, unknown>())
    for (const [key, item] of [...value]) copy.set(clone(key, seen), clone(item, seen))
    return copy
  }
  if (value instanceof Set) {
    const copy = keep(new Set<unknown>())
    for (const item of [...value]) copy.add(clone(item, seen))
    return copy
  }
  if (value instanceof ArrayBuffer) return keep(value.slice(0))
  if (ArrayBuffer.isView(value)) return keep(cloneView(value, seen))
  if (value instanceof Blob) return value // it cannot change
  if (value instanceof DOMException) return keep(new DOMException(value.message, value.name))
  if (Error.isError(value)) return cloneError(value, seen, keep)
  if (value instanceof Boolean || value instanceof Number || value instanceof String || value instanceof BigInt) return keep(Object(value.valueOf()))
  if (value instanceof Promise || value instanceof WeakMap || value instanceof WeakSet || value instanceof WeakRef) throw refused(`#<${Object.prototype.toString.call(value).slice(8, -1)}>`)
  return cloneFields(value, keep({}), seen)
}

function cloneFields (source: object, copy: object, seen: Map<object, unknown>): object {
  for (const [key, item] of Object.entries(source)) {
    Object.defineProperty(copy, key, { value: clone(item, seen), writable: true, enumerable: true, configurable: true })
  }
  return copy
}

/** A Buffer becomes a Uint8Array, as in Node. */
function cloneView (view: ArrayBufferView, seen: Map<object, unknown>): ArrayBufferView {
  const buffer = clone(view.buffer, seen) as ArrayBuffer // a buffer's clone is a buffer
  if (view instanceof DataView) return new DataView(buffer, view.byteOffset, view.byteLength)
  const kind = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag)?.get?.call(view) as string
  const View = Reflect.get(globalThis, kind) as Uint8ArrayConstructor
  return new View(buffer, view.byteOffset, (view as Uint8Array).length)
}

function cloneError (value: Error, seen: Map<object, unknown>, keep: <T>(copy: T) => T): Error {
  const Kind = ERRORS.get(`${value.name}`) ?? Error
  const copy = keep(new Kind(`${value.message}`))
  Object.defineProperty(copy, 'stack', { value: value.stack, writable: true, configurable: true })
  if (Object.hasOwn(value, 'cause')) Object.defineProperty(copy, 'cause', { value: clone(value.cause, seen), writable: true, configurable: true })
  return copy
}

function refused (what: string): DOMException {
  return new DOMException(`${what} could not be cloned.`, 'DataCloneError')
}
