/** What happens to all that belongs to an account: moved, renamed, removed. Each document is changed once; cut short, it is said again. */
import type { AccountKey, AccountStore } from '../types.ts'
import type { Database } from './database.ts'
import type { Where } from './documents.ts'
import { text } from './encoding.ts'
import { ownerKey } from './run-limits.ts'
import { applyPatch } from './processing-patch.ts'
import { ownedBy } from './query.ts'
import { removeProcessing } from './removal.ts'

const BATCH = 200

export function mongoAccounts (database: Database): AccountStore {
  return {
    changeOwner: async (processingId, owner, ifRevision) => await applyPatch(database, processingId, { owner }, [], ifRevision),

    async renameOwner (account, name) {
      const limits = await database.limits.updateAll({ type: text(account.type), id: text(account.id), name: { $ne: text(name) } }, { $set: { name: text(name) } })
      return limits + await renameIn(database, account, 'name', name)
    },

    renameDepartment: async ({ type, id }, department, name) => await renameIn(database, { type, id, department }, 'departmentName', name),

    async renameUser (userId, name) {
      const user = text(userId)
      const [byHim, named] = [{ id: user }, { $ne: text(name) }]
      const both = { 'created.id': user, 'updated.id': user, $or: [{ 'created.name': named }, { 'updated.name': named }] }
      return await rename(database, both, ['created.name', 'updated.name'], name) +
        await rename(database, { 'created.id': byHim.id, 'created.name': named }, ['created.name'], name) +
        await rename(database, { 'updated.id': byHim.id, 'updated.name': named }, ['updated.name'], name)
    },

    removeOwner: async account => await removeOwner(database, account)
  }
}

/** Only those that have another name. */
async function renameIn (database: Database, account: AccountKey & { readonly department?: string }, field: 'name' | 'departmentName', name: string): Promise<number> {
  const having = (path: 'owner' | 'account'): Where => ({ ...ownedBy(path, account), [`${path}.${field}`]: { $ne: text(name) } })
  return await rename(database, having('owner'), [`owner.${field}`], name) +
    await database.runs.updateAll(having('owner'), { $set: { [`owner.${field}`]: text(name) } }) +
    await database.apiKeys.updateAll(having('account'), { $set: { [`account.${field}`]: text(name) } })
}

async function rename (database: Database, where: Where, fields: readonly string[], name: string): Promise<number> {
  return await database.processings.updateAll(where, { $set: Object.fromEntries(fields.map(field => [field, text(name)])), $inc: { revision: 1 } })
}

async function removeOwner (database: Database, { type, id }: AccountKey): Promise<number> {
  await database.apiKeys.removeAll(ownedBy('account', { type, id }))
  let removed = 0
  for (;;) {
    const batch = await database.processings.many(ownedBy('owner', { type, id }), { sort: { 'updated.date': 1, _id: 1 }, limit: BATCH, fields: { _id: 1 } })
    if (batch.length === 0) break
    for (const { _id } of batch) if (await removeProcessing(database, _id)) removed++
  }
  await database.limits.remove({ type: text(type), id: text(id) })
  await database.runLimits.remove({ _id: ownerKey({ type, id }) })
  return removed
}
