/**
 * Who will be let in. v5 let every processing run; a registry decides for the owner on every run. Older registries want an access grant for
 * the account beside the access list of the plugin: it is created where the registry holds back what the list gives.
 */
import { admits, type Artefact } from './artefact.ts'
import type { RegistryClient } from './registry-client.ts'
import { listUses } from './uses.ts'
import type { Log, PluginUse } from './types.ts'

export interface Grants {
  readonly created: number
  /** Uses that the access lists do not cover. */
  readonly shutOut: readonly PluginUse[]
}

/** One question for each account: a grant holds for all plugins. */
export async function createGrants (registry: RegistryClient, uses: readonly PluginUse[], artefacts: ReadonlyMap<string, Artefact>, log: Log): Promise<Grants> {
  const shutOut: PluginUse[] = []
  const settled = new Set<string>()
  let created = 0
  for (const use of uses) {
    const artefact = artefacts.get(use.plugin)
    if (artefact?.hasContent !== true) continue
    if (!admits(artefact, use.owner)) {
      shutOut.push(use)
      continue
    }
    const account = `${use.owner.type}:${use.owner.id}`
    if (settled.has(account)) continue
    settled.add(account)
    if (await registry.gives(use.plugin, use.owner)) continue
    const answer = await registry.grant(use.owner)
    if (answer === 'granted') created++
    log(answer === 'granted' ? `${account}: access to the registry is granted.` : `${account}: the registry does not give ${use.plugin}, although its access list names the account; ask its administrator.`)
  }
  return { created, shutOut }
}

/** Lines for the operator; none when everybody is let in. */
export function describeShutOut (shutOut: readonly PluginUse[]): string[] {
  if (shutOut.length === 0) return []
  const count = shutOut.reduce((sum, { processings }) => sum + processings, 0)
  return [
    `${count === 1 ? 'One processing belongs' : `${count} processings belong`} to an account that the access list of its plugin does not name: its runs will end in error. Add the account in the registry, or make the plugin public:`,
    ...listUses(shutOut)
  ]
}
