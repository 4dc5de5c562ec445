/** Gives a plugin of the tests its dependencies: copies of the packages that are installed here, with all that they need. */
import { cp, mkdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'

interface Manifest { readonly name: string, readonly dependencies?: Record<string, string>, readonly optionalDependencies?: Record<string, string> }

/** `folder`: of a plugin, with its package.json. All packages lie side by side in its node_modules; a version of one's own lies in that package's. */
export async function installPackages (folder: string): Promise<void> {
  const { dependencies = {} } = await manifestOf(folder)
  await install(Object.keys(dependencies), path.resolve('package.json'), path.join(folder, 'node_modules'), new Map())
}

async function install (names: readonly string[], from: string, modules: string, shared: Map<string, string>): Promise<void> {
  for (const name of names) {
    const source = find(name, from)
    if (source === undefined || shared.get(name) === source) continue
    const isFirst = !shared.has(name)
    const target = isFirst ? path.join(modules, name) : path.join(path.dirname(from) === process.cwd() ? modules : path.join(modules, path.basename(path.dirname(from)), 'node_modules'), name)
    if (isFirst) shared.set(name, source)
    await mkdir(path.dirname(target), { recursive: true })
    await cp(source, target, { recursive: true, filter: (file) => !file.slice(source.length).includes('node_modules') })
    const { dependencies = {}, optionalDependencies = {} } = await manifestOf(source)
    await install(Object.keys({ ...dependencies, ...optionalDependencies }), path.join(source, 'package.json'), modules, shared)
  }
}

/** The folder of an installed package, as Node would find it. */
function find (name: string, from: string): string | undefined {
  return createRequire(from).resolve.paths(name)?.map((folder) => path.join(folder, name)).find(hasManifest)
}

function hasManifest (folder: string): boolean {
  try {
    createRequire(path.join(folder, 'x.js'))(path.join(folder, 'package.json'))
    return true
  } catch {
    return false
  }
}

async function manifestOf (folder: string): Promise<Manifest> {
  return JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8')) as Manifest // an installed package has one
}
