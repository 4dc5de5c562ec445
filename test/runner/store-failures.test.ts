import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as wait } from 'node:timers/promises'
import { startTarget } from '../servers/target.ts'
import { openRunner, type TestRunner } from './open-runner.ts'
import { processing } from './temporary-store.ts'
import type { Run, RunStore, Store } from '../../store/types.ts'

const POLL_MS = 20

/** The store itself, with something that happens first whenever a run is about to be ended. */
function beforeFinish (happens: () => void): (store: Store) => Store {
  return store => {
    const finish: RunStore['finish'] = async (...args) => {
      happens()
      return await store.runs.finish(...args)
    }
    return { ...store, runs: { ...store.runs, finish } }
  }
}

describe('a store that fails at the end of a run', function () {
  this.timeout(20_000)
  let opened: TestRunner
  let other: DatabaseSync

  async function open (happens = (): void => {}, allow: readonly string[] = []): Promise<void> {
    opened = await openRunner({ allow, plugins: 'stopping', pollMs: POLL_MS, through: beforeFinish(happens) })
    other = new DatabaseSync(opened.databaseFile)
    await opened.store.processings.insert(processing('p', { plugin: 'waits', config: { ms: 50 } }))
  }
  afterEach(async () => {
    other.close()
    await opened.close()
  })

  async function begin (): Promise<string> {
    const found = await opened.store.processings.get('p')
    assert(found !== undefined)
    const answer = await opened.triggers.trigger(found)
    assert(answer.ok)
    return answer.run._id
  }
  async function until (id: string, is: (run: Run) => boolean): Promise<Run> {
    for (;;) {
      const run = await opened.store.runs.get(id)
      if (run !== undefined && is(run)) return run
      await wait(5)
    }
  }
  const codes = async (id: string): Promise<unknown[]> => (await opened.store.logs.read(id, { limit: 100 })).map(entry => entry.code ?? entry.msg)

  it('is asked again until it takes the end: nothing of the run is lost', async () => {
    let locked = 0
    await open(() => {
      if (locked++ > 0) return
      other.exec('BEGIN IMMEDIATE') // as a backup or a full disk does: nobody can write
      setTimeout(() => other.exec('COMMIT'), 400)
    })
    const run = await until(await begin(), ({ finishedAt }) => finishedAt !== undefined)
    assert.deepEqual([run.status, run.attempt], ['finished', 1])
    assert.deepEqual(await codes(run._id), ['begun', 'done', 'finished'])
    assert.ok(locked > 1, 'it was tried again')
    assert.deepEqual(opened.errors.map(error => (error as Error).message), ['the end of a run could not be written; it is tried again'], 'told once')
    assert.match(String((opened.errors[0] as Error).cause), /database is locked/)
    while (opened.runner.running > 0) await wait(5)
  })

  it('refuses it for good: the run is settled by the very runner that holds it', async () => {
    await open()
    other.exec("CREATE TRIGGER refuses BEFORE UPDATE OF finished_at ON runs WHEN NEW.finished_at IS NOT NULL AND NEW.attempt = 1 BEGIN SELECT RAISE(ABORT, 'no end of a first attempt'); END")
    const run = await until(await begin(), ({ finishedAt }) => finishedAt !== undefined)
    assert.deepEqual([run.status, run.attempt, run.resumed?.reason, run.resumed?.interruptions], ['finished', 2, 'interrupted', 1])
    assert.deepEqual(opened.events.map(({ event }) => event), ['started', 'handed-back', 'settled', 'started', 'ended'])
  })

  it('cannot keep the record of an effect: the effect does not take place, however often the plugin tries', async () => {
    const target = await startTarget()
    try {
      await open(() => {}, [target.host])
      await opened.store.processings.patch('p', { plugin: 'writes-three-times', config: { url: target.url } })
      other.exec("CREATE TRIGGER refuses BEFORE UPDATE OF effects ON runs WHEN NEW.finished_at IS NULL BEGIN SELECT RAISE(ABORT, 'no effects'); END")
      const run = await until(await begin(), ({ finishedAt }) => finishedAt !== undefined)
      assert.deepEqual((await codes(run._id)).slice(0, 3), ['refused', 'refused', 'refused'])
      assert.equal(target.requests.length, 0)
    } finally {
      await target.close()
    }
  })

  it('leaves a run alone that is under way, however often the store is looked at', async () => {
    await open()
    await opened.store.processings.patch('p', { config: { ms: 40 * POLL_MS } })
    const run = await until(await begin(), ({ finishedAt }) => finishedAt !== undefined)
    assert.deepEqual([run.status, run.attempt], ['finished', 1])
  })
})
