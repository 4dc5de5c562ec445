/**
 * What the registry has now, for an account:
 *
 * 1. The registry is asked, with the account and the validator of what is held.
 * 2. Unchanged: the content held is loaded, from memory as a rule.
 * 3. Else the archive or folder is fetched (fetcher.ts) and bundled (content-loader.ts).
 *
 * One caller fetches for all: whoever finds that another does it, in this process or another, waits for its end, then asks for himself.
 * So there is one download, and every account is checked.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { discard } from './download.ts'
import { asCacheError, toCacheError } from './failures.ts'
import { contradiction, type Fetcher } from './fetcher.ts'
import type { Lock, Locks } from './locks.ts'
import type { Step } from './options.ts'
import { lockName } from './paths.ts'
import type { Pointer, Pointers } from './pointers.ts'
import { timed, type Call, type Ready, type ReadyPlugins, type Times } from './ready-plugins.ts'
import { reason } from './reasons.ts'
import { CacheError, type CacheErrorCode, type Registry, type Resolution } from './types.ts'

/** Contents may change or vanish between two steps (fetched or pruned by another process, damaged): how often to begin again. */
const ROUNDS = 4
/** What a file that is half written looks like. */
const UNFINISHED: ReadonlySet<CacheErrorCode> = new Set(['plugin-invalid', 'plugin-corrupt'])
/** Long enough for a file to be written to its end, and for another look at the folder (registries/paced.ts). */
const WRITING_MS = 400

/** Errors that do not depend on the account: who waited for the same artefact has them too. */
const SHARED: ReadonlySet<CacheErrorCode> = new Set(['registry-unavailable', 'plugin-corrupt', 'plugin-refused', 'plugin-invalid', 'internal'])

export interface CurrentContentsParts {
  readonly registry: Registry
  readonly originOf: (artefact: string) => string
  readonly pointers: Pointers
  readonly fetcher: Fetcher
  readonly ready: ReadyPlugins
  readonly locks: Locks
  /** How long somebody else may take to fetch an artefact. */
  readonly fetchMs: number
  readonly atStep: (step: Step) => void
}

export class CurrentContents {
  readonly #parts: CurrentContentsParts
  /** Artefact -> how the first fetch of it ends. */
  readonly #firsts = new Map<string, Promise<CacheError | undefined>>()

  constructor (parts: CurrentContentsParts) {
    this.#parts = parts
  }

  async get (call: Call): Promise<Ready> {
    const { artefact, ms } = call
    for (let round = 1; round <= ROUNDS; round++) {
      const known = await this.#known(artefact, ms)
      const attempt = this.#attempt(call, known, round < ROUNDS)
      if (known === undefined) this.#announce(artefact, attempt)
      const ready = await attempt
      if (ready !== undefined) return ready
    }
    throw new CacheError('internal', artefact, reason('not-kept'))
  }

  async settled (): Promise<void> {
    await Promise.all(this.#firsts.values())
    await this.#parts.fetcher.settled()
  }

  /** What is held of the artefact; while another caller is fetching it for the first time, what he gets. */
  async #known (artefact: string, ms: Times): Promise<Pointer | undefined> {
    for (;;) {
      const known = await this.#parts.pointers.get(artefact)
      const first = this.#firsts.get(artefact)
      if (known !== undefined || first === undefined) return known
      const failure = await timed(ms, 'download', () => first)
      if (failure !== undefined && SHARED.has(failure.code)) throw failure
    }
  }

