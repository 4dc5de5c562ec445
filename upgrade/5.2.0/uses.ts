/** Who uses which plugin, and which processings have one that is nowhere. Read from the database as data-fair/processings wrote it. */
import type { Db } from 'mongodb'
import { isObject, textOf } from './read-json.ts'
import { UpgradeError, type PluginUse } from './types.ts'

/** Enough to see what they have in common; the count tells the rest. */
const LISTED = 50

export interface Orphans {
  readonly count: number
  readonly first: readonly { readonly id: string, readonly title: string, readonly plugin: string, readonly owner: string }[]
}

/** One for each plugin and owner (departments apart). */
export async function readUses (db: Db): Promise<PluginUse[]> {
  const groups = db.collection('processings').aggregate([
    { $match: { plugin: { $type: 'string' } } },
    { $group: { _id: { plugin: '$plugin', type: '$owner.type', id: '$owner.id', department: '$owner.department' }, name: { $max: '$owner.name' }, processings: { $sum: 1 } } }
  ])
  const uses: PluginUse[] = []
  for await (const { _id, name, processings } of groups) {
    if (!isObject(_id)) continue
    const plugin = textOf(_id.plugin)
    const id = textOf(_id.id)
    if (plugin === undefined || id === undefined || (_id.type !== 'user' && _id.type !== 'organization')) continue
    const department = textOf(_id.department)
    uses.push({ plugin, owner: { type: _id.type, id, ...(department === undefined ? {} : { department }), ...(textOf(name) === undefined ? {} : { name: String(name) }) }, processings: Number(processings) })
  }
  return uses.sort((a, b) => a.plugin < b.plugin ? -1 : a.plugin > b.plugin ? 1 : 0)
}

/** Of the plugins `missing`. */
export async function readOrphans (db: Db, missing: readonly string[]): Promise<Orphans> {
  if (missing.length === 0) return { count: 0, first: [] }
  const filter = { plugin: { $in: [...missing] } }
  const processings = db.collection('processings')
  const found = await processings.find(filter, { projection: { title: 1, plugin: 1, owner: 1 } }).sort({ plugin: 1, _id: 1 }).limit(LISTED).toArray()
  return {
    count: await processings.countDocuments(filter),
    first: found.map(({ _id, title, plugin, owner }) => ({ id: String(_id), title: String(title ?? ''), plugin: String(plugin), owner: ownerText(owner) }))
  }
}

/** A list with id, title, plugin and owner of each. */
export function listOrphans ({ count, first }: Orphans): string[] {
  const lines = first.map(({ id, title, plugin, owner }) => `  ${id} ${JSON.stringify(title)}, plugin ${plugin}, owner ${owner}`)
  return count > first.length ? [...lines, `  and ${count - first.length} more`] : lines
}

/** A line for each, up to a number. */
export function listUses (uses: readonly PluginUse[]): string[] {
  const listed = uses.slice(0, LISTED).map(({ plugin, owner, processings }) => `  ${plugin}, ${owner.name ?? owner.id} (${owner.type}:${owner.id}): ${processings}`)
  return uses.length > LISTED ? [...listed, `  and ${uses.length - LISTED} more accounts and plugins`] : listed
}

export function orphansError (orphans: Orphans): UpgradeError {
  return new UpgradeError('orphans', [
    `${orphans.count === 1 ? 'One processing has' : `${orphans.count} processings have`} a plugin that is neither on the old volume nor in the registry:`,
    ...listOrphans(orphans),
    'No processing, run or plugin was changed. There are two ways out: give the plugin back (its folder in DATA_DIR/plugins, or an artefact of that id in the registry), or delete the processing. Then run the upgrade again.',
    'With --allow-orphans the upgrade goes on: these processings stay, can be read, renamed and deleted, and their runs end in error until the plugin is in the registry.'
  ].join('\n'))
}

function ownerText (owner: unknown): string {
  if (!isObject(owner)) return 'unknown'
  const place = `${String(owner.type)}:${String(owner.id)}${owner.department === undefined || owner.department === null ? '' : `:${String(owner.department)}`}`
  const name = textOf(owner.name)
  return name === undefined ? place : `${name} (${place})`
}
