/** Source: data-fair/processings, upgrade/2.3.0/scheduling-array. */
import type { Db, Document } from 'mongodb'
import type { Script } from '../types.ts'

const SAMPLE = 5

export const schedulingArray: Script = {
  description: 'Make a list of the schedule of processings that had a single one',

  async plan (db, log) {
    const counts = { listed: 0, emptied: 0 }
    const lines: string[] = []
    for await (const { processing, scheduling } of single(db)) {
      counts[scheduling.length === 0 ? 'emptied' : 'listed']++
      if (lines.length < SAMPLE) lines.push(`  ${String(processing._id)} ${JSON.stringify(processing.title ?? '')}: ${JSON.stringify(scheduling)}`)
    }
    log(`${counts.listed} schedules become a list, ${counts.emptied} processings that run on demand an empty one.`)
    for (const line of lines) log(line)
  },

  async exec (db, log) {
    let count = 0
    for await (const { processing, scheduling } of single(db)) {
      await db.collection('processings').updateOne({ _id: processing._id }, { $set: { scheduling } })
      count++
    }
    log(`${count} processings changed.`)
  }
}

/** Decided here: servers do not agree on what the type of a list is. */
async function * single (db: Db): AsyncGenerator<{ processing: Document, scheduling: unknown[] }> {
  for await (const processing of db.collection('processings').find({}, { projection: { title: 1, scheduling: 1 } }).sort({ _id: 1 })) {
    const { scheduling } = processing
    if (Array.isArray(scheduling)) continue
    const none = scheduling === undefined || scheduling === null || scheduling.type === 'trigger'
    yield { processing, scheduling: none ? [] : [scheduling] }
  }
}
