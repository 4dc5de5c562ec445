/** Runner processes and when each was last heard of. */
import type { RunnerRecord, RunnerStore } from '../types.ts'
import type { Database } from './database.ts'

const BEAT = `
  INSERT INTO runners (id, host, pid, started_at, heartbeat_at) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (id) DO UPDATE SET host = excluded.host, pid = excluded.pid, started_at = excluded.started_at, heartbeat_at = excluded.heartbeat_at`

const LIST = 'SELECT id, host, pid, started_at AS startedAt, heartbeat_at AS heartbeatAt FROM runners ORDER BY id'

export function sqliteRunners (database: Database): RunnerStore {
  return {
    async beat ({ id, host, pid, startedAt, heartbeatAt }) { database.run(BEAT, id, host, pid, startedAt, heartbeatAt) },
    list: async () => database.all<RunnerRecord>(LIST).map(row => ({ ...row })), // SQLite's rows have no prototype
    async remove (id) { database.run('DELETE FROM runners WHERE id = ?', id) }
  }
}
