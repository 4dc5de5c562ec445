import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import pino from 'pino'
import { loadConfig } from '../../config.ts'
import { openService } from '../../main.ts'
import { followLog } from './follow-log.ts'
import { ALICE, client, type TestService } from './service.ts'

const PLUGINS_DIR = fileURLToPath(new URL('../fixtures/plugins/stopping', import.meta.url))

interface Line { readonly msg: string, readonly run?: string, readonly [field: string]: unknown }

describe('the log of the service and its runs', function () {
  this.timeout(40_000)
  let dataDir: string
  let service: TestService
  let lines: Line[]

  before(async () => {
    dataDir = await mkdtemp(path.join(tmpdir(), 'vivarium-lines-'))
  })
  after(async () => {
    await service?.close()
    await rm(dataDir, { recursive: true, force: true })
  })

  async function open (): Promise<void> {
    lines = []
    const kept = lines
    const out = new Writable({ write (chunk, _encoding, done) { kept.push(JSON.parse(String(chunk))); done() } })
    const config = loadConfig({ PORT: '0', HOST: '127.0.0.1', DATA_DIR: dataDir, PLUGINS_DIR, OBSERVER_ACTIVE: 'false', WORKER_GRACE_PERIOD: '100', RUN_MAX_INTERRUPTIONS: '1', MAX_FAILURES: '2', MAX_FAILURES_COOLDOWN: '0' })
    const opened = await openService(config, { logger: pino({ level: 'info', base: null, timestamp: false }, out) })
    service = client(opened.url, opened.adminKey, dataDir, async () => await opened.close())
  }
  /** What the service says of a run by itself: who asks about it (`request`) names it too. */
  const of = (run: string): Record<string, unknown>[] => lines.filter(line => line.run === run && line.msg !== 'request').map(({ level: _level, run: _run, ...line }) => line)
  async function begun (runId: string, times: number): Promise<void> {
    const reader = await followLog(service, runId)
    await reader.until(({ events }) => events.filter(({ data }) => data.msg === 'begun').length >= times)
    reader.leave()
  }

  it('has one line when a run starts and one when it ends, without a word of its configuration', async () => {
    await open()
    const processing = await service.create('waits', { config: { ms: 1, password: 'never-to-be-seen' } })
    const { _id } = await service.run(processing)
    const whose = { processing, account: 'user:alice' }
    const [start, end, ...more] = of(_id)
    assert.deepEqual(start, { ...whose, plugin: 'waits', attempt: 1, msg: 'a run starts' })
    const { ms, ...rest } = end ?? {}
    assert.deepEqual(rest, { ...whose, status: 'finished', code: 'finished', msg: 'a run has ended' })
    assert.ok(Number.isInteger(ms))
    assert.deepEqual(more, [])
    assert.doesNotMatch(JSON.stringify(lines), /never-to-be-seen/)
  })

  it('tells which runs are handed back when it stops; one that is interrupted too often ends, and says so', async () => {
    const processing = await service.create('waits', { config: { ms: 60_000 } })
    const { _id } = (await service.call('POST', `/api/v1/processings/${processing}/_trigger`, { as: ALICE })).json
    await begun(_id, 1)
    await service.close()
    assert.deepEqual(of(_id).map(({ msg, reason }) => [msg, reason]), [['a run starts', undefined], ['a run waits to be run again', 'interrupted']])

    await open()
    await begun(_id, 2)
    await service.close()
    assert.deepEqual(of(_id).map(({ msg, attempt, code }) => [msg, attempt, code]), [['a run starts', 2, undefined], ['a run has ended', undefined, 'interrupted']])

    await open()
    const { json } = await service.call('GET', `/api/v1/runs/${_id}`, { headers: { 'accept-language': 'fr' } })
    assert.equal(json.status, 'error')
    assert.equal(json.log.at(-1).msg, "le traitement a été interrompu suite à une opération de maintenance. C'est la 2e fois : il n'est plus relancé de lui-même. Un administrateur peut augmenter `RUN_MAX_INTERRUPTIONS`.")
  })

  it('tells that a processing was deactivated, and so does the log of its last run', async () => {
    const processing = await service.create('writes-then-waits', { config: { url: 'http://127.0.0.1:9/', ms: 1 } })
    await service.run(processing)
    const { _id } = (await service.call('POST', `/api/v1/processings/${processing}/_trigger`, { as: ALICE })).json
    const live = await followLog(service, _id, { as: ALICE })
    await live.closed
    assert.equal(live.of('log').at(-1)?.data.code, 'processing-disabled', 'who follows it live reads it too')
    let run: any
    do run = (await service.call('GET', `/api/v1/runs/${_id}`, { headers: { 'accept-language': 'fr' } })).json
    while (run.log.at(-1).code !== 'processing-disabled')
    assert.equal(run.log.at(-1).msg, 'Le traitement est désactivé : ses 2 dernières exécutions ont toutes échoué. Corrigez la cause, puis réactivez-le. Un administrateur peut augmenter `MAX_FAILURES`.')
    while ((await service.call('GET', `/api/v1/processings/${processing}`, { as: ALICE })).json.active !== false); // at once after the end
    assert.deepEqual(of(_id).at(-1), { processing, account: 'user:alice', code: run.outcome.code, msg: 'a processing was deactivated: its last runs have all failed' })
  })
})
