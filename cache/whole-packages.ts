/**
 * Whether the package of a content is as it was published, before anybody reads it:
 *
 * - every file is read, once per process, when the content is first loaded; what this process unpacked a moment ago is known already
 * - after that the files are looked at (file-marks.ts): at every call for a package of usual size, for a hundredth of the time for a large one
 * - a file that looks different has every file read again
 */
import type { BuildPool } from './build-pool.ts'
import type { Answer } from './build-tasks.ts'
import type { About, Contents } from './contents.ts'
import { digestFolder } from './copy-folder.ts'
import { areAsMarked, markFiles, type FileMarks } from './file-marks.ts'
import type { PackageLimits } from './options.ts'
import type { ReasonCode } from './reasons.ts'

/** Files of a package that is looked at every time: some 0.1 ms. */
const FEW_FILES = 48
/** Of its time, a large one is looked at for one part in so many. */
const SHARE = 100
const MAX_REST_MS = 60_000
/** Files whose marks are kept, of all contents together: some 20 MB. */
const MAX_FILES = 200_000
/** A package so small is read here: a thread takes longer to begin. */
const SMALL = { entries: 256, bytes: 1024 * 1024 }
const MAX_DEPTH = 256
/** Nobody could read it: that says nothing of it. */
const UNREAD: ReadonlySet<ReasonCode> = new Set(['closed', 'too-many-builds', 'read-slow', 'read-memory'])

export interface WholePackagesOptions {
  readonly contents: Contents
  readonly pool: BuildPool
  readonly limits: PackageLimits
}

interface Known {
  readonly marks: FileMarks
  /** On the clock of `performance`. */
  lookAgainAt: number
}

export class WholePackages {
  readonly #options: WholePackagesOptions
  /** In order of use, the newest last. */
  readonly #known = new Map<string, Known>()
  #files = 0

  constructor (options: WholePackagesOptions) {
    this.#options = options
  }

  /** The package was unpacked a moment ago. */
  async trust (content: string): Promise<void> {
    const marks = await this.#mark(content)
    if (marks !== undefined) this.#keep(content, marks)
  }

  /** False when a file looks different from when it was read, and when the content was never read here. */
  async looksWhole (content: string): Promise<boolean> {
    const known = this.#known.get(content)
    if (known === undefined) return false
    const started = performance.now()
    if (started < known.lookAgainAt) return true
    if (known.marks.paths.length > FEW_FILES) known.lookAgainAt = Infinity // whoever comes meanwhile relies on this look
    const isSame = await areAsMarked(this.#dir(content), known.marks).catch(() => false) // a folder that cannot be read is not whole
    const ended = performance.now()
    known.lookAgainAt = known.marks.paths.length > FEW_FILES ? ended + Math.min((ended - started) * SHARE, MAX_REST_MS) : 0
    if (isSame) this.#keep(content, known.marks, known.lookAgainAt)
    else this.forget(content)
    return isSame
  }

  /** Not ok: nobody could look, and it is not known. `owner`: see `BuildPool.run`. */
  async isWhole (content: string, about: About, owner: string): Promise<Answer<boolean>> {
    if (await this.looksWhole(content)) return { ok: true, value: true }
    const marks = await this.#mark(content) // before the files are read: what is written meanwhile differs
    if (marks === undefined) return { ok: true, value: false }
    const answer = await this.#digest(content, about, owner)
    if (!answer.ok && UNREAD.has(answer.failure.reason.code)) return answer
    const value = answer.ok && answer.value === about.tree.digest
    if (value) this.#keep(content, marks)
    return { ok: true, value }
  }

  forget (content: string): void {
    this.#files -= this.#known.get(content)?.marks.paths.length ?? 0
    this.#known.delete(content)
  }

  async #digest (content: string, { tree }: About, owner: string): Promise<Answer<string | undefined>> {
    const { pool, limits } = this.#options
    const dir = this.#dir(content)
    // What was published under other limits stays, and folders of which the archive says nothing are entries here.
    const bounds = { ...limits, entries: (tree.entries + 1) * MAX_DEPTH }
    if (tree.entries <= SMALL.entries && tree.bytes <= SMALL.bytes) return { ok: true, value: digestOf(dir, bounds) }
    const answer = await pool.run({ job: 'digest', dir, limits: bounds }, limits.unpackMs, owner)
    return answer.ok ? { ok: true, value: answer.value.digest } : answer
  }

  async #mark (content: string): Promise<FileMarks | undefined> {
    return await markFiles(this.#dir(content)).catch(() => undefined) // a folder that cannot be read is not whole
  }

  #keep (content: string, marks: FileMarks, lookAgainAt = 0): void {
    this.forget(content)
    this.#known.set(content, { marks, lookAgainAt })
    this.#files += marks.paths.length
    for (const oldest of this.#known.keys()) {
      if (this.#files <= MAX_FILES || oldest === content) return
      this.forget(oldest)
    }
  }

  #dir (content: string): string {
    return this.#options.contents.paths(content).package
  }
}

/** Undefined when a file cannot be read. */
function digestOf (dir: string, limits: PackageLimits): string | undefined {
  try {
    return digestFolder(dir, limits).digest
  } catch {
    return undefined
  }
}
