/** The `package.json` that a plugin is published with. */
import path from 'node:path'
import { valid } from 'semver'
import { isObject, readJson, textOf } from './read-json.ts'
import { UpgradeError, type LegacyPlugin } from './types.ts'

type Manifest = Readonly<Record<string, unknown>>

/** Nothing is installed or built by whoever uses the archive, and nothing may be run by it. */
const DROPPED = ['scripts', 'devDependencies', 'workspaces', 'bundleDependencies', 'bundledDependencies']
const OF_THE_PACKAGE = ['description', 'license', 'homepage']

/** Throws `UpgradeError` `plugin-invalid` when no registry would take it. */
export async function readPublishedManifest (plugin: LegacyPlugin): Promise<Manifest> {
  if (valid(plugin.version) === null) throw new UpgradeError('plugin-invalid', `its plugin.json has the version ${JSON.stringify(plugin.version)}: one such as 1.2.3 is wanted`)
  const root = await readJson(path.join(plugin.dir, 'package.json'))
  if (root.kind === 'malformed') throw new UpgradeError('plugin-invalid', `its package.json cannot be read (${root.why})`)
  const inner = await readJson(path.join(plugin.dir, 'node_modules', ...plugin.name.split('/'), 'package.json'))
  return publishedManifest(plugin, root.kind === 'object' ? root.value : {}, inner.kind === 'object' ? inner.value : {})
}

/**
 * That of the folder (`main`, `type`, `dependencies`… say how it is loaded), with the name and version under which v5 had it, and what the
 * package says of itself: older volumes have it one level down, in node_modules.
 */
export function publishedManifest ({ name, version }: Pick<LegacyPlugin, 'name' | 'version'>, root: Manifest, inner: Manifest): Manifest {
  const kept = Object.fromEntries(Object.entries(root).filter(([key]) => !DROPPED.includes(key)))
  const told = Object.fromEntries(OF_THE_PACKAGE.map(key => [key, textOf(inner[key]) ?? textOf(root[key])]).filter(([, text]) => text !== undefined))
  const registry = isObject(root.registry) ? root.registry : {}
  return { ...kept, ...told, name, version, registry: { ...registry, category: 'processing' } }
}
