/**
 * Makes a DATA_DIR as data-fair/processings v5 left it: plugins installed from packages (test/fixtures/volume-v5), the files beside them, and
 * what gathers in a folder over the years. On its own: `node test/volumes/v5.ts FOLDER`.
 */
import { cp, mkdir, readFile, rename, stat, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

export const V5_PLUGINS = {
  title: '@fixtures-processing-says-title-1',
  /** The build of the distTag `beta`: an id of its own. */
  beta: '@fixtures-processing-says-title-1-beta',
  /** Entry in TypeScript; its workspace is a link in node_modules. */
  rows: '@fixtures-processing-counts-rows-2',
  native: '@fixtures-processing-may-be-native-1'
} as const

/** Used by a processing, and not on the volume any more. */
export const V5_ORPHAN = '@fixtures-processing-gone-1'

const packages = fileURLToPath(new URL('../fixtures/volume-v5/', import.meta.url))

const ICON = { name: 'account-group', svg: '<svg viewBox="0 0 24 24"><path d="M12 2L2 22H22Z" onload="alert(1)"/></svg>', svgPath: 'M12 2L2 22H22Z' }

/** `dataDir` is made when it is not there. */
export async function makeV5Volume (dataDir: string): Promise<void> {
  const plugins = path.join(dataDir, 'plugins')
  await mkdir(plugins, { recursive: true })
  await install(plugins, 'says-title', { links: { 'node_modules/.bin/say': '../say/cli.js' } })
  await install(plugins, 'says-title', { distTag: 'beta', version: '1.3.0-beta.1', links: { 'node_modules/.bin/say': '../say/cli.js', 'node_modules/.bin/gone': '../gone/cli.js' } })
  await install(plugins, 'counts-rows', { links: { 'node_modules/rows': '../packages/rows' } })
  await install(plugins, 'may-be-native', {})
  await companions(plugins)
  await clutter(dataDir, plugins)
}

interface Installation {
  /** @default latest */
  readonly distTag?: string
  /** Other than that of the package. */
  readonly version?: string
  /** Path in the plugin -> what it is a link to. */
  readonly links?: Readonly<Record<string, string>>
}

/** As v5 did: the package as it is, its production dependencies, a description, and an index.js when it has none. */
async function install (plugins: string, name: string, { distTag = 'latest', version, links = {} }: Installation): Promise<void> {
  const manifest = { ...await readJson(path.join(packages, name, 'package.json')), ...(version === undefined ? {} : { version }) }
  const id = `${manifest.name.replace('/', '-')}-${manifest.version.split('.')[0]}${distTag === 'latest' ? '' : `-${distTag}`}`
  const dir = path.join(plugins, id)
  await cp(path.join(packages, name), dir, { recursive: true })
  await rename(path.join(dir, 'bundled'), path.join(dir, 'node_modules')).catch(async () => await mkdir(path.join(dir, 'node_modules')))
  await writeJson(path.join(dir, 'package.json'), manifest)
  for (const [at, target] of Object.entries(links)) {
    await mkdir(path.dirname(path.join(dir, at)), { recursive: true })
    await symlink(target, path.join(dir, at))
  }
  await writeJson(path.join(dir, 'plugin.json'), {
    id,
    name: manifest.name,
    description: manifest.description,
    version: manifest.version,
    distTag,
    pluginConfigSchema: await readJson(path.join(dir, 'plugin-config-schema.json')),
    processingConfigSchema: await readJson(path.join(dir, 'processing-config-schema.json'))
  })
  const index = path.join(dir, 'index.js')
  if (await stat(index).catch(() => undefined) === undefined) await writeFile(index, `export * from './${manifest.main}'`)
  await writeJson(path.join(plugins, `${id}-access.json`), { public: false, privateAccess: [] })
}

async function companions (plugins: string): Promise<void> {
  const write = async (id: string, kind: string, value: unknown): Promise<void> => await writeJson(path.join(plugins, `${id}-${kind}.json`), value)
  await write(V5_PLUGINS.title, 'metadata', { name: 'Dit un titre', description: 'Écrit le titre dans le journal', category: 'Essentiels', icon: ICON, documentation: 'https://docs.example.org/says-title' })
  await write(V5_PLUGINS.title, 'access', { public: true, privateAccess: [] })
  await write(V5_PLUGINS.title, 'config', { greeting: 'bonjour' })
  await write(V5_PLUGINS.beta, 'metadata', { icon: 'mdi-account-group' })
  await write(V5_PLUGINS.beta, 'access', { public: false, privateAccess: [{ type: 'organization', id: 'blue' }] })
  await write(V5_PLUGINS.rows, 'metadata', { name: 'Compte les lignes', icon: 'mdi-unheard-of' })
  await write(V5_PLUGINS.rows, 'access', { public: false, privateAccess: [{ type: 'organization', id: 'blue' }, { type: 'user', id: 'ada', name: 'Ada' }] })
  await writeFile(path.join(plugins, `${V5_PLUGINS.native}-metadata.json`), '{ "name": ')
  await write(V5_PLUGINS.native, 'access', { public: true })
}

/** What is no plugin, and a plugin that somebody moved to another disk. */
async function clutter (dataDir: string, plugins: string): Promise<void> {
  await rename(path.join(plugins, V5_PLUGINS.native), path.join(dataDir, 'other-disk'))
  await symlink('../other-disk', path.join(plugins, V5_PLUGINS.native))
  await symlink('../nowhere', path.join(plugins, 'a-broken-link'))
  await mkdir(path.join(plugins, 'an-empty-folder'))
  await writeFile(path.join(plugins, 'notes.txt'), 'to do: update the plugins')
  await mkdir(path.join(plugins, 'half-installed'))
  await writeJson(path.join(plugins, 'half-installed', 'plugin.json'), { id: 'half-installed', name: 'half-installed' })
}

async function readJson (file: string): Promise<any> {
  return JSON.parse(await readFile(file, 'utf8'))
}

async function writeJson (file: string, value: unknown): Promise<void> {
  await writeFile(file, JSON.stringify(value, null, 2))
}

if (import.meta.main) {
  const [folder] = process.argv.slice(2)
  if (folder === undefined) throw new Error('a folder is wanted: node test/volumes/v5.ts FOLDER')
  await makeV5Volume(folder)
}
