/** Source: data-fair/processings, upgrade/2.1.1/remove-debug-logs. It deletes, and is therefore run only where that service would run it (scripts.ts). */
import type { Script } from '../types.ts'

const HAS_DEBUG = { 'log.type': 'debug' }
const SAMPLE = 5

export const removeDebugLogs: Script = {
  description: 'Delete the log entries of type debug from runs, as data-fair/processings 2.1.1 does',

  async plan (db, log) {
    const runs = db.collection('runs')
    log(`${await runs.countDocuments(HAS_DEBUG)} runs have log entries of type debug, which are deleted.`)
    const first = await runs.find(HAS_DEBUG, { projection: { processing: 1, createdAt: 1 } }).sort({ _id: 1 }).limit(SAMPLE).toArray()
    for (const { _id, processing, createdAt } of first) log(`  ${String(_id)} of ${JSON.stringify(processing?.title ?? '')}, ${String(createdAt)}`)
  },

  async exec (db, log) {
    const { modifiedCount } = await db.collection<{ log: { type: string }[] }>('runs').updateMany(HAS_DEBUG, { $pull: { log: { type: 'debug' } } })
    log(`${modifiedCount} runs changed.`)
  }
}
