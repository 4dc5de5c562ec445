import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as wait } from 'node:timers/promises'
import { openSqliteStore } from '../../store/sqlite/index.ts'
import type { Store } from '../../store/types.ts'
import { processing } from './contract/samples.ts'

const LOCKED_MS = 1500
/** Of one turn of the event loop: a try takes a tenth of a second at most. */
const HELD_MS = 300

/** The longest time for which the event loop had no turn. */
function watchLoop (): { stop (): number } {
  let [last, longest] = [performance.now(), 0]
  const timer = setInterval(() => {
    longest = Math.max(longest, performance.now() - last)
    last = performance.now()
  }, 5)
  return { stop () { clearInterval(timer); return Math.max(longest, performance.now() - last) } }
}

describe('store sqlite that another process holds', function () {
  this.timeout(20_000)
  let dir: string
  let store: Store
  let other: DatabaseSync
  async function open (busyTimeoutMs?: number): Promise<void> {
    dir = await mkdtemp(join(tmpdir(), 'vivarium-busy-'))
    store = openSqliteStore({ file: join(dir, 'store.sqlite'), ...(busyTimeoutMs === undefined ? {} : { busyTimeoutMs }) })
    other = new DatabaseSync(join(dir, 'store.sqlite'))
  }
  afterEach(async () => {
    other.close()
    await store.close()
    await rm(dir, { recursive: true })
  })

  it('waits until it is let go, and leaves the thread to others: every write is done once', async () => {
    await open()
    other.exec('BEGIN IMMEDIATE')
    const loop = watchLoop()
    const writes = Array.from({ length: 20 }, (_, n) => store.processings.insert(processing(`p${n}`)))
    await wait(LOCKED_MS)
    assert.equal((await store.processings.list({}, { size: 1, skip: 0 })).count, 0, 'reading goes on')
    const longest = loop.stop()
    other.exec('COMMIT')
    await Promise.all(writes)
    assert.equal((await store.processings.list({}, { size: 0, skip: 0 })).count, 20)
    assert.ok(longest < HELD_MS, `the event loop stood still for ${longest.toFixed(0)} ms`)
  })

  it('gives up after the time that it was given, and writes again when it is free', async () => {
    await open(400)
    other.exec('BEGIN IMMEDIATE')
    const start = performance.now()
    await assert.rejects(store.processings.insert(processing('p')), { name: 'StoreError', code: 'unavailable', message: /locked/ })
    const waited = performance.now() - start
    assert.ok(waited >= 350 && waited < 3_000, `${waited}`)
    other.exec('COMMIT')
    await store.processings.insert(processing('p'))
  })

  it('lets what is wrong through at once', async () => {
    await open()
    await store.processings.insert(processing('p'))
    const start = performance.now()
    await assert.rejects(store.processings.insert(processing('p')), { code: 'duplicate' })
    assert.ok(performance.now() - start < 1_000)
  })
})
