/**
 * Which account was given which content, and when: what may be used while the registry is unavailable. Kept on disk too, so that a
 * service that starts again during an outage still knows.
 */
import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { confirmationPath, type CachePaths } from './paths.ts'
import { readSealed, writeSealed } from './sealed.ts'
import type { TemporaryFolders } from './temporary.ts'
import type { AccountRef } from './types.ts'

const MAX_IN_MEMORY = 10_000

export interface Confirmation {
  readonly content: string
  /** Milliseconds since the epoch. */
  readonly at: number
}

type Stored = Confirmation & { readonly origin: string, readonly artefact: string, readonly account: string }

export interface ConfirmationsOptions {
  readonly paths: CachePaths
  readonly temporary: TemporaryFolders
  readonly originOf: (artefact: string) => string
  /** How long one counts; 0: nothing is kept. */
  readonly validMs: number
  readonly clock: () => number
}

export class Confirmations {
  readonly #options: ConfirmationsOptions
  /** What is on disk, in order of use, the newest last. */
  readonly #written = new Map<string, Confirmation>()

  constructor (options: ConfirmationsOptions) {
    this.#options = options
  }

  /** The registry just gave the account access. Written again once a tenth of its time has passed. */
  async confirm (artefact: string, account: AccountRef, content: string): Promise<void> {
    const { temporary, originOf, validMs, clock } = this.#options
    if (validMs === 0) return
    const path = this.#path(artefact, account)
    const before = this.#written.get(path)
    const at = clock()
    if (before?.content === content && at - before.at < Math.min(validMs / 10, 60_000)) return
    await temporary.use(async (folder) => {
      const made = join(folder, 'confirmed.json')
      await writeSealed(made, { origin: originOf(artefact), artefact, account: keyOf(account), content, at } satisfies Stored)
      await rename(made, path)
    })
    this.#written.delete(path)
    this.#written.set(path, { content, at })
    if (this.#written.size > MAX_IN_MEMORY) this.#written.delete(this.#written.keys().next().value as string) // it is not empty
  }

  /** The registry refuses the account, or does not know the artefact any more. */
  async revoke (artefact: string, account: AccountRef): Promise<void> {
    const path = this.#path(artefact, account)
    this.#written.delete(path)
    if (this.#options.validMs > 0) await rm(path, { force: true })
  }

  /** Undefined when there is none that still counts. */
  async find (artefact: string, account: AccountRef): Promise<Confirmation | undefined> {
    const { originOf, validMs, clock } = this.#options
    if (validMs === 0) return undefined
    const stored = await readSealed(this.#path(artefact, account)) as Stored | undefined // sealed: written by `confirm`
    if (stored === undefined || stored.origin !== originOf(artefact) || stored.artefact !== artefact || stored.account !== keyOf(account)) return undefined
    const age = clock() - stored.at
    return age >= 0 && age <= validMs ? stored : undefined
  }

  #path (artefact: string, account: AccountRef): string {
    return confirmationPath(this.#options.paths, [this.#options.originOf(artefact), artefact, keyOf(account)])
  }
}

function keyOf ({ type, id, department }: AccountRef): string {
  return JSON.stringify([type, id, department ?? ''])
}
