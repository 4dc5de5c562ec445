/** The files beside a plugin: what people wrote about it, and who may use it. One that cannot be read counts as absent, and is told. */
import path from 'node:path'
import { isObject, readJson, textOf } from './read-json.ts'
import type { LegacyAccess, LegacyMetadata, NamedAccount } from './types.ts'

export async function readMetadata (file: string, notices: string[]): Promise<LegacyMetadata> {
  const found = await readCompanion(file, notices, 'its texts are left out')
  if (found === undefined) return {}
  const texts = Object.fromEntries(['name', 'description', 'category', 'documentation'].map(key => [key, textOf(found[key])]))
  return { ...texts, ...(found.icon === undefined || found.icon === null ? {} : { icon: found.icon }) }
}

/** Nobody may use a plugin whose file is absent or malformed: it is opened by a person, not by a mistake. */
export async function readAccess (file: string, notices: string[]): Promise<LegacyAccess> {
  const found = await readCompanion(file, notices, 'nobody is given access')
  if (found === undefined) return { public: false, privateAccess: [] }
  const accounts: readonly unknown[] = Array.isArray(found.privateAccess) ? found.privateAccess : []
  const privateAccess = accounts.map(toAccount).filter(account => account !== undefined)
  if (privateAccess.length < accounts.length) notices.push(`${path.basename(file)}: ${accounts.length - privateAccess.length} of its accounts have no type or no id, and are left out.`)
  return { public: found.public === true, privateAccess }
}

async function readCompanion (file: string, notices: string[], consequence: string): Promise<Readonly<Record<string, unknown>> | undefined> {
  const found = await readJson(file)
  if (found.kind === 'object') return found.value
  if (found.kind === 'malformed') notices.push(`${path.basename(file)} cannot be read (${found.why}): ${consequence}.`)
  return undefined
}

function toAccount (value: unknown): NamedAccount | undefined {
  if (!isObject(value)) return undefined
  const { type } = value
  const id = textOf(value.id)
  const name = textOf(value.name)
  if ((type !== 'user' && type !== 'organization') || id === undefined) return undefined
  return { type, id, ...(name === undefined ? {} : { name }) }
}
