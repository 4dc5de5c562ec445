/**
 * Any value as bounded JSON text, for a log line. It never throws, and runs no more of a plugin's code than it must: own getters are named,
 * not called; what a Proxy, a `toJSON` or an error's getter throws becomes a short note in its place. (One that never returns is ended from outside.)
 */
import {
  apply, bufferByteLength, dateToISOString, errorStack, getOwnPropertyDescriptor, hasOwn, isArray, isError, isView, jsonStringify, mapForEach, max,
  min, numberToString, objectToString, own, ownKeys, regExpToString, SafeSet, setForEach, symbolToString
} from './primordials.ts'
import { cut } from './cut.ts'
import { describeView } from './describe-view.ts'
import { withoutOurFrames } from './stack.ts'

const MAX_DEPTH = 8
const MAX_ITEMS = 200
/** Room for the notes and closing brackets that end a text which has run out of room. */
const RESERVE = 400

/** JSON text of at most about `maxChars` UTF-16 units; undefined for what JSON leaves out (undefined, functions). */
export function printable (value: unknown, maxChars: number): string | undefined {
  return new Printer(max(maxChars - RESERVE, 0)).print(value, 0)
}

class Printer {
  #left: number
  readonly #path = new SafeSet<object>()

  constructor (maxChars: number) {
    this.#left = maxChars
  }

  print (value: unknown, depth: number): string | undefined {
    switch (typeof value) {
      case 'string': return this.#quote(value)
      case 'number': return value - value === 0 ? this.#spend(numberToString(value)) : this.#quote(numberToString(value))
      case 'boolean': return this.#spend(value ? 'true' : 'false')
      case 'bigint': return this.#bigint(value)
      case 'symbol': return this.#quote(symbolToString(value))
      case 'undefined':
      case 'function': return undefined
      case 'object': return value === null ? this.#spend('null') : this.#guarded(value, depth)
    }
  }

