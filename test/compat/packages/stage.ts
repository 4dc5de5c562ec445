/** Makes plugins of the scripts in `plugins/`: a package with its own production dependencies, as a folder or as an archive. */
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { builtinModules } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { create } from 'tar'
import { productionDependencies } from '../../../bin/workshop/dependencies.ts'

const here = fileURLToPath(new URL('.', import.meta.url))

/** The package whose use a script shows -> its file. */
export async function pluginScripts (): Promise<Map<string, string>> {
  const files = (await readdir(path.join(here, 'plugins'))).filter(file => file.endsWith('.js')).sort()
  return new Map(files.map(file => [file.slice(0, -3).replace('__', '/'), path.join(here, 'plugins', file)]))
}

export async function versionOf (name: string): Promise<string> {
  return (JSON.parse(await readFile(path.join(here, 'node_modules', name, 'package.json'), 'utf8')) as { version: string }).version // it is installed
}

/** `to`: a folder that does not exist yet. */
export async function stagePlugin (script: string, to: string): Promise<void> {
  const source = await readFile(script, 'utf8')
  const names = [...source.matchAll(/(?:require|import)\('([^'.][^']*)'\)/g)].map(([, request = '']) => packageOf(request)).filter(name => !builtinModules.includes(name))
  await mkdir(to, { recursive: true })
  await Promise.all([
    writeFile(path.join(to, 'index.js'), source),
    writeFile(path.join(to, 'processing-config-schema.json'), '{ "type": "object" }'),
    writeFile(path.join(to, 'package.json'), JSON.stringify({ name: path.basename(to), version: '1.0.0', main: 'index.js', dependencies: Object.fromEntries(names.map(name => [name, '*'])) }))
  ])
  await installFrom(to, names)
}

/** Copies the packages with all that they need. */
async function installFrom (to: string, names: readonly string[]): Promise<void> {
  const root = path.join(here, 'node_modules/.asked') // ignored by git, and below the installed packages
  await mkdir(root, { recursive: true })
  await writeFile(path.join(root, 'package.json'), JSON.stringify({ dependencies: Object.fromEntries(names.map(name => [name, '*'])) }))
  const { found, missing } = await productionDependencies(root)
  if (missing.some(({ by }) => names.includes(by) || by === 'the plugin')) throw new Error(`${missing.map(({ name }) => name).join(', ')} is not installed: npm run corpora`)
  for (const { dir, to: place } of found) await cp(dir, path.join(to, place), { recursive: true, dereference: true, filter: source => path.relative(dir, source).split(path.sep)[0] !== 'node_modules' })
  await rm(root, { recursive: true })
}

/** The folder as an archive that npm could have made, beside it; the folder goes. */
export async function packPlugin (folder: string): Promise<void> {
  await create({ gzip: { level: 1 }, file: `${folder}.tgz`, cwd: folder, prefix: 'package', portable: true }, ['.'])
  await rm(folder, { recursive: true })
}

function packageOf (request: string): string {
  const [first = '', second = ''] = request.replace(/^node:/, '').split('/')
  return first.startsWith('@') ? `${first}/${second}` : first
}
