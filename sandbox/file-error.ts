/** What an operation on a file tells the guest: a code of the system, and nothing of this machine. */
export class FileError extends Error {
  override readonly name = 'FileError'
  readonly code: string
  /** For `ENOSPC` and `EMFILE` because of a limit of the run: which one. */
  readonly reason: 'bytes' | 'files' | 'open' | undefined

  constructor (code: string, reason?: 'bytes' | 'files' | 'open') {
    super(code)
    this.code = code
    this.reason = reason
  }
}

/** The code alone: the message of a system error names the path on this machine. */
export function toFileError (error: unknown): FileError {
  if (error instanceof FileError) return error
  const { code } = error as { code?: unknown }
  return new FileError(typeof code === 'string' && /^E[A-Z0-9]{2,15}$/.test(code) ? code : 'EIO')
}
