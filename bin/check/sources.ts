/** The files that a plugin's bundle is made of, and what they use. */
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { usesOf, type SourceUses } from './uses.ts'

export interface Source extends SourceUses {
  /** Relative to the package. */
  readonly file: string
  /** The plugin's own, not a dependency's. */
  readonly own: boolean
}

const CODE = /\.[cm]?[jt]s$/
/** Data in the clothes of code; what it uses is not worth the time. */
const LARGEST_CHARS = 8_000_000

/** `sourceMap`: path of the bundle's map. Without one, the plugin has not been bundled: then its own files are read, all of them. */
export async function readSources (dir: string, sourceMap: string | undefined): Promise<Source[]> {
  const files = sourceMap === undefined ? await ownFiles(dir) : await bundledFiles(sourceMap)
  const read = files.filter(file => CODE.test(file)).map(async (file): Promise<Source> => {
    const text = await readFile(path.join(dir, file), 'utf8').catch(() => '') // of our own making: the bundler's modules
    return { file, own: !file.includes('node_modules/'), ...usesOf(file, text.length > LARGEST_CHARS ? '' : text) }
  })
  return await Promise.all(read)
}

async function bundledFiles (sourceMap: string): Promise<string[]> {
  const { sources } = JSON.parse(await readFile(sourceMap, 'utf8')) as { sources: string[] } // esbuild's own
  return sources.filter(file => !file.startsWith('vivarium-'))
}

async function ownFiles (dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true })
  return entries.filter(entry => entry.isFile()).map(entry => path.relative(dir, path.join(entry.parentPath, entry.name)).split(path.sep).join('/')).filter(file => !file.startsWith('node_modules/'))
}
