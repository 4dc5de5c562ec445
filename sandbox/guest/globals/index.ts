/** The globals of Node that the language itself does not have. Large ones are made when first read. */
import { createConsole } from '../console.ts'
import { parts } from '../parts.ts'
import { define } from '../primordials.ts'
import { clearImmediate, setImmediate } from '../immediates.ts'
import { clearTimeout, setInterval, setTimeout } from '../timers.ts'
import { promisifyCustom, timersPromises } from '../timers-promises.ts'
import { invalidCallback, microtask } from '../turns.ts'
import { createCrypto, Crypto, CryptoKey, SubtleCrypto } from './crypto.ts'
import { DOMException } from './dom-exception.ts'
import { lazily } from './lazily.ts'
import { createProcess } from './process.ts'

export function installGlobals (): void {
  define(setTimeout, promisifyCustom, timersPromises.setTimeout)
  define(setImmediate, promisifyCustom, timersPromises.setImmediate)
  const eager = {
    global: globalThis,
    process: createProcess(),
    console: createConsole(),
    crypto: createCrypto(),
    Crypto,
    CryptoKey,
    SubtleCrypto,
    DOMException,
    queueMicrotask,
    setTimeout,
    setInterval,
    setImmediate,
    clearTimeout,
    clearInterval: clearTimeout,
    clearImmediate
  }
  for (const [name, value] of Object.entries(eager)) define(globalThis, name, value)
  for (const [name, make] of Object.entries(lazy)) lazily(globalThis, name, () => withName(name, make()))
  for (const name of STREAMS) lazily(globalThis, name, () => withName(name, Reflect.get(parts.builtins().load('stream/web'), name)))
}

/** The globals of `stream/web`. */
const STREAMS = [
  'ReadableStream', 'ReadableStreamDefaultReader', 'ReadableStreamBYOBReader', 'ReadableStreamBYOBRequest', 'ReadableByteStreamController',
  'ReadableStreamDefaultController', 'TransformStream', 'TransformStreamDefaultController', 'WritableStream', 'WritableStreamDefaultController',
  'WritableStreamDefaultWriter', 'ByteLengthQueuingStrategy', 'CountQueuingStrategy', 'TextEncoderStream', 'TextDecoderStream', 'CompressionStream', 'DecompressionStream'
]

/** esbuild gives a class another name when the script mentions the global of its name. */
function withName (name: string, value: unknown): unknown {
  if (typeof value === 'function' && value.name !== name) Object.defineProperty(value, 'name', { value: name, configurable: true })
  return value
}

function queueMicrotask (callback: () => unknown): void {
  if (typeof callback !== 'function') throw invalidCallback(callback)
  microtask(callback)
}

const lazy: Readonly<Record<string, () => unknown>> = {
  Buffer: () => parts.buffer().Buffer,
  atob: () => parts.buffer().atob,
  btoa: () => parts.buffer().btoa,
  TextEncoder: () => parts.encoding().TextEncoder,
  TextDecoder: () => parts.encoding().TextDecoder,
  URL: () => parts.url().URL,
  URLSearchParams: () => parts.url().URLSearchParams,
  Event: () => parts.events().Event,
  CustomEvent: () => parts.events().CustomEvent,
  MessageEvent: () => parts.events().MessageEvent,
  CloseEvent: () => parts.events().CloseEvent,
  ErrorEvent: () => parts.events().ErrorEvent,
  EventTarget: () => parts.events().EventTarget,
  AbortController: () => parts.abort().AbortController,
  AbortSignal: () => parts.abort().AbortSignal,
  structuredClone: () => parts.structuredClone().structuredClone,
  Blob: () => parts.blob().Blob,
  File: () => parts.blob().File,
  FormData: () => parts.formData().FormData,
  MessageChannel: () => parts.messaging().MessageChannel,
  MessagePort: () => parts.messaging().MessagePort,
  BroadcastChannel: () => parts.messaging().BroadcastChannel,
  performance: () => parts.performance().performance,
  Performance: () => parts.performance().Performance,
  PerformanceEntry: () => parts.performance().PerformanceEntry,
  PerformanceMark: () => parts.performance().PerformanceMark,
  PerformanceMeasure: () => parts.performance().PerformanceMeasure,
  PerformanceObserver: () => parts.performance().PerformanceObserver,
  PerformanceObserverEntryList: () => parts.performance().PerformanceObserverEntryList,
  fetch: () => parts.fetch().fetch,
  Headers: () => parts.fetch().Headers,
  Request: () => parts.fetch().Request,
  Response: () => parts.fetch().Response
}
