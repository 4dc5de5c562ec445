/**
 * The logs that data-fair/processings keeps inside its runs, moved to the collection of log entries. One run after the other, each whole or
 * not at all for a reader (store/mongo/embedded-logs.ts): cut short anywhere, it goes on with the runs that are left.
 */
import type { Database } from '../../../store/mongo/database.ts'
import { splitLog } from '../../../store/mongo/embedded-logs.ts'
import { text } from '../../../store/mongo/encoding.ts'
import type { Script } from '../../types.ts'

const EMBEDDED = { logged: null }
const BATCH = 500
const SAMPLE = 5
/** Between two sentences of progress. */
const TELL_MS = 5_000

export function splitEmbeddedLogs (database: Database): Script {
  return {
    description: 'Move the logs inside runs to the collection of log entries',

    async plan (db, log) {
      let [runs, entries, characters] = [0, 0, 0]
      const lines: string[] = []
      for await (const { _id, log: found, processing } of db.collection('runs').find(EMBEDDED, { projection: { log: 1, processing: 1 } }).sort({ _id: 1 })) {
        const size = Array.isArray(found) ? found.length : 0
        runs++
        entries += size
        characters += JSON.stringify(found ?? []).length
        if (lines.length < SAMPLE && size > 0) lines.push(`  ${String(_id)} of ${JSON.stringify(processing?.title ?? '')}: ${size} entries`)
      }
      log(`${runs} runs have their log inside: ${entries} entries, about ${characters} bytes.`)
      for (const line of lines) log(line)
    },

    async exec (_db, log) {
      const all = await database.runs.count(EMBEDDED)
      let [runs, entries] = [0, 0]
      let told = performance.now()
      for await (const id of embedded(database)) {
        entries += await splitLog(database, id)
        runs++
        if (performance.now() - told < TELL_MS && runs % BATCH > 0) continue
        told = performance.now()
        log(`${runs} of ${all} runs, ${entries} log entries moved.`)
      }
      log(`${runs} runs, ${entries} log entries moved.`)
    }
  }
}

/** Ids, in batches, along the ids: what has been split is not looked at again. */
async function * embedded (database: Database): AsyncGenerator<string> {
  for (let last = ''; ;) {
    const batch = await database.runs.many({ ...EMBEDDED, _id: { $gt: text(last) } }, { sort: { _id: 1 }, limit: BATCH, fields: { _id: 1 } })
    for (const { _id } of batch) yield _id
    if (batch.length < BATCH) return
    last = batch.at(-1)?._id
  }
}
