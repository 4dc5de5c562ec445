/**
 * What every cell starts from: the snapshots of the prelude and the cell's own code, made once per content by a trusted process
 * (sandbox/build.ts) and only ever read by cells.
 */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'

export interface Prepared {
  readonly folder: string
  readonly cell: string
  /** A file URL, as Piscina wants it. */
  readonly worker: string
}

const sandbox = fileURLToPath(new URL('../../sandbox', import.meta.url))
const manifest = fileURLToPath(new URL('../../package.json', import.meta.url))

/** `parent`: a folder that only this service writes to. `signal` ends the work. Throws with the build's own words when it fails. */
export async function prepareSandbox (parent: string, signal?: AbortSignal): Promise<Prepared> {
  const folder = path.join(parent, await key())
  const prepared = { folder, cell: path.join(folder, 'cell.mjs'), worker: pathToFileURL(path.join(folder, 'worker.mjs')).href }
  await restore(prepared, signal)
  return prepared
}

/** Folder -> the work of making it. */
const restoring = new Map<string, Promise<void>>()

/** Makes it again when it is not whole any more: cleaners take temporary files away under a service that runs. */
export async function restore ({ folder }: Prepared, signal?: AbortSignal): Promise<void> {
  if (isWhole(folder)) return
  const work = restoring.get(folder) ?? buildInChild(folder, signal).finally(() => restoring.delete(folder))
  restoring.set(folder, work)
  await work
}

/** files.json is there from the first moment: the folder was published by a rename. */
function isWhole (folder: string): boolean {
  try {
    const names: unknown = JSON.parse(readFileSync(path.join(folder, 'files.json'), 'utf8'))
    return Array.isArray(names) && names.every(name => existsSync(path.join(folder, String(name))))
  } catch {
    return false
  }
}

async function buildInChild (folder: string, signal?: AbortSignal): Promise<void> {
  await rm(folder, { recursive: true, force: true })
  await mkdir(path.dirname(folder), { recursive: true, mode: 0o700 })
  try {
    await promisify(execFile)(process.execPath, [path.join(sandbox, 'build.ts'), folder], { timeout: 60_000, signal })
  } catch (cause) {
    signal?.throwIfAborted()
    if (isWhole(folder)) return // another process has published the same content meanwhile
    throw new Error(`the sandbox could not be prepared: ${(cause as { stderr?: string }).stderr ?? String(cause)}`, { cause })
  }
}

/** A snapshot fits one binary and one prelude only. */
async function key (): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify([process.versions.node, process.versions.v8, process.arch, process.execArgv]))
  const files = (await readdir(sandbox, { recursive: true })).filter(name => name.endsWith('.ts')).sort()
  for (const name of files) hash.update(name).update(await readFile(path.join(sandbox, name)))
  hash.update(await readFile(manifest)) // versions of the packages that the prelude bundles
  return hash.digest('hex').slice(0, 32)
}
