import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import pino from 'pino'
import { loadConfig } from '../../config.ts'
import { openService, type Service } from '../../main.ts'
import { startTarget, type TargetServer } from '../servers/target.ts'
import { followLog } from './follow-log.ts'
import { ALICE, client, openTestService, type TestService } from './service.ts'

const PLUGINS_DIR = fileURLToPath(new URL('../fixtures/plugins/stopping', import.meta.url))
const GRACE_MS = 500

interface Line { readonly msg: string }
const messages = (run: { log: readonly Line[] }): string[] => run.log.map(({ msg }) => msg)

async function begin (service: TestService, plugin: string, config: Record<string, unknown>): Promise<string> {
  const id = await service.create(plugin, { config })
  const { _id } = (await service.call('POST', `/api/v1/processings/${id}/_trigger`, { as: ALICE })).json
  const reader = await followLog(service, _id)
  await reader.until(({ events }) => events.some(({ data }) => data.msg === 'begun'))
  reader.leave()
  return _id
}

describe('a service that stops in order', function () {
  this.timeout(20_000)
  let dataDir: string
  let target: TargetServer
  let service: TestService
  const runs: Record<string, string> = {}

  before(async () => {
    dataDir = await mkdtemp(path.join(tmpdir(), 'vivarium-shutdown-'))
    target = await startTarget()
    const env = { DATA_DIR: dataDir, PLUGINS_DIR, EGRESS_ALLOW: target.host, WORKER_GRACE_PERIOD: String(GRACE_MS) }
    const first = await openTestService(env)
    for (const plugin of ['obeys-stop', 'waits', 'writes-then-waits']) runs[plugin] = await begin(first, plugin, { ms: 1_500, url: target.url })
    runs.quick = await begin(first, 'waits', { ms: 300 })
    const start = performance.now()
    await first.close()
    assert.ok(performance.now() - start < GRACE_MS + 3_000, 'it does not wait for ever')
    service = await openTestService(env)
  })
  after(async () => {
    await service?.close()
    await target?.close()
    await rm(dataDir, { recursive: true, force: true })
  })

  it('lets a run end that ends within the grace period', async () => {
    const run = await service.ended(runs.quick ?? '')
    assert.deepEqual([run.status, run.attempt], ['finished', 1])
    assert.deepEqual(messages(run), ['begun', 'done', 'The run is finished'])
  })

  it('calls stop(): the run is triggered again, and finishes after the restart', async () => {
    const run = await service.ended(runs['obeys-stop'] ?? '')
    assert.deepEqual([run.status, run.attempt, run.receipt.resumed], ['finished', 2, 'interrupted'])
    assert.deepEqual(messages(run), ['begun', 'stopped by itself', 'Resuming after an interruption.', 'begun', 'done', 'The run is finished'])
  })

  it('without effects: a run is triggered again, and finishes after the restart', async () => {
    const run = await service.ended(runs.waits ?? '')
    assert.deepEqual([run.status, run.attempt, run.receipt.resumed], ['finished', 2, 'interrupted'])
    assert.deepEqual(messages(run), ['begun', 'Resuming after an interruption.', 'begun', 'done', 'The run is finished'])
  })

  it('with effects: a run is marked as interrupted, and not repeated', async () => {
    const run = await service.ended(runs['writes-then-waits'] ?? '')
    assert.deepEqual([run.status, run.outcome.code, run.attempt], ['error', 'interrupted', 1])
    assert.deepEqual(messages(run), ['begun', 'the run was interrupted by a maintenance operation'])
    assert.equal(target.requests.length, 1)
  })
})

describe('the API and the runner as two services on one folder', function () {
  this.timeout(20_000)
  let dataDir: string
  let runner: Service
  let service: TestService

  before(async () => {
    dataDir = await mkdtemp(path.join(tmpdir(), 'vivarium-roles-'))
    const config = loadConfig({ PORT: '0', HOST: '127.0.0.1', DATA_DIR: dataDir, PLUGINS_DIR, OBSERVER_ACTIVE: 'false', WORKER_GRACE_PERIOD: String(GRACE_MS) })
    const logger = pino({ level: 'silent' })
    runner = await openService(config, { role: 'runner', logger })
    const api = await openService(config, { role: 'api', logger })
    service = client(api.url, api.adminKey, dataDir, async () => await api.close())
  })
  after(async () => {
    await service?.close()
    await runner?.close()
    await rm(dataDir, { recursive: true, force: true })
  })

  it('what one triggers runs in the other, and its live log streams', async () => {
    const id = await service.create('waits', { config: { ms: 1_500 } })
    const { _id } = (await service.call('POST', `/api/v1/processings/${id}/_trigger`, { as: ALICE })).json
    const reader = await followLog(service, _id)
    await reader.until(({ events }) => events.some(({ data }) => data.msg === 'begun'))
    assert.equal((await service.call('GET', `/api/v1/runs/${_id}`)).json.status, 'running', 'the first line came while it ran')
    await reader.closed
    assert.deepEqual(reader.of('log').map(({ data }) => data.msg), ['begun', 'done', 'The run is finished'])
    assert.deepEqual(reader.of('status').map(({ data }) => data.status).filter(status => status !== 'triggered'), ['running', 'finished'])
  })

  it('a kill asked of one reaches the run in the other', async () => {
    const runId = await begin(service, 'obeys-stop', { ms: 30_000 })
    const start = performance.now()
    assert.equal((await service.call('POST', `/api/v1/runs/${runId}/_kill`, { as: ALICE })).json.status, 'kill')
    const run = await service.ended(runId)
    assert.deepEqual(messages(run), ['begun', 'stopped by itself', 'The run was stopped'])
    assert.ok(performance.now() - start < 3_000, 'within a few polls')
  })

  it('a second run of a processing is refused while one goes on in the other', async () => {
    const runId = await begin(service, 'waits', { ms: 30_000 })
    const { processing } = (await service.call('GET', `/api/v1/runs/${runId}`)).json
    const answer = await service.call('POST', `/api/v1/processings/${processing._id}/_trigger`, { as: ALICE })
    assert.deepEqual([answer.status, answer.headers.get('x-error-code')], [400, 'already-running'])
    await service.call('POST', `/api/v1/runs/${runId}/_kill`, { as: ALICE })
    assert.equal((await service.ended(runId)).status, 'killed')
  })
})
