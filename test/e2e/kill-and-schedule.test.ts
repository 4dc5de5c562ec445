import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { Cron } from 'croner'
import { openSqliteStore } from '../../store/sqlite/index.ts'
import { processing } from '../runner/temporary-store.ts'
import { followLog } from './follow-log.ts'
import { ALICE, openTestService, type TestService } from './service.ts'
import type { Scheduling } from '../../store/types.ts'

const PLUGINS_DIR = fileURLToPath(new URL('../fixtures/plugins/stopping', import.meta.url))
const GRACE_MS = 1_000
const HALF_PAST: Scheduling = { type: 'hours', month: '*', dayOfWeek: '*', dayOfMonth: '*', hour: '*', minute: 30 }

interface Line { readonly type: string, readonly msg: string }
const lines = (run: { log: readonly Line[] }): string[][] => run.log.map(({ type, msg }) => [type, msg])

/** What croner itself says of the rule. */
function halfPastAfter (date: Date): string | undefined {
  return new Cron('30 * * * *', { timezone: 'Europe/Paris' }).nextRun(date)?.toISOString()
}

describe('killing a run', function () {
  this.timeout(20_000)
  let service: TestService

  before(async () => {
    service = await openTestService({ PLUGINS_DIR, WORKER_CONCURRENCY: '1', WORKER_GRACE_PERIOD: String(GRACE_MS) })
  })
  after(async () => {
    await service?.close()
  })

  async function trigger (plugin: string, query = ''): Promise<string> {
    const id = await service.create(plugin, { config: { ms: 30_000 } })
    return (await service.call('POST', `/api/v1/processings/${id}/_trigger${query}`, { as: ALICE })).json._id
  }

  async function begun (plugin: string): Promise<string> {
    const runId = await trigger(plugin)
    const reader = await followLog(service, runId)
    await reader.until(({ events }) => events.some(({ data }) => data.msg === 'begun'))
    reader.leave()
    return runId
  }

  async function kill (runId: string): Promise<any> {
    const start = performance.now()
    const answer = await service.call('POST', `/api/v1/runs/${runId}/_kill`, { as: ALICE })
    assert.equal(answer.status, 200, answer.text)
    const run = await service.ended(runId)
    return { answered: answer.json, run, ms: performance.now() - start }
  }

  it('that waits for its time: killed at once, nothing is planned any more', async () => {
    const { answered, run } = await kill(await trigger('waits', '?delay=3600'))
    assert.deepEqual([answered.status, run.status, run.startedAt], ['killed', 'killed', undefined])
    assert.equal(run.outcome.message, 'The run was stopped')
    const { json } = await service.call('GET', `/api/v1/processings/${run.processing._id}`, { as: ALICE })
    assert.equal(json.nextRun, undefined)
  })

  it('that waits for a place: killed at once, it never starts', async () => {
    const running = await begun('waits')
    const { run } = await kill(await trigger('waits'))
    assert.deepEqual([run.status, run.startedAt, run.log], ['killed', undefined, []])
    assert.equal((await kill(running)).run.status, 'killed')
  })

  it('whose plugin has a stop(): it ends by itself', async () => {
    const { answered, run, ms } = await kill(await begun('obeys-stop'))
    assert.deepEqual([answered.status, run.status], ['kill', 'killed'])
    assert.deepEqual(lines(run), [['info', 'begun'], ['warning', 'stopped by itself'], ['error', 'The run was stopped']])
    assert.ok(ms < GRACE_MS, `${ms.toFixed(0)} ms`)
  })

  it('whose plugin has no stop(): it is ended at once', async () => {
    const { run, ms } = await kill(await begun('waits'))
    assert.equal(run.status, 'killed')
    assert.deepEqual(lines(run), [['info', 'begun'], ['error', 'The run was stopped']])
    assert.ok(ms < GRACE_MS, `${ms.toFixed(0)} ms`)
  })

  it('whose plugin ignores stop(): by force after the grace period', async () => {
    const { run, ms } = await kill(await begun('ignores-stop'))
    assert.equal(run.status, 'killed')
    assert.deepEqual(lines(run), [['info', 'begun'], ['error', 'The run was stopped by force after 1 s.']])
    assert.ok(ms >= GRACE_MS && ms < 2 * GRACE_MS, `${ms.toFixed(0)} ms`)
  })

  it('that has ended: refused, it stays as it is', async () => {
    const run = await service.run(await service.create('waits', { config: { ms: 1 } }))
    const answer = await service.call('POST', `/api/v1/runs/${run._id}/_kill`, { as: ALICE })
    assert.deepEqual([answer.status, answer.headers.get('x-error-code')], [409, 'run-ended'])
    assert.equal((await service.ended(run._id)).status, 'finished')
  })

  it('that is planned: skipped, the one after it is planned', async () => {
    const before = new Date()
    const id = await service.create('waits', { config: { ms: 1 }, more: { scheduling: [HALF_PAST] } })
    const planned = (await service.call('GET', `/api/v1/processings/${id}`, { as: ALICE })).json.nextRun
    assert.equal(planned.status, 'scheduled')
    assert.ok([before, new Date()].map(halfPastAfter).includes(planned.scheduledAt), `planned for ${planned.scheduledAt}`)

    const { run } = await kill(planned._id)
    assert.equal(run.status, 'killed')
    const after = (await service.call('GET', `/api/v1/processings/${id}`, { as: ALICE })).json.nextRun
    assert.equal(after.scheduledAt, halfPastAfter(new Date(planned.scheduledAt)))
  })
})

describe('a scheduled processing', function () {
  this.timeout(20_000)
  let dataDir: string

  before(async () => { dataDir = await mkdtemp(path.join(tmpdir(), 'vivarium-schedule-')) })
  after(async () => { await rm(dataDir, { recursive: true, force: true }) })

  it('runs at its time, and the next time is planned', async () => {
    const store = openSqliteStore({ file: path.join(dataDir, 'vivarium.db') })
    const scheduledAt = new Date(Date.now() + 5_000).toISOString()
    const planned = processing('planned', { owner: ALICE, plugin: 'waits', config: { ms: 1 }, scheduling: [HALF_PAST] })
    await store.processings.insert(planned)
    await store.runs.replacePending({ _id: 'its-run', status: 'scheduled', owner: ALICE, processing: { _id: 'planned', title: planned.title }, createdAt: new Date().toISOString(), scheduledAt })
    await store.close()

    const service = await openTestService({ DATA_DIR: dataDir, PLUGINS_DIR })
    try {
      assert.equal((await service.call('GET', '/api/v1/runs/its-run')).json.status, 'scheduled', 'it waits')
      const run = await service.ended('its-run')
      assert.equal(run.status, 'finished')
      const lateMs = Date.parse(run.startedAt) - Date.parse(scheduledAt)
      assert.ok(lateMs >= 0 && lateMs < 500, `started ${lateMs} ms after its time`)
      const { json } = await service.call('GET', '/api/v1/processings/planned')
      assert.equal(json.lastRun._id, 'its-run')
      assert.equal(json.nextRun.status, 'scheduled')
      assert.ok([run.startedAt, run.finishedAt].map(date => halfPastAfter(new Date(date))).includes(json.nextRun.scheduledAt), `planned for ${json.nextRun.scheduledAt}`)
    } finally {
      await service.close()
    }
  })
})