  #announce (artefact: string, attempt: Promise<unknown>): void {
    const settled = attempt.then(() => undefined, (error: unknown) => asCacheError(artefact, error))
    this.#firsts.set(artefact, settled.finally(() => this.#firsts.delete(artefact)))
  }

  /**
   * One pass through the steps; undefined when it must begin again: what is held has changed meanwhile, or is no longer usable.
   * `patient`: waits when somebody else is fetching the same.
   */
  async #attempt (call: Call, known: Pointer | undefined, patient: boolean): Promise<Ready | undefined> {
    if (known !== undefined) return await this.#resolved(call, known, patient)
    // Nothing is held: the registry would begin to send at once, so that the lock comes first.
    const lock = await this.#lock(call.artefact)
    if (lock === undefined && patient) return await this.#wait(call)
    return await this.#locked(lock, async () => await this.#changed(call, known) ? undefined : await this.#resolved(call, known, patient, lock))
  }

  async #resolved (call: Call, known: Pointer | undefined, patient: boolean, held?: Lock): Promise<Ready | undefined> {
    const { artefact, account, ms } = call
    const { registry } = this.#parts
    const resolution = await timed(ms, 'resolve', () => registry.resolve(artefact, account, known?.validator))
    const ready = await this.#taken(call, resolution, known, patient, held)
    return ready === undefined || !('heldBack' in resolution) ? ready : { ...ready, ensured: { ...ready.ensured, heldBack: resolution.heldBack } }
  }

  async #taken (call: Call, resolution: Resolution, known: Pointer | undefined, patient: boolean, held: Lock | undefined): Promise<Ready | undefined> {
    const { artefact, account, ms } = call
    const { fetcher } = this.#parts
    if (resolution.kind === 'unchanged') {
      if (known === undefined) throw contradiction(artefact)
      if ('failure' in known) throw toCacheError(artefact, known.failure)
      return await this.#load(call, known, false)
    }
    const fetch = async (): Promise<Ready | undefined> => {
      try {
        const fetched = await timed(ms, 'download', () => fetcher.fetch(artefact, account, resolution))
        return await this.#load(call, fetched, fetched.fresh)
      } catch (error) {
        if (patient && resolution.kind === 'folder' && UNFINISHED.has(asCacheError(artefact, error).code) && await this.#isWritten(call, resolution.validator)) return undefined
        throw error
      }
    }
    if (held !== undefined) return await fetch()
    const lock = await this.#lock(artefact)
    return await this.#locked(lock, async () => {
      if (patient && (lock === undefined || await this.#changed(call, known))) {
        if (resolution.kind === 'tarball') await discard(resolution)
        return lock === undefined ? await this.#wait(call) : undefined
      }
      return await fetch()
    })
  }

  /** Whether somebody is writing the files of a folder: what was found wrong in it may be a file that was half written. One look. */
  async #isWritten ({ artefact, account, ms }: Call, validator: string): Promise<boolean> {
    await sleep(WRITING_MS)
    return (await timed(ms, 'resolve', () => this.#parts.registry.resolve(artefact, account, validator))).kind !== 'unchanged'
  }

  async #load (call: Call, { content, validator }: { readonly content: string, readonly validator: string }, fresh: boolean): Promise<Ready | undefined> {
    const { ready, pointers, registry } = this.#parts
    const found = await ready.load(call, content, fresh, validator)
    if (found === undefined) await pointers.drop(call.artefact)
    else await registry.used?.(call.artefact, validator)
    return found
  }

  async #lock (artefact: string): Promise<Lock | undefined> {
    const { locks, originOf, atStep } = this.#parts
    const lock = await locks.take(lockName(originOf(artefact), artefact))
    if (lock !== undefined) atStep('locked')
    return lock
  }

  async #locked<T> (lock: Lock | undefined, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } finally {
      await lock?.release()
    }
  }

  /** Somebody else may have fetched it between our look at what is held and our lock. */
  async #changed ({ artefact }: Call, known: Pointer | undefined): Promise<boolean> {
    this.#parts.pointers.forget(artefact)
    return (await this.#parts.pointers.get(artefact))?.validator !== known?.validator
  }

  async #wait ({ artefact, ms }: Call): Promise<undefined> {
    const { locks, originOf, fetchMs, pointers } = this.#parts
    await timed(ms, 'download', () => locks.released(lockName(originOf(artefact), artefact), fetchMs))
    pointers.forget(artefact)
  }
}
