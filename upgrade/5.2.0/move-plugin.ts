/**
 * Moves one plugin into the registry:
 *
 * 1. its archive, unless the registry has one: what somebody published under this id is never replaced
 * 2. texts and access. A text that the registry has is kept. Access is given to artefacts of ours alone: whoever published another one has decided on it
 * 3. a thumbnail, unless there is one
 *
 * A step that is done is not done again (publications.ts): what people change in the registry afterwards stays.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import path from 'node:path'
import { admits, type Artefact } from './artefact.ts'
import { packPlugin } from './archive.ts'
import { loadIconPaths } from './icon-names.ts'
import { thumbnailOf } from './icon.ts'
import { readPublishedManifest } from './manifest.ts'
import { isNative, packageFiles } from './package-files.ts'
import type { Publications } from './publications.ts'
import type { RegistryClient } from './registry-client.ts'
import type { LegacyAccess, LegacyPlugin, Log, NamedAccount, PublishOptions } from './types.ts'

export interface MoveDeps {
  readonly registry: RegistryClient
  readonly publications: Publications
  readonly options: PublishOptions
  /** Names of accounts, by `type:id`: some registries want one in an access list, and v5 kept none. */
  readonly names: ReadonlyMap<string, string>
  readonly log: Log
}

/** Throws `UpgradeError`, and what the file system throws. */
export async function movePlugin (deps: MoveDeps, plugin: LegacyPlugin): Promise<'published' | 'already-there'> {
  const found = await deps.registry.find(plugin.id)
  const published = found?.hasContent !== true
  if (published) await publish(deps, plugin)
  const artefact = published ? await deps.registry.find(plugin.id) : found
  if (artefact !== undefined) {
    await describe(deps, plugin, artefact)
    await draw(deps, plugin, artefact)
  }
  return published ? 'published' : 'already-there'
}

async function publish ({ registry, publications, options, log }: MoveDeps, plugin: LegacyPlugin): Promise<void> {
  const manifest = await readPublishedManifest(plugin)
  const folder = await mkdtemp(path.join(options.tmpDir, 'publish-'))
  try {
    const archive = path.join(folder, 'package.tgz')
    const { bytes, notices } = await packPlugin(plugin.dir, manifest, archive)
    for (const notice of notices) log(`${plugin.id}: ${notice}`)
    await publications.note(plugin.id, 'begun')
    await registry.publish(plugin.id, { archive, architecture: await architectureOf(plugin, options) })
    await publications.note(plugin.id, 'published')
    log(`${plugin.id}: ${plugin.name} ${plugin.version} is published (${bytes} bytes).`)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Plugins without native addons are for every machine. */
async function architectureOf ({ dir }: LegacyPlugin, { architecture = process.arch }: PublishOptions): Promise<string> {
  for await (const file of packageFiles(dir, [])) if (isNative(file)) return architecture
  return 'noarch'
}

async function describe ({ registry, publications, names, log }: MoveDeps, { id, metadata, access }: LegacyPlugin, artefact: Artefact): Promise<void> {
  const { begun, described } = await publications.read(id)
  if (described !== undefined) return
  if (artefact.mirrored) return log(`${id}: the registry has it from another registry: its texts and its access are left as they are.`)
  const ours = begun !== undefined
  if (!ours && differs(artefact, access)) log(`${id}: it was in the registry before. Its access is left as it is, and is not that of the old volume: compare the two.`)
  const fields = { ...missingTexts(artefact, metadata), ...(ours ? { public: access.public, privateAccess: access.privateAccess.map(account => withName(account, names)) } : {}) }
  if (Object.keys(fields).length > 0 && !await registry.patch(id, fields)) return log(`${id}: it has left the registry meanwhile.`)
  await publications.note(id, 'described')
}

function missingTexts (artefact: Artefact, { name, description, category, documentation }: LegacyPlugin['metadata']): Record<string, unknown> {
  return {
    ...(name === undefined || artefact.title !== undefined ? {} : { title: { fr: name } }),
    ...(description === undefined || artefact.description !== undefined ? {} : { description: { fr: description } }),
    ...(category === undefined || artefact.group !== undefined ? {} : { group: { fr: category } }),
    ...(documentation === undefined || artefact.documentation !== undefined ? {} : { documentation })
  }
}

function withName (account: NamedAccount, names: ReadonlyMap<string, string>): NamedAccount {
  return { ...account, name: account.name ?? names.get(`${account.type}:${account.id}`) ?? account.id }
}

/** Whether the old list lets in somebody whom the registry keeps out, or the other way round. */
function differs (artefact: Artefact, access: LegacyAccess): boolean {
  if (artefact.public || access.public) return artefact.public !== access.public
  return access.privateAccess.some(account => !admits(artefact, account)) || artefact.privateAccess.some(account => !admits(access, account))
}

/** A plugin without a picture is none the worse: what goes wrong is told, and that is all. */
async function draw ({ registry, publications, log }: MoveDeps, { id, metadata: { icon } }: LegacyPlugin, artefact: Artefact): Promise<void> {
  if (icon === undefined || artefact.hasThumbnail || artefact.mirrored || (await publications.read(id)).drawn !== undefined) return
  const svg = thumbnailOf(icon, await loadIconPaths())
  if (svg === undefined) return log(`${id}: its icon is unknown, it gets no thumbnail.`)
  try {
    await registry.addThumbnail(id, svg)
    await publications.note(id, 'drawn')
  } catch (error) {
    log(`${id}: it gets no thumbnail: ${error instanceof Error ? error.message : String(error)}`)
  }
}
