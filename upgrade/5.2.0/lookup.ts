/** Whether the configured registry, of whichever kind, has the plugins of processings: asked on behalf of the owners, as runs ask. */
import { PACKAGE_LIMITS, type RegistryOptions } from '../../cache/options.ts'
import { discard } from '../../cache/download.ts'
import { openRegistry } from '../../cache/registries/index.ts'
import { CacheError, type AccountRef } from '../../cache/types.ts'
import { RegistryClient } from './registry-client.ts'
import { UpgradeError, type PluginUse, type PublishOptions } from './types.ts'

type Presence = 'there' | 'refused' | 'absent'

interface PluginLookup {
  /** Throws `UpgradeError` `registry-unavailable` when the registry cannot say. Nothing is fetched. */
  look(plugin: string, owner: AccountRef): Promise<Presence>
  close(): Promise<void>
}

export interface Found {
  /** Plugins that are nowhere. */
  readonly missing: readonly string[]
  /** The plugin is there, and the registry does not give it to this owner. */
  readonly refused: readonly PluginUse[]
}

/** Of those that are not among `here`. A plugin is missing when no owner is given it nor refused it. */
export async function lookForPlugins (here: ReadonlySet<string>, uses: readonly PluginUse[], { look }: Pick<PluginLookup, 'look'>): Promise<Found> {
  const known = new Set<string>()
  const missing = new Set<string>()
  const refused: PluginUse[] = []
  for (const use of uses) {
    if (here.has(use.plugin)) continue
    const { type, id, department } = use.owner
    const presence = await look(use.plugin, { type, id, ...(department === undefined ? {} : { department }) })
    if (presence === 'refused') refused.push(use)
    if (presence === 'absent') missing.add(use.plugin)
    else known.add(use.plugin)
  }
  return { missing: [...missing.difference(known)], refused }
}

/** `publish.registry`: that of data-fair, which hides some artefacts from who may not see them. */
export function openLookup (plugins: RegistryOptions, { registry, architecture = process.arch, pausesMs }: PublishOptions): PluginLookup {
  const asRuns = openRegistry(plugins, PACKAGE_LIMITS.entries)
  const asPlatform = registry === undefined ? undefined : new RegistryClient({ ...registry, architecture, pausesMs })
  return {
    async look (plugin, owner) {
      try {
        const found = await asRuns.resolve(plugin, owner, undefined)
        if (found.kind === 'tarball') await discard(found)
        return 'there'
      } catch (error) {
        const presence = presenceOf(error, asRuns.origin)
        return presence === 'absent' && (await asPlatform?.find(plugin))?.hasContent === true ? 'refused' : presence
      }
    },
    async close () {
      await Promise.all([asRuns.close(), asPlatform?.close()])
    }
  }
}

/** What the registry's answer says of a plugin; one that cannot be used is there all the same: its runs say what is wrong with it. */
function presenceOf (error: unknown, origin: string): Presence {
  if (!(error instanceof CacheError)) throw error
  switch (error.code) {
    case 'plugin-not-found': return 'absent'
    case 'plugin-forbidden': return 'refused'
    case 'plugin-corrupt': case 'plugin-refused': case 'plugin-invalid': return 'there'
    case 'registry-unavailable': case 'registry-misconfigured': throw new UpgradeError('registry-unavailable', `${origin} cannot be asked for the plugins of processings: ${error.message}${error.detail === undefined ? '' : ` (${error.detail})`}`, { cause: error })
    case 'internal': throw error
  }
}
