/**
 * What is taken from a context after it exists: V8 installs some of it anew when a context is made from a snapshot, and deleting others in
 * the snapshot aborts the process (sandbox.md 0.3).
 *
 * Not covered: WebAssembly stays, its memory is not counted by V8's limit (`--wasm-max-mem-pages` caps it for a process); neither are ICU
 * objects nor large strings in the making. Those are the cell's memory limit's.
 */
import { define, deleteProperty } from './primordials.ts'

export function harden (): void {
  deleteProperty(globalThis, 'SharedArrayBuffer')
  deleteProperty(globalThis, 'Atomics') // Atomics.wait blocks the thread, and with shared memory it is a fine clock
  removeSharedMemory()
  compileAtOnce()
  fixedArrayBuffers()
  inertFinalization()
  coarseTemporal()
}

interface Memory { new (descriptor: object): object, readonly prototype: object }

/** A shared WebAssembly memory would give SharedArrayBuffer back, and with it memory that grows uncounted. */
function removeSharedMemory (): void {
  const holder = Reflect.get(globalThis, 'WebAssembly') as { Memory: Memory } | undefined
  if (holder === undefined) return // V8 was started without it
  const NativeMemory = holder.Memory
  deleteProperty(NativeMemory.prototype, 'toResizableBuffer')
  const Fixed = function (this: unknown, descriptor?: { shared?: unknown }): object {
    if (new.target === undefined) throw new TypeError('WebAssembly.Memory must be invoked with \'new\'')
    if (descriptor?.shared) throw new TypeError('WebAssembly.Memory: shared memory is not available in the sandbox')
    return Reflect.construct(NativeMemory, [descriptor], new.target)
  }
  replaceConstructor(holder, 'Memory', Fixed, NativeMemory.prototype)
}

interface Compiler {
  readonly Module: new (bytes: unknown) => object
  readonly Instance: new (module: object, imports?: unknown) => object
}

/** V8 compiles in a task of the embedder's, which isolated-vm never runs: the promises would stay pending. */
function compileAtOnce (): void {
  const holder = Reflect.get(globalThis, 'WebAssembly') as Compiler | undefined
  if (holder === undefined) return
  const { Module, Instance } = holder
  const compile = async (bytes: unknown): Promise<object> => new Module(bytes)
  const instantiate = async (source: unknown, imports?: unknown): Promise<object> => {
    if (source instanceof Module) return new Instance(source, imports)
    const module = new Module(source)
    return { module, instance: new Instance(module, imports) }
  }
  const bytesOf = async (response: unknown): Promise<ArrayBuffer> => await (await response as Response).arrayBuffer()
  const streaming = {
    compile,
    instantiate,
    compileStreaming: async (response: unknown) => await compile(await bytesOf(response)),
    instantiateStreaming: async (response: unknown, imports?: unknown) => await instantiate(await bytesOf(response), imports)
  }
  define(holder, 'compile', streaming.compile)
  define(holder, 'instantiate', streaming.instantiate)
  define(holder, 'compileStreaming', streaming.compileStreaming)
  define(holder, 'instantiateStreaming', streaming.instantiateStreaming)
}

/** Resizable buffers are not counted by V8's memory limit: the options are ignored, and nothing can be resized. */
function fixedArrayBuffers (): void {
  const NativeArrayBuffer = ArrayBuffer
  const { prototype } = NativeArrayBuffer
  const Fixed = function (this: unknown, length?: number): ArrayBuffer {
    if (new.target === undefined) throw new TypeError('Constructor ArrayBuffer requires \'new\'')
    return Reflect.construct(NativeArrayBuffer, [length], new.target)
  }
  define(Fixed, 'isView', NativeArrayBuffer.isView)
  Object.defineProperty(Fixed, Symbol.species, { configurable: true, get () { return this } })
  deleteProperty(prototype, 'resize')
  replaceConstructor(globalThis, 'ArrayBuffer', Fixed, prototype)
}

function replaceConstructor (holder: object, name: string, replacement: object, prototype: object): void {
  Object.defineProperty(replacement, 'name', { value: name, configurable: true }) // esbuild drops names of function expressions
  Object.defineProperty(replacement, 'prototype', { value: prototype, writable: false })
  define(prototype, 'constructor', replacement)
  define(holder, name, replacement)
}

/** Callbacks of the garbage collector would run a plugin's code outside any turn. The class stays, for libraries that make one. */
function inertFinalization (): void {
  class FinalizationRegistry {
    /** Its private name tells a registry from anything else, which libraries try. */
    readonly #cleanup: unknown

    constructor (cleanup: unknown) {
      if (typeof cleanup !== 'function') throw new TypeError('FinalizationRegistry: cleanup must be callable')
      this.#cleanup = cleanup
    }

    register (target: unknown, held?: unknown): void {
      if (this.#cleanup === undefined || !canBeHeldWeakly(target)) throw new TypeError('FinalizationRegistry.prototype.register: invalid target')
      if (target === held) throw new TypeError('FinalizationRegistry.prototype.register: target and holdings must not be same')
    }

    unregister (token: unknown): boolean {
      if (this.#cleanup === undefined || !canBeHeldWeakly(token)) throw new TypeError(`Invalid unregisterToken ('${String(token)}')`)
      return false
    }
  }
  Object.defineProperty(FinalizationRegistry, 'name', { value: 'FinalizationRegistry', configurable: true }) // the bundler may have given it another
  Object.defineProperty(FinalizationRegistry.prototype, Symbol.toStringTag, { value: 'FinalizationRegistry', configurable: true })
  define(globalThis, 'FinalizationRegistry', FinalizationRegistry)
}

function canBeHeldWeakly (value: unknown): boolean {
  return (typeof value === 'object' && value !== null) || typeof value === 'function' || typeof value === 'symbol'
}

/** `Temporal.Now` counts nanoseconds: it is made to tell the milliseconds of Date.now(). */
function coarseTemporal (): void {
  if (!('Temporal' in globalThis)) return // while a snapshot is made V8 has not installed it yet
  const { Now, Instant } = Temporal
  const now = Date.now
  const instant = (): Temporal.Instant => Instant.fromEpochMilliseconds(now())
  const zoned = (zone: string = Now.timeZoneId()): Temporal.ZonedDateTime => instant().toZonedDateTimeISO(zone)
  define(Now, 'instant', instant)
  define(Now, 'zonedDateTimeISO', zoned)
  define(Now, 'plainDateTimeISO', (zone?: string) => zoned(zone).toPlainDateTime())
  define(Now, 'plainDateISO', (zone?: string) => zoned(zone).toPlainDate())
  define(Now, 'plainTimeISO', (zone?: string) => zoned(zone).toPlainTime())
}
