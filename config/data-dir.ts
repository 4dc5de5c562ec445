/** The folder of the service, and the two keys that are made in it at the first start. */
import { randomBytes } from 'node:crypto'
import { link, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { Config } from './table.ts'

export interface DataDir {
  /** Absolute. */
  readonly dir: string
  /** Absolute. */
  readonly tmpDir: string
  readonly cipherPassword: string
  readonly adminKey: string
  readonly adminKeyPath: string
  /** Sentences for the operator: what was made, what others may read. */
  readonly notices: readonly string[]
}

/**
 * Creates DATA_DIR and TMP_DIR, and in DATA_DIR the files `admin-key` and, without CIPHER_PASSWORD, `cipher-password` (mode 0600) when
 * they are not there yet. Processes that start at the same time end up with the same keys.
 * Throws the system's error, with the path, when a folder cannot be written.
 */
export async function prepareDataDir (config: Pick<Config, 'DATA_DIR' | 'TMP_DIR' | 'CIPHER_PASSWORD'>): Promise<DataDir> {
  const dir = resolve(config.DATA_DIR)
  const tmpDir = resolve(config.TMP_DIR)
  await makeFolder(dir)
  await makeFolder(tmpDir)
  const notices: string[] = []
  const adminKeyPath = join(dir, 'admin-key')
  const adminKey = await keptSecret(adminKeyPath, notices)
  const cipherPassword = config.CIPHER_PASSWORD ?? await keptSecret(join(dir, 'cipher-password'), notices)
  return { dir, tmpDir, cipherPassword, adminKey, adminKeyPath, notices }
}

/** Not `recursive`: on file systems that refuse to make folders (/proc) with ENOENT, Node would try again for ever. */
async function makeFolder (dir: string): Promise<void> {
  try {
    await mkdir(dir, { mode: 0o700 })
  } catch (error) {
    if (hasCode(error, 'EEXIST') && (await stat(dir)).isDirectory()) return
    const parent = dirname(dir)
    if (!hasCode(error, 'ENOENT') || parent === dir || await stat(parent).then(() => true, () => false)) throw error
    await makeFolder(parent)
    await mkdir(dir, { mode: 0o700 })
  }
}

/** Reads the secret, or makes it. It appears under its name only once it is whole: `link` refuses to replace what another process has made. */
async function keptSecret (path: string, notices: string[]): Promise<string> {
  const existing = await readSecret(path, notices)
  if (existing !== undefined) return existing
  const aside = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`
  try {
    await writeFile(aside, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' })
    await link(aside, path)
    notices.push(`${path} was made.`)
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error
  } finally {
    await rm(aside, { force: true })
  }
  const made = await readSecret(path, notices)
  if (made === undefined) throw new Error(`${path} was just made, and is not there any more`)
  return made
}

async function readSecret (path: string, notices: string[]): Promise<string | undefined> {
  try {
    const secret = (await readFile(path, 'utf8')).trim()
    if (secret.length < 16) throw new Error(`${path}: wanted a secret of at least 16 characters, found ${secret.length}; restore the file, or delete it to have a new secret made`)
    const mode = (await stat(path)).mode & 0o777
    if ((mode & 0o077) !== 0) notices.push(`${path} can be read by others (mode ${mode.toString(8)}): chmod 600 it.`)
    return secret
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
}

function hasCode (error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
