/** `vivarium init`: writes a new plugin that runs at once. */
import { cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { UsageError } from '../run/options.ts'
import { manifestOf } from './manifest.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const template = fileURLToPath(new URL('./template', import.meta.url))

/** Answers the exit code: 0 written, 1 the folder is not empty, 2 the arguments make no sense. */
export async function initCommand (args: readonly string[]): Promise<number> {
  try {
    const named = readFolder(args)
    const folder = path.resolve(named)
    const found = await otherEntries(folder)
    if (found.length > 0) {
      process.stderr.write(`An empty folder was wanted, ${folder} holds ${found.slice(0, 3).join(', ')}${found.length > 3 ? ` and ${found.length - 3} more` : ''}.\n`)
      return 1
    }
    const name = await writePlugin(folder)
    process.stdout.write(`${name} is written.\n${named === '.' ? '' : `  cd ${named}\n`}  npm test\n  npm run try\n  npm run check\n`)
    return 0
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    process.stderr.write(`${error.message}\n`)
    return 2
  }
}

/** Writes the plugin into `folder`, named after it; answers its name. */
async function writePlugin (folder: string): Promise<string> {
  const manifest = await manifestOf(folder, root)
  await mkdir(folder, { recursive: true })
  await cp(template, folder, { recursive: true })
  await writeFile(path.join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  await writeFile(path.join(folder, '.gitignore'), 'node_modules/\n')
  const readme = path.join(folder, 'README.md')
  await writeFile(readme, (await readFile(readme, 'utf8')).replaceAll('{{name}}', manifest.name))
  await linkVivarium(folder)
  return manifest.name
}

/** What `npm install` does with a dependency that is a folder; so the plugin can be tried before anything is installed. */
async function linkVivarium (folder: string): Promise<void> {
  const modules = path.join(folder, 'node_modules')
  await mkdir(path.join(modules, '.bin'), { recursive: true })
  await symlink(root.replace(/[\\/]$/, ''), path.join(modules, 'vivarium'), 'junction')
  await symlink(path.join('..', 'vivarium', 'bin', 'vivarium.js'), path.join(modules, '.bin', 'vivarium'))
}

async function otherEntries (folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw new UsageError(`An empty folder was wanted, ${folder} cannot be read as one (${error.code ?? error.message}).`)
  })
  return names.filter(name => name !== '.git')
}

function readFolder (args: readonly string[]): string {
  const [folder = '.', more] = parse(args)
  if (more !== undefined) throw new UsageError(`One folder is wanted, found "${more}" too.`)
  return folder
}

function parse (args: readonly string[]): string[] {
  try {
    return parseArgs({ args: [...args], allowPositionals: true }).positionals
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message.split('. ')[0] : String(error)}.`)
  }
}
