/**
 * What every cell starts from: the snapshots of the prelude and the cell's own code, made once per content by a trusted process
 * (sandbox/build.ts) and only ever read by cells.
 */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile } from 'node:fs/promises'
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

/** `parent`: a folder that only this service writes to. Throws with the build's own words when it fails. */
export async function prepareSandbox (parent: string): Promise<Prepared> {
  const folder = path.join(parent, await key())
  if (!existsSync(folder)) await buildInChild(parent, folder)
  return { folder, cell: path.join(folder, 'cell.mjs'), worker: pathToFileURL(path.join(folder, 'worker.mjs')).href }
}

async function buildInChild (parent: string, folder: string): Promise<void> {
  await mkdir(parent, { recursive: true })
  try {
    await promisify(execFile)(process.execPath, [path.join(sandbox, 'build.ts'), folder], { timeout: 60_000 })
  } catch (cause) {
    if (existsSync(folder)) return // another process has published the same content meanwhile
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
