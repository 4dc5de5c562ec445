/** What would be done, in numbers and a sample; reading alone. */
import type { Db } from 'mongodb'
import { admits, type Artefact } from './artefact.ts'
import { describeShutOut } from './access.ts'
import { readPublishedManifest } from './manifest.ts'
import { isNative, packageFiles } from './package-files.ts'
import type { RegistryClient } from './registry-client.ts'
import { listOrphans, readOrphans, readUses, type Orphans } from './uses.ts'
import { UpgradeError, type LegacyPlugin, type PluginUse, type Volume } from './types.ts'

const SAMPLE = 20

interface PluginPlan {
  readonly plugin: LegacyPlugin
  readonly action: 'publish' | 'already-there' | 'cannot'
  /** Before they are compressed; of plugins to publish. */
  readonly files: number
  readonly bytes: number
  readonly native: boolean
  readonly why?: string
}

export interface Plan {
  readonly volume: Volume
  readonly plugins: readonly PluginPlan[]
  readonly uses: readonly PluginUse[]
  readonly orphans: Orphans
  /** Those that processings use and the volume does not have, as far as the registry knows them. */
  readonly elsewhere: ReadonlyMap<string, Artefact>
  readonly shutOut: readonly PluginUse[]
}

/** `registry` undefined: plugins come from somewhere else, and whatever is not on the volume is not looked for. */
export async function makePlan (db: Db, volume: Volume, registry: RegistryClient | undefined): Promise<Plan> {
  const uses = await readUses(db)
  const { elsewhere, missing } = await lookElsewhere(volume, uses, registry)
  const plugins: PluginPlan[] = []
  const access = new Map<string, Pick<Artefact, 'public' | 'privateAccess'>>(elsewhere)
  for (const plugin of volume.plugins) {
    const artefact = await registry?.find(plugin.id)
    access.set(plugin.id, artefact?.hasContent === true ? artefact : plugin.access)
    plugins.push(await planOne(plugin, artefact))
  }
  const shutOut = uses.filter(use => !(access.get(use.plugin) === undefined || admits(access.get(use.plugin) ?? { public: true, privateAccess: [] }, use.owner)))
  return { volume, plugins, uses, orphans: await readOrphans(db, missing), elsewhere, shutOut }
}

/** Plugins that processings use and that are not on the volume. */
export async function lookElsewhere (volume: Volume, uses: readonly PluginUse[], registry: RegistryClient | undefined): Promise<{ elsewhere: Map<string, Artefact>, missing: string[] }> {
  const here = new Set(volume.plugins.map(({ id }) => id))
  const elsewhere = new Map<string, Artefact>()
  const missing: string[] = []
  if (registry === undefined) return { elsewhere, missing }
  for (const id of new Set(uses.map(({ plugin }) => plugin))) {
    if (here.has(id)) continue
    const artefact = await registry.find(id)
    if (artefact?.hasContent === true) elsewhere.set(id, artefact)
    else missing.push(id)
  }
  return { elsewhere, missing }
}

/** One line for each thing that a person decides on. `allowed`: orphans are, and have been told. */
export function describePlan ({ volume, plugins, uses, orphans, elsewhere, shutOut }: Plan, allowed: boolean): string[] {
  const to = (action: PluginPlan['action']): PluginPlan[] => plugins.filter(plugin => plugin.action === action)
  const publish = to('publish')
  const bytes = publish.reduce((sum, one) => sum + one.bytes, 0)
  return [
    volume.mounted ? `${plugins.length} plugins on the old volume.` : 'No old volume is mounted (DATA_DIR/plugins): nothing is published.',
    ...volume.notices,
    `${publish.length} to publish: ${publish.reduce((sum, one) => sum + one.files, 0)} files, ${bytes} bytes.`,
    ...sample(publish.map(({ plugin, files, native }) => `  ${plugin.id}: ${plugin.name} ${plugin.version}, ${files} files${native ? ', with native addons' : ''}`)),
    `${to('already-there').length} in the registry already, left as they are.`,
    ...to('cannot').map(({ plugin, why }) => `  ${plugin.id} cannot be published: ${why ?? ''}.`),
    `${uses.reduce((sum, use) => sum + use.processings, 0)} processings use ${new Set(uses.map(({ plugin }) => plugin)).size} plugins, ${elsewhere.size} of them from the registry alone.`,
    ...(orphans.count === 0 || allowed ? [] : [`${orphans.count} processings have a plugin that is nowhere: the upgrade will stop, unless it is run with --allow-orphans.`, ...listOrphans(orphans)]),
    ...describeShutOut(shutOut)
  ]
}

async function planOne (plugin: LegacyPlugin, artefact: Artefact | undefined): Promise<PluginPlan> {
  const none = { plugin, files: 0, bytes: 0, native: false }
  if (artefact?.hasContent === true) return { ...none, action: 'already-there' }
  try {
    await readPublishedManifest(plugin)
    return { plugin, action: 'publish', ...await measure(plugin) }
  } catch (error) {
    if (!(error instanceof UpgradeError)) throw error
    return { ...none, action: 'cannot', why: error.message }
  }
}

async function measure ({ dir }: LegacyPlugin): Promise<{ files: number, bytes: number, native: boolean }> {
  let files = 1 // its package.json
  let bytes = 0
  let native = false
  for await (const file of packageFiles(dir, [])) {
    files++
    bytes += file.bytes
    native ||= isNative(file)
  }
  return { files, bytes, native }
}

function sample (lines: readonly string[]): string[] {
  return lines.length <= SAMPLE ? [...lines] : [...lines.slice(0, SAMPLE), `  and ${lines.length - SAMPLE} more`]
}
