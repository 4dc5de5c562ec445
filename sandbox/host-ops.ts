/**
 * Operations that the thread does for a run besides carrying its messages: what the guest cannot do itself, or too slowly. Together
 * with bridge.ts this is the page of everything that a plugin can reach. One module per builtin, opened when it is first used, with the
 * state of one run, which `close` frees:
 *
 *   crypto.*   crypto-ops.ts   hashes, ciphers, keys, signatures, derivation
 *   zlib.*     zlib-ops.ts     compression in small steps
 *
 * Whatever an operation is given was written by a plugin: each checks all of its arguments, and answers text and bytes only. What it holds
 * for a run (sessions, waiting work) is counted and bounded.
 */
import { openCryptoOps } from './crypto-ops.ts'
import { openZlibOps } from './zlib-ops.ts'
import type { Args, HostModule } from './host-module.ts'

type Bytes = Uint8Array | undefined

interface HostError { readonly code: string, readonly message: string, readonly [fact: string]: unknown }
export type HostAnswer = { readonly value?: unknown, readonly bytes?: Uint8Array } | { readonly error: HostError }

const MODULES: Readonly<Record<string, () => HostModule>> = { crypto: openCryptoOps, zlib: openZlibOps }

/** Asynchronous operations of one run under way at once; the next ones wait. */
const CONCURRENT = 4
const WAITING = 4_096
const WAITING_BYTES = 67_108_864

/** The guest broke the rules: its run ends. */
class HostOpsError extends Error {
  override readonly name = 'HostOpsError'
}

export class HostOps {
  readonly #modules = new Map<string, HostModule>()
  readonly #queue: { readonly bytes: number, readonly begin: () => Promise<void> }[] = []
  #queuedBytes = 0
  #running = 0
  #busyMs = 0
  #closed = false

  /** Time that the run's operations have taken so far, on this thread or on another. */
  get busyMs (): number { return this.#busyMs }

  /** Throws a HostOpsError for an operation that does not exist. */
  sync (name: unknown, args: unknown, bytes: Bytes): string | Uint8Array {
    const operation = this.#find('sync', name)
    const start = performance.now()
    try {
      const value = operation(asArgs(args), bytes)
      return value instanceof Uint8Array ? exact(value) : JSON.stringify({ value: value ?? null })
    } catch (error) {
      return JSON.stringify({ error: toHostError(error) })
    } finally {
      this.#busyMs += performance.now() - start
    }
  }

  /** Throws as `sync` does; never rejects. */
  async (name: unknown, args: unknown, bytes: Bytes): Promise<HostAnswer> {
    const operation = this.#find('async', name)
    const size = bytes?.byteLength ?? 0
    if (this.#queue.length >= WAITING || this.#queuedBytes + size > WAITING_BYTES) {
      return Promise.resolve({ error: { code: 'ERR_OPERATION_FAILED', message: `${this.#queue.length} operations are waiting, which is the limit` } })
    }
    const { promise, resolve } = Promise.withResolvers<HostAnswer>()
    this.#queue.push({ bytes: size, begin: async () => { resolve(await this.#run(async () => await operation(asArgs(args), bytes))) } })
    this.#queuedBytes += size
    this.#next()
    return promise
  }

  /** Nothing is begun any more. What runs ends by itself, and nobody is told. */
  close (): void {
    this.#closed = true
    this.#queue.length = 0
    for (const module of this.#modules.values()) module.close()
    this.#modules.clear()
  }

  async #run (work: () => Promise<unknown>): Promise<HostAnswer> {
    const start = performance.now()
    try {
      const value = await work()
      return value instanceof Uint8Array ? { bytes: exact(value) } : { value: value ?? null }
    } catch (error) {
      return { error: toHostError(error) }
    } finally {
      this.#busyMs += performance.now() - start
    }
  }

  #next (): void {
    while (this.#running < CONCURRENT && !this.#closed) {
      const next = this.#queue.shift()
      if (next === undefined) return
      this.#running++
      this.#queuedBytes -= next.bytes
      next.begin().finally(() => {
        this.#running--
        this.#next()
      })
    }
  }

  #find<Kind extends 'sync' | 'async'> (kind: Kind, name: unknown): NonNullable<HostModule[Kind][string]> {
    const [owner = '', key = ''] = typeof name === 'string' ? name.split('.') : []
    const open = Object.hasOwn(MODULES, owner) ? MODULES[owner] : undefined
    if (open === undefined || this.#closed) throw new HostOpsError('unknown operation')
    const module = this.#modules.get(owner) ?? open()
    this.#modules.set(owner, module)
    const operations: HostModule[Kind] = module[kind]
    if (!Object.hasOwn(operations, key)) throw new HostOpsError('unknown operation')
    return operations[key] as NonNullable<HostModule[Kind][string]> // it has just been found
  }
}

function asArgs (args: unknown): Args {
  return typeof args === 'object' && args !== null ? args as Args : {}
}

/** Not a part of a larger buffer: that would cross with it. */
function exact (bytes: Uint8Array): Uint8Array {
  return bytes.byteLength === bytes.buffer.byteLength && bytes.constructor === Uint8Array ? bytes : new Uint8Array(bytes)
}

/** Of an error of Node's own: what a program looks at. Anything else is a fault of ours, and is not shown. */
function toHostError (error: unknown): HostError {
  const { code = '', message, name, errno, reason, library } = error as Partial<Record<string, unknown>>
  const isOfNode = typeof code === 'string' && (/^[A-Z][A-Z0-9_]{2,80}$/.test(code) || (code === '' && name === 'Error')) // OpenSSL's have no code at times
  if (!(error instanceof Error) || !isOfNode) return { code: 'ERR_OPERATION_FAILED', message: 'The platform failed to do this.' }
  return { code, message: String(message), name, errno, reason, library }
}
