/** Deep equality as `assert` and `util.isDeepStrictEqual` define it. */
import types from './util-types.ts'

/** `loose` compares with `==` and ignores prototypes; `partial` wants what is expected to be contained in what is there. */
export type Mode = 'strict' | 'loose' | 'partial'

type Memo = { readonly actual: Map<object, object>, readonly expected: Map<object, object> }

export function isDeepEqual (actual: unknown, expected: unknown, mode: Mode): boolean {
  return equal(actual, expected, mode, undefined)
}

export function isDeepStrictEqual (actual: unknown, expected: unknown): boolean {
  return equal(actual, expected, 'strict', undefined)
}

function equal (a: unknown, b: unknown, mode: Mode, memo: Memo | undefined): boolean {
  if (a === b) return a !== 0 || mode === 'loose' || Object.is(a, b)
  if (mode === 'loose') {
    if (!isObject(a)) return !isObject(b) && (a == b || (Number.isNaN(a) && Number.isNaN(b))) // eslint-disable-line eqeqeq -- what loose means
    if (!isObject(b)) return false
  } else {
    if (!isObject(a)) return typeof a === 'number' && Number.isNaN(a) && Number.isNaN(b)
    if (!isObject(b)) return false
    if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false
  }
  return tag(a) === tag(b) && sameKind(a, b, mode) && remembered(a, b, mode, memo)
}

function isObject (value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function tag (value: object): string {
  return Object.prototype.toString.call(value)
}

/** What is inside and no property: time, source, bytes, message. Maps and sets are compared later, for they may hold cycles. */
function sameKind (a: object, b: object, mode: Mode): boolean {
  if (Array.isArray(a) !== Array.isArray(b)) return false
  if (Array.isArray(a)) return mode === 'partial' ? a.length >= (b as unknown[]).length : a.length === (b as unknown[]).length
  if (types.isDate(a)) return types.isDate(b) && Object.is(Date.prototype.getTime.call(a), Date.prototype.getTime.call(b))
  if (types.isRegExp(a)) return types.isRegExp(b) && a.source === b.source && a.flags === b.flags && a.lastIndex === b.lastIndex
  if (types.isNativeError(a) || a instanceof Error) return sameError(a as Error, b, mode)
  if (ArrayBuffer.isView(a)) return ArrayBuffer.isView(b) && sameView(a, b, mode)
  if (types.isAnyArrayBuffer(a)) return types.isAnyArrayBuffer(b) && sameBytes(new Uint8Array(a), new Uint8Array(b), mode)
  if (types.isSet(a)) return types.isSet(b) && (mode === 'partial' ? a.size >= b.size : a.size === b.size)
  if (types.isMap(a)) return types.isMap(b) && (mode === 'partial' ? a.size >= b.size : a.size === b.size)
  if (types.isBoxedPrimitive(a)) return types.isBoxedPrimitive(b) && Object.is(a.valueOf(), b.valueOf())
  if (types.isSet(b) || types.isMap(b) || types.isDate(b) || types.isRegExp(b) || ArrayBuffer.isView(b) || types.isAnyArrayBuffer(b) || types.isNativeError(b)) return false
  if (types.isWeakMap(a) || types.isWeakSet(a) || types.isPromise(a)) return false
  return tag(a) !== '[object URL]' || (a as { href: string }).href === (b as { href: string }).href // the tag says what both are
}

function sameError (a: Error, b: object, mode: Mode): boolean {
  if (!types.isNativeError(b) && !(b instanceof Error)) return false
  const other = b as Error
  return a.message === other.message && a.name === other.name && (['cause', 'errors'] as const).every(key =>
    Object.hasOwn(a, key) === Object.hasOwn(b, key) && equal(Reflect.get(a, key), Reflect.get(b, key), mode, undefined))
}

function sameView (a: ArrayBufferView, b: ArrayBufferView, mode: Mode): boolean {
  const floats = mode === 'loose' && (a instanceof Float32Array || a instanceof Float64Array)
  if (floats) return sameNumbers(a as Float64Array, b as Float64Array) // 0 and -0 are alike there
  return sameBytes(new Uint8Array(a.buffer, a.byteOffset, a.byteLength), new Uint8Array(b.buffer, b.byteOffset, b.byteLength), mode)
}

function sameNumbers (a: Float64Array, b: Float64Array): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i])
}

