/**
 * Operations that the thread does for a run besides carrying its messages: what the guest cannot do itself, or too slowly. Together
 * with bridge.ts this is the page of everything that a plugin can reach. One module per builtin, opened when it is first used, with the
 * state of one run, which `close` frees:
 *
 *   crypto.*   crypto-ops.ts   hashes, ciphers, keys, signatures, derivation
 *   zlib.*     zlib-ops.ts     compression in small steps
 *   fs.*       files.ts        the files of the run
 *
 * Whatever an operation is given was written by a plugin: each checks all of its arguments, and answers text and bytes only. What it holds
 * for a run (sessions, waiting work) is counted and bounded.
 */
import { openCryptoOps } from './crypto-ops.ts'
import { openFiles } from './files.ts'
import { Lane } from './host-lane.ts'
import { openZlibOps } from './zlib-ops.ts'
import type { Args, HostModule } from './host-module.ts'
import type { RunFolders } from './protocol.ts'

type Bytes = Uint8Array | undefined

interface HostError { readonly code: string, readonly message: string, readonly [fact: string]: unknown }
export type HostAnswer = { readonly value?: unknown, readonly bytes?: Uint8Array } | { readonly error: HostError }

const MODULES: Readonly<Record<string, (folders: RunFolders | undefined) => HostModule>> = { crypto: openCryptoOps, fs: openFiles, zlib: openZlibOps }

/**
 * Asynchronous operations of one run under way at once; the next ones wait. Those that compute hold a thread of libuv's pool, which all
 * runs of the cell share, as long as they take: runner/cells/spawn.ts makes the pool large enough for these of each run, and for others.
 */
const COMPUTING = 2
const FOR_DISK = 4

/** The guest broke the rules: its run ends. */
class HostOpsError extends Error {
  override readonly name = 'HostOpsError'
}

export class HostOps {
  readonly #folders: RunFolders | undefined
  readonly #modules = new Map<string, HostModule>()
  readonly #computing = new Lane(COMPUTING)
  readonly #forDisk = new Lane(FOR_DISK)
  #disk: ReturnType<NonNullable<HostModule['disk']>> | undefined
  #closed = false

  /** Where the files of the run lie; without it there are none. */
  constructor (folders?: RunFolders) {
    this.#folders = folders
  }

  /** Computing time that the run's operations have taken so far on other threads than this one (worker.ts counts that); those that go on are counted. */
  get computedMs (): number { return this.#computing.busyMs }

  /** Operations that compute on other threads, and that nothing can end. After `close` they are of use to nobody. */
  get computing (): number { return this.#computing.running }

  /** What the files of the run take, also after the end; undefined when it has none. */
  get disk (): { readonly bytes: number, readonly files: number } | undefined {
    return this.#disk ?? this.#modules.get('fs')?.disk?.() ?? this.#folders?.used
  }

  /** Throws a HostOpsError for an operation that does not exist. */
  sync (name: unknown, args: unknown, bytes: Bytes): string | Uint8Array {
    const { operation } = this.#find('sync', name)
    try {
      const value = operation(asArgs(args), bytes)
      return value instanceof Uint8Array ? exact(value) : JSON.stringify({ value: value ?? null })
    } catch (error) {
      return JSON.stringify({ error: toHostError(error) })
    }
  }

  /** Throws as `sync` does; never rejects. */
  async (name: unknown, args: unknown, bytes: Bytes): Promise<HostAnswer> {
    const { operation, waits } = this.#find('async', name)
    const size = bytes?.byteLength ?? 0
    const lane = waits ? this.#forDisk : this.#computing
    if (!lane.hasRoomFor(size)) {
      return Promise.resolve({ error: { code: 'ERR_OPERATION_FAILED', message: `${lane.waiting} operations are waiting, which is the limit` } })
    }
    const { promise, resolve } = Promise.withResolvers<HostAnswer>()
    lane.add(size, async () => { resolve(await answerOf(async () => await operation(asArgs(args), bytes))) })
    return promise
  }

  /** Nothing is begun any more. What runs ends by itself, and nobody is told. */
  close (): void {
    this.#closed = true
    this.#computing.close()
    this.#forDisk.close()
    this.#disk = this.disk
    for (const module of this.#modules.values()) module.close()
    this.#modules.clear()
  }

  #find<Kind extends 'sync' | 'async'> (kind: Kind, name: unknown): { readonly operation: NonNullable<HostModule[Kind][string]>, readonly waits: boolean } {
    const [owner = '', key = ''] = typeof name === 'string' ? name.split('.') : []
    const open = Object.hasOwn(MODULES, owner) ? MODULES[owner] : undefined
    if (open === undefined || this.#closed) throw new HostOpsError('unknown operation')
    const module = this.#modules.get(owner) ?? open(this.#folders)
    this.#modules.set(owner, module)
    const operations: HostModule[Kind] = module[kind]
    if (!Object.hasOwn(operations, key)) throw new HostOpsError('unknown operation')
    return { operation: operations[key] as NonNullable<HostModule[Kind][string]>, waits: module.waits === true } // it has just been found
  }
}

/** Never rejects. */
async function answerOf (work: () => Promise<unknown>): Promise<HostAnswer> {
  try {
    const value = await work()
    return value instanceof Uint8Array ? { bytes: exact(value) } : { value: value ?? null }
  } catch (error) {
    return { error: toHostError(error) }
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
  const isOfNode = typeof code === 'string' && (/^[A-Z][A-Za-z0-9_]{2,80}$/.test(code) || (code === '' && name === 'Error')) // OpenSSL's have no code at times
  if (!(error instanceof Error) || !isOfNode) return { code: 'ERR_OPERATION_FAILED', message: 'The platform failed to do this.' }
  return { code, message: String(message), name, errno, reason, library }
}
