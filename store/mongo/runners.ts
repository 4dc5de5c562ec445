/** Runner processes and when each was last heard of. */
import type { RunnerRecord, RunnerStore } from '../types.ts'
import type { Database } from './database.ts'
import { storedFields, text } from './encoding.ts'

export function mongoRunners (database: Database): RunnerStore {
  return {
    async beat ({ id, ...fields }) { await database.runners.replace({ _id: text(id), ...storedFields(fields) }) },
    list: async () => (await database.runners.many({}, { sort: { _id: 1 } })).map(({ _id, ...fields }) => ({ id: _id, ...fields }) as RunnerRecord), // what `beat` wrote
    async remove (id) { await database.runners.remove({ _id: text(id) }) }
  }
}
