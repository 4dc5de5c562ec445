/** The disk space of one run: what its files take, `dir` and `tmpDir` together, and how much they may. */
import { FileError } from './file-error.ts'

export interface Amount { readonly bytes: number, readonly files: number }

export class Space {
  readonly limits: Amount
  #bytes: number
  #files: number

  constructor (limits: Amount, used: Amount) {
    this.limits = limits
    this.#bytes = used.bytes
    this.#files = used.files
  }

  get used (): Amount { return { bytes: this.#bytes, files: this.#files } }

  /** Throws ENOSPC, and takes nothing, when there is no room. */
  take ({ bytes, files }: Amount): void {
    if (files > 0 && this.#files + files > this.limits.files) throw new FileError('ENOSPC', 'files')
    if (bytes > 0 && this.#bytes + bytes > this.limits.bytes) throw new FileError('ENOSPC', 'bytes')
    this.#bytes += bytes
    this.#files += files
  }

  give ({ bytes, files }: Amount): void {
    this.#bytes -= bytes
    this.#files -= files
  }
}
