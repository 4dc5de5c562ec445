/** Which folder holds the package of a given artefact id. */
import { readFile, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

const MAX_FOLDERS = 1000
const MAX_MANIFEST_BYTES = 1024 * 1024

/**
 * Artefact id -> folder name. A package `@scope/name` of version 2.1.0 has the ids `@scope-name` and, as a registry of data-fair
 * calls it, `@scope-name-2`. Of two folders with the same package the first by name wins. Unreadable ones are left out.
 */
export async function packageIds (dir: string): Promise<ReadonlyMap<string, string>> {
  const ids = new Map<string, string>()
  const names = await readdir(dir).catch(() => []) // the caller says what is wrong with the folder
  for (const folder of names.sort().slice(0, MAX_FOLDERS)) {
    const manifest = await readManifest(join(dir, folder, 'package.json'))
    if (typeof manifest?.name !== 'string') continue
    const id = manifest.name.replace('/', '-')
    const major = /^\d+/.exec(String(manifest.version))?.[0]
    for (const each of major === undefined ? [id] : [id, `${id}-${major}`]) if (!ids.has(each)) ids.set(each, folder)
  }
  return ids
}

async function readManifest (path: string): Promise<{ name?: unknown, version?: unknown } | undefined> {
  try {
    if ((await stat(path)).size > MAX_MANIFEST_BYTES) return undefined
    return JSON.parse(await readFile(path, 'utf8'))
  } catch {
    return undefined // no package, or none that could be loaded
  }
}
