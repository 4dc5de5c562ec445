/** Two processes of `vivarium start` on one database and one cache folder: the life of runs, whichever of the two is asked. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { openMongoStore } from '../../store/mongo/index.ts'
import { vivarium, type Called } from '../bin/command-line.ts'
import { ALICE, BOB, client, type TestService } from '../e2e/service.ts'
import { processing } from '../store/contract/samples.ts'
import { testDatabase, type TestDatabase } from './mongo-server.ts'

/** Folders of `examples` and `test/fixtures/plugins`. */
const PLUGINS = ['../../examples/hello', '../../examples/throws', '../fixtures/plugins/stopping/waits', '../fixtures/plugins/stopping/writes-then-waits']
const PLACES = 3

interface Running { readonly service: TestService, readonly called: Called }

describe('two processes on one database of mongo and one cache folder', function () {
  this.timeout(120_000)
  let database: TestDatabase
  let dir: string
  let both: [Running, Running]
  const children: Called[] = []
  /** How often each run has had its effect, by what it sends. */
  const effects = new Map<string, number>()
  const target = createServer(async (request, response) => {
    const sent = (await request.toArray()).join('')
    effects.set(`${request.url} ${sent}`, (effects.get(`${request.url} ${sent}`) ?? 0) + 1)
    response.end('{}')
  })

  async function start (name: string): Promise<Running> {
    const dataDir = path.join(dir, name)
    const { port } = target.address() as AddressInfo // it listens on TCP
    const called = vivarium(['start'], {
      env: {
        MONGO_URL: database.url,
        TMP_DIR: path.join(dir, 'cache'),
        DATA_DIR: dataDir,
        PLUGINS_DIR: path.join(dir, 'plugins'),
        CIPHER_PASSWORD: 'password of both',
        WORKER_CONCURRENCY: String(PLACES),
        WORKER_GRACE_PERIOD: '1000',
        EGRESS_ALLOW: `127.0.0.1:${port}`,
        HOST: '127.0.0.1',
        PORT: '0',
        OBSERVER_ACTIVE: 'false',
        LOG_LEVEL: 'info'
      }
    })
    children.push(called)
    await called.until(/"url":"[^"]+"/)
    const url = /"url":"([^"]+)"/.exec(called.output())?.[1] ?? assert.fail()
    const adminKey = (await readFile(path.join(dataDir, 'admin-key'), 'utf8')).trim()
    return { called, service: client(url, adminKey, dataDir, async () => {}) }
  }

  before(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'vivarium-two-'))
    for (const folder of PLUGINS) await cp(fileURLToPath(new URL(folder, import.meta.url)), path.join(dir, 'plugins', path.basename(folder)), { recursive: true })
    database = testDatabase()
    target.listen(0, '127.0.0.1')
    await once(target, 'listening')
    both = await Promise.all([start('one'), start('two')])
  })
  after(async () => {
    for (const { child } of children) child.kill('SIGTERM')
    await Promise.all(children.map(async ({ ended }) => await ended))
    target.close()
    await database.drop()
    await rm(dir, { recursive: true, force: true })
  })

  const messages = (run: { log: readonly { msg: string }[] }): string[] => run.log.map(({ msg }) => msg)
  const effectUrl = (name: string): string => `http://127.0.0.1:${(target.address() as AddressInfo).port}/${name}`

  /** Triggers a new processing of each, and answers the runs once all have said `begun`, with the process that holds each. */
  async function begin (wanted: readonly { readonly plugin: string, readonly config: Record<string, unknown> }[]): Promise<{ id: string, plugin: string, holder: Running }[]> {
    const runs = await Promise.all(wanted.map(async ({ plugin, config }, index) => {
      const { service } = both[index % 2] ?? assert.fail()
      const as = index % 3 === 0 ? BOB : ALICE
      const processingId = await service.create(plugin, { as, config })
      return { plugin, id: (await service.call('POST', `/api/v1/processings/${processingId}/_trigger`, { as })).json._id as string }
    }))
    return await Promise.all(runs.map(async run => {
      for (;;) {
        const { log } = (await both[0].service.call('GET', `/api/v1/runs/${run.id}`)).json
        if (messages({ log }).includes('begun')) break
        await wait(25)
      }
      const found = await database.db.collection<{ _id: string, runner: string }>('runs').findOne({ _id: run.id })
      const runner = await database.db.collection<{ _id: string, pid: number }>('runners').findOne({ _id: found?.runner })
      return { ...run, holder: both.find(({ called }) => called.child.pid === runner?.pid) ?? assert.fail(`a runner of the two is wanted, found ${JSON.stringify(runner)}`) }
    }))
  }

  it('run each run once, and both tell it', async () => {
    const runs = await Promise.all(Array.from({ length: 12 }, async (_, n) => {
      const { service } = both[n % 2] ?? assert.fail()
      const as = n % 3 === 0 ? BOB : ALICE
      return n < 6
        ? await service.run(await service.create('hello', { as, config: { name: `number ${n}` } }), as)
        : await service.run(await service.create('writes-then-waits', { as, config: { url: effectUrl(`once-${n}`), ms: 1 } }), as)
    }))
    for (const [n, run] of runs.entries()) {
      assert.equal(run.status, 'finished', JSON.stringify(run))
      if (n < 6) assert.deepEqual(messages(run).filter(msg => msg.startsWith('Hello')), [`Hello, number ${n}!`])
      else assert.deepEqual([...effects].filter(([sent]) => sent.startsWith(`/once-${n} `)).map(([, count]) => count), [1])
      for (const { service } of both) assert.deepEqual(messages((await service.call('GET', `/api/v1/runs/${run._id}`)).json), messages(run))
    }
  })

  it('end a plugin that throws in error, triggered through either', async () => {
    for (const { service } of both) {
      const run = await service.run(await service.create('throws'))
      assert.equal(run.status, 'error')
      assert.equal(run.outcome.code, 'plugin-error', JSON.stringify(run.outcome))
    }
  })

  it('stop a run that the other one holds', async () => {
    const runs = await begin(Array.from({ length: 2 * PLACES }, () => ({ plugin: 'waits', config: { ms: 60_000 } })))
    for (const one of both) assert.equal(runs.filter(({ holder }) => holder === one).length, PLACES)
    await Promise.all(runs.map(async ({ id, holder }) => {
      const { service } = both.find(one => one !== holder) ?? assert.fail()
      assert.equal((await service.call('POST', `/api/v1/runs/${id}/_kill`)).status, 200)
      assert.equal((await service.ended(id)).status, 'killed')
    }))
  })

  it('run a planned run at its time, once, and plan the next one', async () => {
    const store = await openMongoStore({ url: database.url })
    const scheduledAt = new Date(Date.now() + 3_000).toISOString()
    const scheduling = [{ type: 'monthly', month: '*', dayOfWeek: '*', dayOfMonth: 1, hour: 0, minute: 30 }] as const
    try {
      await store.processings.insert(processing('planned', { owner: ALICE, plugin: 'writes-then-waits', active: true, config: { url: effectUrl('planned'), ms: 1 }, scheduling }))
      await store.runs.replacePending({ _id: 'its-run', status: 'scheduled', owner: ALICE, plugin: 'writes-then-waits', processing: { _id: 'planned', title: 'Processing planned' }, createdAt: new Date().toISOString(), scheduledAt })
    } finally {
      await store.close()
    }
    const [{ service }] = both
    const run = await service.ended('its-run')
    assert.equal(run.status, 'finished', JSON.stringify(run))
    assert.ok(run.startedAt >= scheduledAt)
    assert.deepEqual([...effects].filter(([sent]) => sent.startsWith('/planned ')).map(([, count]) => count), [1])
    let after = (await service.call('GET', '/api/v1/processings/planned')).json
    for (let looks = 0; after.nextRun === undefined && looks < 200; looks++, after = (await service.call('GET', '/api/v1/processings/planned')).json) await wait(25)
    assert.equal(after.nextRun?.status, 'scheduled')
    assert.equal(await database.db.collection('runs').countDocuments({ 'processing._id': 'planned' }), 2)
  })

  it('survive the SIGKILL of one: the other settles its runs, runs again those without effects, and none twice that had one', async () => {
    // Of 2 × 3 places: whoever holds a run without effects holds one with effects too.
    const runs = await begin([
      ...Array.from({ length: 2 }, () => ({ plugin: 'waits', config: { ms: 5_000 } })),
      ...Array.from({ length: 4 }, (_, n) => ({ plugin: 'writes-then-waits', config: { url: effectUrl(`killed-${n}`), ms: 5_000 } }))
    ])
    const victim = runs.find(({ plugin }) => plugin === 'waits')?.holder ?? assert.fail()
    const other = both.find(one => one !== victim) ?? assert.fail()
    victim.called.child.kill('SIGKILL')
    await victim.called.ended
    for (const { id, plugin, holder } of runs) {
      const run = await other.service.ended(id, 60_000)
      const begun = messages(run).filter(msg => msg === 'begun').length
      if (holder === other) assert.deepEqual([run.status, begun], ['finished', 1], JSON.stringify(run))
      else if (plugin === 'waits') assert.deepEqual([run.status, begun], ['finished', 2], JSON.stringify(run))
      else assert.deepEqual([run.status, run.outcome.code, begun], ['error', 'interrupted', 1], JSON.stringify(run))
    }
    assert.deepEqual([...effects].filter(([sent]) => sent.startsWith('/killed-')).map(([, count]) => count), [1, 1, 1, 1])
    assert.equal(await database.db.collection('runs').countDocuments({ status: { $in: ['running', 'kill'] } }), 0)
  })
})
