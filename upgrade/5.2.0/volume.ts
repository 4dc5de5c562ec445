/**
 * The volume of data-fair/processings v5: `plugins/<id>/` is an installed package with a `plugin.json` that describes it; beside it lie
 * `<id>-metadata.json`, `<id>-access.json` and `<id>-config.json`. Nothing here writes.
 */
import { readdir, realpath, stat } from 'node:fs/promises'
import path from 'node:path'
import { readAccess, readMetadata } from './companions.ts'
import { readJson, textOf } from './read-json.ts'
import type { LegacyPlugin, Volume } from './types.ts'

/** In the order of their names. Throws what the file system throws, when the volume is there and cannot be read. */
export async function readVolume (dataDir: string | undefined): Promise<Volume> {
  const folder = dataDir === undefined ? undefined : path.resolve(dataDir, 'plugins')
  const names = folder === undefined ? undefined : await namesIn(folder)
  if (folder === undefined || names === undefined) return { mounted: false, plugins: [], notices: [] }
  const plugins: LegacyPlugin[] = []
  const notices: string[] = []
  for (const name of names.filter(name => !name.endsWith('.json')).sort()) {
    const found = await readPlugin(folder, name, notices)
    if (typeof found === 'string') notices.push(`${name} is left aside: ${found}.`)
    else plugins.push(found)
  }
  return { mounted: true, plugins, notices }
}

/** Undefined when the folder is not there. */
async function namesIn (folder: string): Promise<string[] | undefined> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

/** A text says why it is none. */
async function readPlugin (folder: string, id: string, notices: string[]): Promise<LegacyPlugin | string> {
  const place = path.join(folder, id)
  const found = await stat(place).catch(() => undefined)
  if (found === undefined) return 'it is a link to something that is not there'
  if (!found.isDirectory()) return 'it is no folder'
  const file = await readJson(path.join(place, 'plugin.json'))
  if (file.kind === 'absent') return 'it has no plugin.json'
  if (file.kind === 'malformed') return `its plugin.json cannot be read (${file.why})`
  const name = textOf(file.value.name)
  const version = textOf(file.value.version)
  if (name === undefined || version === undefined) return 'its plugin.json has no name or no version'
  const companion = (kind: string): string => path.join(folder, `${id}-${kind}.json`)
  return {
    id,
    dir: await realpath(place),
    name,
    version,
    metadata: await readMetadata(companion('metadata'), notices),
    access: await readAccess(companion('access'), notices)
  }
}