  #spend (text: string): string {
    this.#left -= text.length
    return text
  }

  #quote (text: string): string {
    const quoted = jsonStringify(cut(text, max(this.#left, 0)))
    // escapes (at most six units each) may have made it longer than there is room
    return this.#spend(quoted.length <= this.#left + 60 ? quoted : jsonStringify(cut(text, floorSixth(this.#left))))
  }

  #bigint (value: bigint): string {
    const limit = 10n ** 100n
    return this.#quote(value < limit && value > -limit ? `${value}n` : '[BigInt of more than 100 digits]')
  }

  #guarded (value: object, depth: number): string | undefined {
    if (this.#left <= 0) return '"…"'
    if (this.#path.has(value)) return this.#quote('[Circular]')
    this.#path.add(value)
    try {
      if (depth >= MAX_DEPTH) return this.#quote(isArray(value) ? '[Array]' : '[Object]')
      return this.#object(value, depth)
    } catch {
      return this.#quote('[unreadable]')
    } finally {
      this.#path.delete(value)
    }
  }

  #object (value: object, depth: number): string | undefined {
    if (isArray(value)) return this.#array(value, depth)
    if (isError(value)) return this.#error(value, depth)
    if (isView(value)) return this.#quote(describeView(value))
    switch (objectToString(value)) { // a hint that the value gives about itself; what follows checks it, or throws
      case '[object Date]': return this.#date(value as Date)
      case '[object Map]': return this.#map(value as Map<unknown, unknown>, depth)
      case '[object Set]': return this.#set(value as Set<unknown>, depth)
      case '[object RegExp]': return this.#quote(regExpToString(value as RegExp))
      case '[object ArrayBuffer]': return this.#quote(`[ArrayBuffer of ${bufferByteLength(value)} bytes]`)
      case '[object Promise]': return this.#quote('[Promise]')
    }
    const { toJSON } = value as { toJSON?: unknown }
    if (typeof toJSON === 'function') {
      const json: unknown = apply(toJSON, value, [''])
      return typeof json === 'object' && json !== null && !isArray(json) ? this.#fields(json, depth) : this.print(json, depth + 1)
    }
    return this.#fields(value, depth)
  }

  #date (value: Date): string {
    try {
      return this.#quote(dateToISOString(value))
    } catch {
      return this.#quote('Invalid Date')
    }
  }

  #array (value: readonly unknown[], depth: number): string {
    const shown = min(value.length, MAX_ITEMS)
    let text = ''
    for (let i = 0; i < shown && this.#left > 0; i++) {
      text += this.#spend(i === 0 ? '[' : ',') + (this.#property(value, i, depth) ?? this.#spend('null'))
    }
    if (value.length > shown || this.#left <= 0) text += (text === '' ? '[' : ',') + this.#more(value.length)
    return (text === '' ? '[' : text) + this.#spend(']')
  }

  #fields (value: object, depth: number): string {
    const keys = ownKeys(value)
    const list = new Fields(this)
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i]
      if (typeof key !== 'string') continue
      if (!list.room) return list.end(this.#more(keys.length))
      list.add(key, this.#property(value, key, depth))
    }
    return list.end()
  }

  /** An own enumerable property. */
  #property (value: object, key: PropertyKey, depth: number): string | undefined {
    const descriptor = getOwnPropertyDescriptor(value, key)
    if (descriptor === undefined || descriptor.enumerable !== true) return undefined
    return hasOwn(descriptor, 'value') ? this.print(descriptor.value, depth + 1) : this.#quote('[Getter]')
  }

  #error (value: Error, depth: number): string {
    const list = new Fields(this)
    list.add('name', this.#attempt(() => value.name, depth))
    list.add('message', this.#attempt(() => value.message, depth))
    list.add('stack', this.#attempt(() => shownStack(value), depth))
    const keys = ownKeys(value)
    for (let i = 0; i < keys.length && list.room; i++) {
      const key = keys[i]
      if (typeof key !== 'string' || key === 'name' || key === 'message' || key === 'stack') continue
      const descriptor = getOwnPropertyDescriptor(value, key)
      const field: unknown = descriptor === undefined ? undefined : own(descriptor, 'value')
      // code, errno, status, cause…; objects hung on an error (request, config) may hold anything
      if (key === 'cause' || (typeof field !== 'object' && typeof field !== 'function')) list.add(key, this.print(field, depth + 1))
    }
    return list.end()
  }

  #attempt (read: () => unknown, depth: number): string | undefined {
    try {
      return this.print(read(), depth + 1)
    } catch {
      return this.#quote('[unreadable]')
    }
  }

  #map (value: Map<unknown, unknown>, depth: number): string {
    const list = new Fields(this)
    let count = 0
    mapForEach(value, (item, key) => {
      count += 1
      if (list.room) list.add(typeof key === 'string' ? key : printable(key, RESERVE + 200) ?? `[${typeof key}]`, this.print(item, depth + 1))
    })
    return list.end(list.room ? undefined : this.#more(count))
  }

  #set (value: Set<unknown>, depth: number): string {
    let text = '['
    let count = 0
    setForEach(value, item => {
      count += 1
      if (count > MAX_ITEMS || this.#left <= 0) return
      text += this.#spend(text === '[' ? '' : ',') + (this.print(item, depth + 1) ?? 'null')
    })
    if (count > MAX_ITEMS || this.#left <= 0) text += (text === '[' ? '' : ',') + this.#more(count)
    return text + ']'
  }

  #more (total: number): string {
    return `"… (${total} in all)"`
  }

  get left (): number { return this.#left }
  spend (text: string): string { return this.#spend(text) }
}

/** The text of an object under construction. */
class Fields {
  #text = ''
  #count = 0
  readonly #printer: Printer

  constructor (printer: Printer) {
    this.#printer = printer
  }

  get room (): boolean {
    return this.#count < MAX_ITEMS && this.#printer.left > 0
  }

  add (key: string, value: string | undefined): void {
    if (value === undefined) return
    this.#text += this.#printer.spend(`${this.#count === 0 ? '' : ','}${jsonStringify(cut(key, 200))}:`) + value
    this.#count += 1
  }

  end (more?: string): string {
    if (more !== undefined) this.#text += `${this.#count === 0 ? '' : ','}"…":${more}`
    return `{${this.#text}${this.#printer.spend('}')}`
  }
}

function shownStack (error: Error): unknown {
  const stack = errorStack(error)
  return typeof stack === 'string' ? withoutOurFrames(stack) : stack
}

function floorSixth (chars: number): number {
  return max((chars - (chars % 6)) / 6, 0)
}
