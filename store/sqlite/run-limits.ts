/** Overrides of the limits of runs: one row for each owner or plugin that has some. */
import { wholeNumber } from '../arguments.ts'
import type { LimitSubject, RunLimitOverride, RunLimitStore } from '../types.ts'
import type { Database } from './database.ts'

const PUT = 'INSERT OR REPLACE INTO run_limits (kind, type, id, doc) VALUES (?, ?, ?, ?)'
const GET = 'SELECT doc FROM run_limits WHERE kind = ? AND type = ? AND id = ?'

export function sqliteRunLimits (database: Database): RunLimitStore {
  const find = (subject: LimitSubject): RunLimitOverride | undefined => {
    const row = database.get<{ doc: string }>(GET, ...keyOf(subject))
    return row === undefined ? undefined : JSON.parse(row.doc)
  }
  return {
    get: async subject => find(subject),
    async put (override) { database.run(PUT, ...keyOf(override.subject), JSON.stringify(override)) },
    remove: async subject => database.run('DELETE FROM run_limits WHERE kind = ? AND type = ? AND id = ?', ...keyOf(subject)) === 1,

    async list ({ size, skip }) {
      const count = database.get<{ count: number }>('SELECT count(*) AS count FROM run_limits')?.count ?? 0
      const rows = database.all<{ doc: string }>(
        'SELECT doc FROM run_limits ORDER BY kind, type, id LIMIT ? OFFSET ?', wholeNumber('size', size), wholeNumber('skip', skip))
      return { results: rows.map(({ doc }) => JSON.parse(doc)), count }
    },

    async of ({ type, id }, plugin) {
      const ofOwner = find({ kind: 'owner', owner: { type, id } })
      const ofPlugin = find({ kind: 'plugin', plugin })
      return { ...(ofOwner === undefined ? {} : { owner: ofOwner }), ...(ofPlugin === undefined ? {} : { plugin: ofPlugin }) }
    }
  }
}

function keyOf (subject: LimitSubject): [kind: string, type: string, id: string] {
  return subject.kind === 'owner' ? ['owner', subject.owner.type, subject.owner.id] : ['plugin', '', subject.plugin]
}
