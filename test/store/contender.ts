/** Started by sqlite.test.ts: opens the store, says so, then takes every run it can from claimed to ended and sends the ids it won. */
import { openSqliteStore } from '../../store/sqlite/index.ts'
import { at, entry, finish } from './contract/samples.ts'

const [file = '', runner = '', count = ''] = process.argv.slice(2)
const store = openSqliteStore({ file })

process.once('message', async () => {
  const won: string[] = []
  for (let n = 0; n < Number(count); n++) {
    const run = await store.runs.claim(`r${n}`, runner, at(1))
    if (run === undefined) continue
    won.push(run._id)
    await store.logs.append(run._id, run.attempt, [entry(1)])
    await store.runs.finish(run._id, run.attempt, finish({ receipt: { runner } }))
  }
  await store.close()
  process.send?.(won, () => process.disconnect?.())
})
process.send?.('ready')
