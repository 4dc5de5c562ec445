/**
 * One V8 isolate, opened from the snapshot of our own prelude, used for one run, disposed of.
 * The isolate is a layer, never the boundary: what must be stopped for certain is the process around it.
 */
import ivm from 'isolated-vm'
import { createBridge, frozen } from './bridge.ts'
import type { BridgeHandlers } from './bridge.ts'
import type { ToIsolate } from './protocol.ts'

export interface IsolateOptions {
  /** Made by sandbox/prelude.ts with the same binary and flags. */
  readonly snapshot: ivm.ExternalCopy<ArrayBuffer>
  readonly heapMb: number
  /** V8 has lost control over the isolate; the thread can no longer be trusted. */
  onCatastrophe(message: string): void
}

export interface SandboxIsolate {
  readonly heapMb: number
  readonly disposed: boolean
  /** CPU time of the guest so far. Cheap, and possible while it is busy. */
  cpuMs(): number
  /** Used heap and external memory. Waits while the guest is busy. */
  usedHeapMb(): Promise<number>
  attach(handlers: BridgeHandlers, messageBytes: number): void
  /** Settles when the guest's code, its microtasks included, has returned. Rejects on an uncaught error of the guest, and when disposed. Takes `bytes` over. */
  deliver(message: ToIsolate, bytes?: Uint8Array): Promise<void>
  /** Evaluates a script. Settles as `deliver` does. Rejects with an InvalidScriptError when it is no script. */
  evaluate(code: string, filename: string): Promise<void>
  /** Ends the guest as far as V8 can. Never throws, may be called twice. */
  dispose(): void
}

/** A text that cannot be compiled; `cause` is V8's error. */
export class InvalidScriptError extends Error {
  override readonly name = 'InvalidScriptError'

  constructor (cause: Error) {
    super(cause.message, { cause })
  }
}

const BIND = 'const boot = globalThis.__vivarium_boot; delete globalThis.__vivarium_boot; return boot($0, $1, $2)'
const AS_REFERENCE = frozen({ result: frozen({ reference: true as const }) })
const MEGABYTE = 1_048_576

export async function openIsolate (options: IsolateOptions): Promise<SandboxIsolate> {
  const isolate = new ivm.Isolate({ memoryLimit: options.heapMb, snapshot: options.snapshot, onCatastrophicError: options.onCatastrophe })
  try {
    const context = await isolate.createContext()
    const bridge = createBridge()
    const deliver = await context.evalClosure(BIND, [...bridge.callbacks], AS_REFERENCE) as ivm.Reference<(text: string, bytes?: Uint8Array) => void>
    return wrap(options.heapMb, isolate, context, deliver, bridge.attach)
  } catch (error) {
    isolate.dispose()
    throw error
  }
}

function wrap (heapMb: number, isolate: ivm.Isolate, context: ivm.Context, deliver: ivm.Reference<(text: string, bytes?: Uint8Array) => void>, attach: SandboxIsolate['attach']): SandboxIsolate {
  let cpuAtEnd = 0
  return {
    heapMb,
    attach,
    get disposed () { return isolate.isDisposed },
    cpuMs () {
      return isolate.isDisposed ? cpuAtEnd : Number(isolate.cpuTime) / 1e6
    },
    async usedHeapMb () {
      const heap = await isolate.getHeapStatistics()
      return (heap.used_heap_size + (heap.externally_allocated_size ?? 0)) / MEGABYTE
    },
    async deliver (message, bytes) {
      const text = JSON.stringify(message)
      await deliver.apply(undefined, bytes === undefined ? [text] : [text, handOver(bytes)])
    },
    async evaluate (code, filename) {
      const script = await isolate.compileScript(code, { filename }).catch(cause => { throw new InvalidScriptError(cause) })
      try {
        await script.run(context)
      } finally {
        if (!isolate.isDisposed) script.release()
      }
    },
    dispose () {
      if (isolate.isDisposed) return
      cpuAtEnd = Number(isolate.cpuTime) / 1e6
      // Every handle first: handles that outlive their isolate keep its memory.
      quietly(() => deliver.release())
      quietly(() => context.release())
      quietly(() => isolate.dispose())
    }
  }
}

/** Bytes change hands without a copy when they are alone in their buffer: the caller has them no longer. */
function handOver (bytes: Uint8Array): ivm.Copy<Uint8Array> {
  const own = bytes.byteLength === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes)
  return new ivm.ExternalCopy(own, frozen({ transferOut: true })).copyInto(frozen({ release: true, transferIn: true }))
}

/** An isolate that ended by itself (memory limit) refuses these calls: there is nothing left to release then. */
function quietly (release: () => void): void {
  try {
    release()
  } catch {}
}
