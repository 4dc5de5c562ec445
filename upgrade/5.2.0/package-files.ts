/**
 * The files of an installed plugin, as they go into its archive. Consumers of a registry drop symbolic links, so each becomes what it
 * names: a command of `.bin` the script, a workspace in node_modules its folder. One that leaves the plugin would publish files of the
 * machine: it is refused. Everything is listed while it is walked through, nothing is read.
 */
import { opendir, readlink, realpath, stat } from 'node:fs/promises'
import path from 'node:path'
import { UpgradeError } from './types.ts'

export interface PackageFile {
  /** In the package, with `/`. */
  readonly path: string
  /** Where its bytes are. */
  readonly source: string
  readonly bytes: number
  readonly executable: boolean
}

/** What registries take (their manifest readers stop at 100,000 entries). */
const MAX_FILES = 100_000

interface Walk {
  readonly root: string
  readonly notices: string[]
  files: number
}

/**
 * In the order of their names, `package.json` of the root left out: another one is written. Throws `UpgradeError` `plugin-invalid` for a
 * link that leaves `root` (its real path), for a ring of links and for too many files; `notices` gets what is left out.
 */
export async function * packageFiles (root: string, notices: string[]): AsyncGenerator<PackageFile> {
  yield * filesIn({ root, notices, files: 0 }, root, '', [root])
}

/** `within`: real paths of the folders above. */
async function * filesIn (walk: Walk, folder: string, at: string, within: readonly string[]): AsyncGenerator<PackageFile> {
  for (const name of await namesIn(folder)) {
    const place = at === '' ? name : `${at}/${name}`
    if (place === 'package.json') continue
    const source = await targetOf(walk, path.join(folder, name), place)
    if (source === undefined) continue
    const found = await stat(source)
    if (found.isDirectory()) {
      if (within.includes(source)) throw invalid(`${place} is a link to a folder above it`)
      yield * filesIn(walk, source, place, [...within, source])
    } else if (found.isFile()) {
      if (++walk.files > MAX_FILES) throw invalid(`it has more than ${MAX_FILES} files`)
      yield { path: place, source, bytes: found.size, executable: (found.mode & 0o111) !== 0 }
    } else {
      walk.notices.push(`${place} is left out: it is neither a file nor a folder.`)
    }
  }
}

/** The real path of a file or folder of the plugin. Undefined: a link to something that is not there, left out. */
async function targetOf ({ root, notices }: Walk, source: string, place: string): Promise<string | undefined> {
  let target: string
  try {
    target = await realpath(source)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ELOOP'))) throw error
    notices.push(`${place} is left out: it is a link to ${await readlink(source)}, which is not there.`)
    return undefined
  }
  if (target === root || target.startsWith(root + path.sep)) return target
  throw invalid(`${place} is a link to ${target}, outside of the plugin`)
}

async function namesIn (folder: string): Promise<string[]> {
  const names: string[] = []
  for await (const { name } of await opendir(folder)) names.push(name)
  return names.sort()
}

/** Whether a file is, or makes, code of one architecture. */
export function isNative ({ path: place }: Pick<PackageFile, 'path'>): boolean {
  return place.endsWith('.node') || place.endsWith('/binding.gyp') || place === 'binding.gyp' || /(^|\/)prebuilds\//.test(place)
}

function invalid (why: string): UpgradeError {
  return new UpgradeError('plugin-invalid', `it cannot be packed: ${why}`)
}
