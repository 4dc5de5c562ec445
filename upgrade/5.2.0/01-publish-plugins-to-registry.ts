/**
 * Moves the plugins of a volume of data-fair/processings v5 into a registry of data-fair, where they keep their ids: no processing changes.
 *
 * 1. the volume is read: what is no plugin is left aside and told
 * 2. processings whose plugin is neither there nor in the registry stop it all, before anything is changed
 * 3. each plugin is moved (move-plugin.ts); one that cannot be does not hold back the others
 * 4. owners get the access grants that an older registry wants
 * 5. when a plugin could not be moved it throws, so that the script counts as not done; run again, it finishes the rest
 */
import { mkdir } from 'node:fs/promises'
import type { Db } from 'mongodb'
import { createGrants, describeShutOut } from './access.ts'
import type { Artefact } from './artefact.ts'
import { movePlugin, type MoveDeps } from './move-plugin.ts'
import { describePlan, lookElsewhere, makePlan } from './plan.ts'
import { Publications } from './publications.ts'
import { RegistryClient } from './registry-client.ts'
import { orphansError, readOrphans, readUses } from './uses.ts'
import { readVolume } from './volume.ts'
import { UpgradeError, type Log, type PluginUse, type PublishOptions, type Volume } from './types.ts'

export type { PublishOptions } from './types.ts'

export interface PublishScript {
  readonly description: string
  /** Changes nothing: says what `exec` would do. */
  plan(db: Db, log: Log): Promise<void>
  /** May be run any number of times. Throws `UpgradeError`. */
  exec(db: Db, log: Log): Promise<void>
}

export function publishPluginsToRegistry (options: PublishOptions): PublishScript {
  return {
    description: 'Publish the plugins of the old volume in the registry',
    async plan (db, log) {
      await withRegistry(options, async registry => {
        const volume = await readVolume(options.dataDir)
        for (const line of describePlan(await makePlan(db, volume, registry), options.allowOrphans === true)) log(line)
        if (volume.plugins.length > 0 && registry === undefined) log(`The upgrade will stop: ${registryMissing(volume)}`)
      })
    },
    async exec (db, log) {
      await withRegistry(options, async registry => {
        const volume = await readVolume(options.dataDir)
        for (const notice of volume.notices) log(notice)
        if (!volume.mounted) log('No old volume is mounted (DATA_DIR/plugins): there is nothing to publish.')
        if (registry === undefined && volume.plugins.length > 0) throw new UpgradeError('registry-missing', registryMissing(volume))
        if (registry !== undefined) await move({ db, options, registry, volume, log })
      })
    }
  }
}

interface Work { readonly db: Db, readonly options: PublishOptions, readonly registry: RegistryClient, readonly volume: Volume, readonly log: Log }

async function move ({ db, options, registry, volume, log }: Work): Promise<void> {
  const uses = await readUses(db)
  const { elsewhere, missing } = await lookElsewhere(volume, uses, registry)
  const orphans = await readOrphans(db, missing)
  if (orphans.count > 0 && options.allowOrphans !== true) throw orphansError(orphans)
  if (orphans.count > 0) log(`${orphans.count} processings have a plugin that is nowhere; they stay as they are.`)

  await mkdir(options.tmpDir, { recursive: true })
  const deps: MoveDeps = { registry, publications: new Publications(db, registry.origin), options, names: namesOf(uses), log }
  const { artefacts, faults } = await moveAll(deps, volume)
  if (faults.some(({ error }) => isUnavailable(error))) throw incomplete(faults, volume.plugins.length)
  for (const [id, artefact] of elsewhere) artefacts.set(id, artefact)
  const { shutOut } = await createGrants(registry, uses, artefacts, log)
  for (const line of describeShutOut(shutOut)) log(line)
  if (faults.length > 0) throw incomplete(faults, volume.plugins.length)
}

interface Fault { readonly id: string, readonly error: unknown }

async function moveAll (deps: MoveDeps, { plugins }: Volume): Promise<{ artefacts: Map<string, Artefact>, faults: Fault[] }> {
  const artefacts = new Map<string, Artefact>()
  const faults: Fault[] = []
  let published = 0
  for (const plugin of plugins) {
    try {
      if (await movePlugin(deps, plugin) === 'published') published++
      const artefact = await deps.registry.find(plugin.id)
      if (artefact !== undefined) artefacts.set(plugin.id, artefact)
    } catch (error) {
      faults.push({ id: plugin.id, error })
      deps.log(`${plugin.id} could not be moved: ${sentence(error)}`)
      if (isUnavailable(error)) break // for the others too: each would wait for all its attempts
    }
  }
  deps.log(`${published} plugins published, ${artefacts.size - published} were there already, ${plugins.length - artefacts.size} of ${plugins.length} not moved.`)
  return { artefacts, faults }
}

function incomplete (faults: readonly Fault[], all: number): UpgradeError {
  return new UpgradeError('incomplete', [
    `Of ${all} plugins, not all could be moved to the registry:`,
    ...faults.map(({ id, error }) => `  ${id}: ${sentence(error)}`),
    'What was moved stays moved. Mend what is said here and run the upgrade again: it goes on with the others.'
  ].join('\n'), { cause: faults[0]?.error })
}

function isUnavailable (error: unknown): boolean {
  return error instanceof UpgradeError && error.code === 'registry-unavailable'
}

function registryMissing ({ plugins }: Volume): string {
  return `the old volume holds ${plugins.length} plugins, and no registry to publish them in is configured: PRIVATE_REGISTRY_URL and SECRET_REGISTRY are wanted (or take the volume away, when its plugins are not wanted any more).`
}

function namesOf (uses: readonly PluginUse[]): ReadonlyMap<string, string> {
  return new Map(uses.flatMap(({ owner: { type, id, name } }) => name === undefined ? [] : [[`${type}:${id}`, name] as const]))
}

function sentence (error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

async function withRegistry (options: PublishOptions, work: (registry: RegistryClient | undefined) => Promise<void>): Promise<void> {
  const registry = options.registry === undefined ? undefined : new RegistryClient({ ...options.registry, architecture: options.architecture ?? process.arch, pausesMs: options.pausesMs })
  try {
    await work(registry)
  } finally {
    await registry?.close()
  }
}
