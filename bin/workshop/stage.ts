/** Lays out a plugin's folder as a registry would serve it: its files and its production dependencies, nothing else. */
import { cp, mkdir, readFile, realpath, stat } from 'node:fs/promises'
import path from 'node:path'
import { productionDependencies, type Dependencies } from './dependencies.ts'

export interface Staged {
  readonly dir: string
  readonly dependencies: Dependencies
}

/** Never part of a package. */
const LEFT_OUT = new Set(['.git', 'node_modules'])

/**
 * `to` is a folder that does not exist yet. `only`: the files to take, relative to the folder; all of them when absent. Links are followed:
 * what is published has none. Throws the system's error for what cannot be read.
 */
export async function stage (folder: string, to: string, only?: ReadonlySet<string>): Promise<Staged> {
  const root = await realpath(folder)
  await copy(root, to, only)
  const dependencies = await productionDependencies(root)
  for (const { dir, to: place } of dependencies.found) await copy(dir, path.join(to, place))
  return { dir: to, dependencies }
}

/** The registry's id of the package in a folder, or of an archive by its file name; `plugin` when its name cannot be one. */
export async function artefactOf (source: string): Promise<string> {
  if (/\.t(?:ar\.)?gz$/.test(source)) return asArtefact(path.basename(source).replace(/\.t(?:ar\.)?gz$/, ''))
  const text = await readFile(path.join(source, 'package.json'), 'utf8').catch(() => '{}') // the cache says what is wrong with it
  return asArtefact(/"name"\s*:\s*"([^"]+)"/.exec(text)?.[1]?.replace('/', '-') ?? '')
}

function asArtefact (name: string): string {
  return /^[@A-Za-z0-9][@A-Za-z0-9._~+-]{0,213}$/.test(name) && !name.includes('..') ? name : 'plugin'
}

async function copy (from: string, to: string, only?: ReadonlySet<string>): Promise<void> {
  await mkdir(to, { recursive: true })
  await cp(from, to, {
    recursive: true,
    dereference: true,
    filter: async source => {
      const inner = path.relative(from, source)
      if (LEFT_OUT.has(inner)) return false
      return only === undefined || only.has(inner.split(path.sep).join('/')) || (await stat(source)).isDirectory()
    }
  })
}
