/**
 * `util/types`. What a value is inside is found out by a method or getter of the language that accepts nothing else.
 * A Proxy cannot be told from what it stands for, nor an external value: these two answer false.
 */
import { bufferByteLength, isError, isView, viewKind } from '../primordials.ts'

/** Whether `probe` accepts the value: it throws for anything that is not of its kind. */
function accepts (probe: (value: unknown) => unknown): (value: unknown) => boolean {
  return value => {
    if (typeof value !== 'object' || value === null) return false
    try {
      probe(value)
      return true
    } catch {
      return false
    }
  }
}

function getter (prototype: object, key: PropertyKey): (value: unknown) => unknown {
  const get = Object.getOwnPropertyDescriptor(prototype, key)?.get
  return value => Reflect.apply(get as () => unknown, value, []) // each key below is a getter
}

function method (prototype: object, key: PropertyKey, ...args: unknown[]): (value: unknown) => unknown {
  const called = Reflect.get(prototype, key) as () => unknown // each key below is a method
  return value => Reflect.apply(called, value, args)
}

const tagged = (...tags: string[]) => (value: unknown): boolean =>
  ((typeof value === 'object' && value !== null) || typeof value === 'function') && tags.includes(Object.prototype.toString.call(value).slice(8, -1))
const arrayOf = (kind: string) => (value: unknown): boolean => typeof value === 'object' && value !== null && viewKind(value) === kind
const boxed = (prototype: object): ((value: unknown) => boolean) => accepts(method(prototype, 'valueOf'))
/** Of the class of another file, which says its name. */
const isClassOf = (name: string) => (value: unknown): boolean => {
  const holder = Reflect.get(globalThis, name) as unknown
  return typeof holder === 'function' && value instanceof holder
}

const isSymbolObject = boxed(Symbol.prototype)
const isNumberObject = boxed(Number.prototype)
const isStringObject = boxed(String.prototype)
const isBooleanObject = boxed(Boolean.prototype)
const isBigIntObject = boxed(BigInt.prototype)
const isArrayBuffer = accepts(bufferByteLength) as (value: unknown) => value is ArrayBuffer

const types = {
  isExternal: (_value: unknown): boolean => false,
  isDate: accepts(method(Date.prototype, 'getTime')) as (value: unknown) => value is Date,
  isArgumentsObject: (value: unknown): boolean => tagged('Arguments')(value) && !(Symbol.toStringTag in (value as object)),
  isBigIntObject,
  isBooleanObject,
  isNumberObject,
  isStringObject,
  isSymbolObject,
  isBoxedPrimitive: (value: unknown): value is object => isNumberObject(value) || isStringObject(value) || isBooleanObject(value) || isBigIntObject(value) || isSymbolObject(value),
  isNativeError: (value: unknown): value is Error => isError(value),
  isRegExp: accepts(value => { if (value === RegExp.prototype) throw new TypeError('no expression'); getter(RegExp.prototype, 'source')(value) }) as (value: unknown) => value is RegExp,
  isAsyncFunction: tagged('AsyncFunction', 'AsyncGeneratorFunction'),
  isGeneratorFunction: tagged('GeneratorFunction', 'AsyncGeneratorFunction'),
  isGeneratorObject: tagged('Generator', 'AsyncGenerator'),
  isPromise: (value: unknown): value is Promise<unknown> => value instanceof Promise && tagged('Promise')(value),
  isMap: accepts(getter(Map.prototype, 'size')) as (value: unknown) => value is Map<unknown, unknown>,
  isSet: accepts(getter(Set.prototype, 'size')) as (value: unknown) => value is Set<unknown>,
  isMapIterator: tagged('Map Iterator'),
  isSetIterator: tagged('Set Iterator'),
  isWeakMap: accepts(method(WeakMap.prototype, 'has', {})),
  isWeakSet: accepts(method(WeakSet.prototype, 'has', {})),
  isArrayBuffer,
  isDataView: accepts(getter(DataView.prototype, 'byteLength')),
  isSharedArrayBuffer: (_value: unknown): boolean => false,
  isProxy: (_value: unknown): boolean => false,
  isModuleNamespaceObject: tagged('Module'),
  isAnyArrayBuffer: isArrayBuffer,
  isCryptoKey: isClassOf('CryptoKey'),
  isKeyObject: tagged('KeyObject'),
  isArrayBufferView: (value: unknown): value is ArrayBufferView => isView(value),
  isTypedArray: (value: unknown): boolean => typeof value === 'object' && value !== null && viewKind(value) !== undefined,
  isUint8Array: arrayOf('Uint8Array'),
  isUint8ClampedArray: arrayOf('Uint8ClampedArray'),
  isUint16Array: arrayOf('Uint16Array'),
  isUint32Array: arrayOf('Uint32Array'),
  isInt8Array: arrayOf('Int8Array'),
  isInt16Array: arrayOf('Int16Array'),
  isInt32Array: arrayOf('Int32Array'),
  isFloat16Array: arrayOf('Float16Array'),
  isFloat32Array: arrayOf('Float32Array'),
  isFloat64Array: arrayOf('Float64Array'),
  isBigInt64Array: arrayOf('BigInt64Array'),
  isBigUint64Array: arrayOf('BigUint64Array')
}

export default types
