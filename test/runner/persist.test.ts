import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as wait } from 'node:timers/promises'
import { finishRun, handBackRun, persist } from '../../runner/persist.ts'
import { processing } from './temporary-store.ts'
import { openSqliteStore } from '../../store/sqlite/index.ts'
import { StoreError, type Run, type RunStore, type Store } from '../../store/types.ts'

describe('the last write of a run', () => {
  let dir: string
  let store: Store
  let other: DatabaseSync
  let failures: unknown[]
  const running = new AbortController().signal

  beforeEach(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'vivarium-persist-'))
    const file = path.join(dir, 'store.db')
    store = openSqliteStore({ file, busyTimeoutMs: 10 })
    other = new DatabaseSync(file)
    failures = []
  })
  afterEach(async () => {
    other.close()
    await store.close()
    await rm(dir, { recursive: true, force: true })
  })

  const write = async (): Promise<string> => {
    await store.meta.write('said', true)
    return 'written'
  }
  const onFailing = (error: unknown): void => { failures.push(error) }
  const isUnavailable = (error: unknown): boolean => error instanceof StoreError && error.code === 'unavailable'

  it('is made once when the store takes it', async () => {
    const tries: boolean[] = []
    assert.equal(await persist(async again => { tries.push(again); return await write() }, { stopping: running, onFailing }), 'written')
    assert.deepEqual([tries, failures], [[false], []])
  })

  it('is tried again until a store that somebody has locked takes it; that is told once', async () => {
    other.exec('BEGIN IMMEDIATE')
    const written = persist(write, { stopping: running, onFailing, waitsMs: Array.from({ length: 100 }, () => 20) })
    await wait(150)
    assert.equal(await store.meta.read('said'), undefined)
    other.exec('COMMIT')
    assert.equal(await written, 'written')
    assert.equal(await store.meta.read('said'), true)
    assert.deepEqual(failures.map(isUnavailable), [true])
  })

  it('is given up when the waits are over', async () => {
    other.exec('BEGIN IMMEDIATE')
    let tries = 0
    await assert.rejects(persist(async () => { tries++; await write() }, { stopping: running, onFailing, waitsMs: [1, 1, 1] }), isUnavailable)
    assert.deepEqual([tries, failures.length], [4, 1])
  })

  it('is given up after one more try when the runner stops', async () => {
    other.exec('BEGIN IMMEDIATE')
    const stop = new AbortController()
    let tries = 0
    const start = performance.now()
    const writing = assert.rejects(persist(async () => { tries++; await write() }, { stopping: stop.signal, onFailing, waitsMs: [60_000, 60_000] }), isUnavailable)
    await wait(50)
    stop.abort()
    await writing
    assert.equal(tries, 2)
    assert.ok(performance.now() - start < 5_000)
  })

  describe('that was done although its answer was lost', () => {
    const at = '2026-01-01T00:00:00.000Z'
    let run: Run

    beforeEach(async () => {
      const { owner, title } = processing('p')
      await store.processings.insert(processing('p'))
      await store.runs.replacePending({ _id: 'r', owner, processing: { _id: 'p', title }, status: 'triggered', createdAt: at, scheduledAt: at })
      const claimed = await store.runs.claim('r', 'runner', at)
      assert(claimed !== undefined)
      run = claimed
    })

    /** The store itself; the connection is lost after the first write, before its answer. */
    function losingOneAnswer (): RunStore {
      let lost = false
      const lose = <T>(value: T): T => {
        if (lost) return value
        lost = true
        throw new StoreError('unavailable', 'the connection was lost')
      }
      return {
        ...store.runs,
        finish: async (...args) => lose(await store.runs.finish(...args)),
        handBack: async (...args) => lose(await store.runs.handBack(...args))
      }
    }
    const options = { stopping: running, onFailing: () => {}, waitsMs: [1] }

    it('is recognised: the run has ended', async () => {
      const finished = await finishRun(losingOneAnswer(), run, { status: 'finished', finishedAt: at, outcome: { code: 'finished', message: '' } }, options)
      assert.equal(finished?.status, 'finished')
    })

    it('is recognised: the run waits to be run again', async () => {
      const back = await handBackRun(losingOneAnswer(), run, { reason: 'interrupted', quarantine: false }, options)
      assert.equal(back?.status, 'triggered')
    })

    it('is not taken for that of another attempt', async () => {
      await store.runs.handBack('r', 1, at, { reason: 'interrupted', quarantine: false })
      await store.runs.claim('r', 'another', new Date().toISOString())
      assert.equal(await finishRun(losingOneAnswer(), run, { status: 'finished', finishedAt: at, outcome: { code: 'finished', message: '' } }, options), undefined)
    })
  })

  it('is given up soon when the store is there and refuses it', async () => {
    let tries = 0
    await assert.rejects(persist(async () => { tries++; await store.runs.retain('p', -1) }, { stopping: running, onFailing, waitsMs: Array.from({ length: 100 }, () => 1) }), { code: 'invalid' })
    assert.equal(tries, 3)
  })
})
