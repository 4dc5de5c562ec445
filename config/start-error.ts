/** What the system refuses when the service opens, in a sentence that names the configuration key to look at. */
import type { ConfigKey } from './table.ts'

/** Code `start`. The message needs no stack: it says all. */
export class StartError extends Error {
  override readonly name = 'StartError'
  readonly code = 'start'
  readonly key: ConfigKey

  constructor (key: ConfigKey, wanted: string, found: string, options?: ErrorOptions) {
    super(`${key}: wanted ${wanted}, found ${found}.`, options)
    this.key = key
  }
}

const SYSTEM: Readonly<Record<string, string>> = {
  EADDRINUSE: 'that another process listens there',
  EADDRNOTAVAIL: 'that this machine has no such address',
  EACCES: 'that this user may not',
  EPERM: 'that this user may not',
  ENOTDIR: 'a file where a folder has to be',
  EEXIST: 'a file where a folder has to be',
  EROFS: 'a file system that can only be read',
  ENOSPC: 'no space left',
  ENOENT: 'nothing there'
}

/** Waits for `work`; what the system refuses becomes a `StartError` of `key`. Errors that are sentences already go through. */
export async function orStartError<T> (key: ConfigKey | ((error: NodeJS.ErrnoException) => ConfigKey), wanted: string, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (!isSystemError(error)) throw error
    const { code, path } = error
    const place = path === undefined ? '' : ` (${path})`
    const named = typeof key === 'string' ? key : key(error)
    throw new StartError(code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' ? 'HOST' : named, wanted, `${SYSTEM[code] ?? error.message} (${code})${place}`, { cause: error })
  }
}

function isSystemError (error: unknown): error is NodeJS.ErrnoException & { readonly code: string } {
  return error instanceof Error && 'syscall' in error && 'code' in error && typeof error.code === 'string'
}