function sameBytes (a: Uint8Array, b: Uint8Array, mode: Mode): boolean {
  if (mode === 'partial' ? a.length < b.length : a.length !== b.length) return false
  return b.every((byte, i) => byte === a[i])
}

/** A pair that is being compared further up counts as equal: so cycles end. */
function remembered (a: object, b: object, mode: Mode, memo: Memo = { actual: new Map(), expected: new Map() }): boolean {
  const seen = memo.actual.get(a)
  if (seen !== undefined || memo.expected.has(b)) {
    if (seen === b && memo.expected.get(b) === a) return true
    if (seen !== undefined && memo.expected.has(b)) return false
  }
  memo.actual.set(a, b)
  memo.expected.set(b, a)
  const same = sameProperties(a, b, mode, memo) && sameEntries(a, b, mode, memo)
  memo.actual.delete(a)
  memo.expected.delete(b)
  return same
}

function sameProperties (a: object, b: object, mode: Mode, memo: Memo): boolean {
  const keys = keysOf(b, mode)
  if (mode !== 'partial' && keys.length !== keysOf(a, mode).length) return false
  if (mode === 'partial' && Array.isArray(a) && Array.isArray(b)) return containsInOrder(a, b, memo)
  return keys.every(key => Object.prototype.propertyIsEnumerable.call(a, key) && equal(Reflect.get(a, key), Reflect.get(b, key), mode, memo))
}

/** Of a typed array only what is not an element: the elements have been compared. */
function keysOf (value: object, mode: Mode): PropertyKey[] {
  const keys = Object.keys(value).filter(key => !ArrayBuffer.isView(value) || !/^\d+$/.test(key))
  if (mode === 'loose') return keys
  return [...keys, ...Object.getOwnPropertySymbols(value).filter(key => Object.prototype.propertyIsEnumerable.call(value, key))]
}

function containsInOrder (actual: readonly unknown[], expected: readonly unknown[], memo: Memo): boolean {
  let from = 0
  return expected.every(item => {
    const at = actual.findIndex((other, i) => i >= from && equal(other, item, 'partial', memo))
    from = at + 1
    return at >= 0
  })
}

function sameEntries (a: object, b: object, mode: Mode, memo: Memo): boolean {
  if (types.isSet(a)) return sameSets(a, b as Set<unknown>, mode, memo) // sameKind has seen that both are
  if (types.isMap(a)) return sameMaps(a, b as Map<unknown, unknown>, mode, memo)
  return true
}

function sameSets (a: Set<unknown>, b: Set<unknown>, mode: Mode, memo: Memo): boolean {
  const left = new Set([...a].filter(item => !b.has(item)))
  return [...b].every(item => a.has(item) || takeOne(left, other => equal(other, item, mode, memo)))
}

function sameMaps (a: Map<unknown, unknown>, b: Map<unknown, unknown>, mode: Mode, memo: Memo): boolean {
  const left = new Set([...a.keys()].filter(key => !b.has(key)))
  return [...b].every(([key, value]) => a.has(key)
    ? equal(a.get(key), value, mode, memo)
    : takeOne(left, other => equal(other, key, mode, memo) && equal(a.get(other), value, mode, memo)))
}

/** Removes the first item that fits; answers whether there was one. Primitives fit only by value, which `has` has tried, unless the mode is loose. */
function takeOne (items: Set<unknown>, fits: (item: unknown) => boolean): boolean {
  for (const item of items) {
    if (!fits(item)) continue
    items.delete(item)
    return true
  }
  return false
}
