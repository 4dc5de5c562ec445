/**
 * A folder of plugins on this machine, each a folder or a `.tgz`: the embedded default, and how an author tries a plugin.
 * Whoever may use the service may use all of them: there is no access control.
 */
import { readdir } from 'node:fs/promises'
import { createReadStream, statSync, type BigIntStats } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { reason } from '../reasons.ts'
import { CacheError, type AccountRef, type Registry, type Resolution } from '../types.ts'
import { PACKAGE_LIMITS } from '../options.ts'
import { checkArtefactId } from './artefact-id.ts'
import { fingerprint, identity } from './fingerprint.ts'
import { Paced } from './paced.ts'
import { packageIds } from './package-ids.ts'

export interface DirOptions {
  readonly dir: string
  /** Files and folders looked at to see whether a plugin changed. @default 60,000 */
  readonly entries?: number
}

interface Place { readonly path: string, readonly stats: BigIntStats }

/** An id is the name of a folder or file here, or a package name with `-` for `/`. */
const ID = /^[@A-Za-z0-9][@A-Za-z0-9._~+-]{0,213}$/
const ARCHIVES = ['.tgz', '.tar.gz']

export class DirRegistry implements Registry {
  readonly origin: string
  readonly #dir: string
  readonly #entries: number
  readonly #fingerprints = new Paced<string>()
  readonly #ids = new Paced<ReadonlyMap<string, string>>()

  constructor (options: DirOptions) {
    this.#dir = resolve(options.dir)
    this.#entries = options.entries ?? PACKAGE_LIMITS.entries
    this.origin = `dir:${basename(this.#dir)}`
  }

  async resolve (artefact: string, _account: AccountRef, known: string | undefined): Promise<Resolution> {
    checkArtefactId(artefact)
    if (!ID.test(artefact) || artefact.includes('..')) throw notFound(artefact)
    const { path, stats } = await this.#locate(artefact)
    const validator = stats.isDirectory() ? await this.#fingerprints.get(path, () => fingerprint(artefact, path, this.#entries)) : identity(stats)
    if (validator === known) return { kind: 'unchanged' }
    if (stats.isDirectory()) return { kind: 'folder', dir: path, validator }
    return { kind: 'tarball', stream: readLazily(path), bytes: Number(stats.size), validator }
  }

  async close (): Promise<void> {}

  async #locate (artefact: string): Promise<Place> {
    for (const name of [artefact, ...ARCHIVES.map((extension) => artefact + extension)]) {
      const path = join(this.#dir, name)
      const stats = statOf(path)
      if (stats !== undefined && (name === artefact ? stats.isDirectory() : stats.isFile())) return { path, stats }
    }
    const folder = (await this.#ids.get('', () => packageIds(this.#dir))).get(artefact)
    const path = join(this.#dir, folder ?? artefact)
    const stats = folder === undefined ? undefined : statOf(path)
    if (stats === undefined) throw await this.#absent(artefact)
    return { path, stats }
  }

  async #absent (artefact: string): Promise<CacheError> {
    const problem = await readdir(this.#dir).then(() => undefined, (error: NodeJS.ErrnoException) => error)
    if (problem === undefined) return notFound(artefact)
    return new CacheError('registry-misconfigured', artefact, reason('folder-unreadable'), { detail: problem.message, cause: problem })
  }
}

function notFound (artefact: string): CacheError {
  return new CacheError('plugin-not-found', artefact, reason('not-in-folder'))
}

/** Synchronous: every run looks, and the way to a thread and back costs many times the look at a folder of this machine. */
function statOf (path: string): BigIntStats | undefined {
  try {
    return statSync(path, { bigint: true, throwIfNoEntry: false })
  } catch {
    return undefined // not readable for us: as if it were absent
  }
}

/** Opens the file when it is read, so that a resolution that nobody uses leaves nothing open. */
async function * readLazily (path: string): AsyncGenerator<Uint8Array> {
  yield * createReadStream(path, { highWaterMark: 256 * 1024 })
}
