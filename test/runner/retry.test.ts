import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { dueAfter, planRetry } from '../../runner/retry.ts'
import { openRunner, type TestRunner } from './open-runner.ts'
import { processing } from './temporary-store.ts'
import type { Processing, Run } from '../../store/types.ts'

const retry = { max: 3, backoffSeconds: 10 }
const failed = (message: string, stack?: string) => ({ result: { ok: false, error: { code: 'plugin-error', message, ...(stack === undefined ? {} : { stack }) } } } as const)

describe('retries', () => {
  describe('are planned', () => {
    const plan = (code: Parameters<typeof planRetry>[0]['code'], params = {}, facts = {}, run: Pick<Run, 'resumed'> = {}) => planRetry({ code, params }, facts, run, retry)

    it('for what may heal by itself, and nothing else', () => {
      const healing = [
        plan('registry-unavailable'),
        plan('interrupted'),
        plan('network-limit', { variant: 'time' }),
        plan('http-error', { message: '503 - Service Unavailable - come back' }),
        plan('plugin-error', {}, failed('connect ECONNREFUSED 10.0.0.1:443')),
        plan('plugin-error', {}, failed('fetch failed', 'TypeError: fetch failed\n  [cause]: getaddrinfo EAI_AGAIN x.test'))
      ]
      assert.ok(healing.every(found => found !== undefined))
      const final = [
        plan('finished'), plan('killed'), plan('memory-limit'), plan('network-denied'), plan('network-limit', { variant: 'bytes' }), plan('plugin-not-found'),
        plan('http-error', { message: '404 - Not Found' }), plan('http-error', { message: '5033 rows' }), plan('plugin-error', {}, failed('no such column'))
      ]
      assert.ok(final.every(found => found === undefined))
    })

    it('so many times, each after twice as long, an hour at most', () => {
      const counts: unknown[] = []
      for (let run: Pick<Run, 'resumed'> = {}; ;) {
        const found = plan('interrupted', {}, {}, run)
        if (found === undefined) break
        counts.push([found.told.count, found.told.delayMs, dueAfter(found, 0)])
        run = { resumed: found.resumed }
      }
      assert.deepEqual(counts, [[1, 10_000, '1970-01-01T00:00:10.000Z'], [2, 20_000, '1970-01-01T00:00:20.000Z'], [3, 40_000, '1970-01-01T00:00:40.000Z']])
      assert.equal(planRetry({ code: 'interrupted', params: {} }, {}, { resumed: { reason: 'retry', quarantine: false, retry: 4 } }, { max: 5, backoffSeconds: 3600 })?.told.delayMs, 3_600_000)
    })

    it('never without the processing wanting it', () => {
      assert.equal(planRetry({ code: 'interrupted', params: {} }, {}, {}, undefined), undefined)
      assert.equal(planRetry({ code: 'interrupted', params: {} }, {}, {}, { max: 0, backoffSeconds: 1 }), undefined)
    })

    it('keeping what else is known of the run', () => {
      assert.deepEqual(plan('interrupted', {}, {}, { resumed: { reason: 'interrupted', quarantine: true, interruptions: 4 } })?.resumed, { reason: 'retry', quarantine: true, interruptions: 4, retry: 1 })
    })
  })

  describe('of a real run', function () {
    this.timeout(20_000)
    let opened: TestRunner
    let port: number
    before(async () => {
      const server = createServer().listen(0, '127.0.0.1')
      await once(server, 'listening')
      port = (server.address() as AddressInfo).port // a TCP server has a port
      await new Promise(resolve => server.close(resolve))
    })
    beforeEach(async () => { opened = await openRunner({ allow: [`127.0.0.1:${port}`], plugins: 'retry', pollMs: 20 }) })
    afterEach(async () => { await opened.close() })

    async function begin (fields: Partial<Processing>): Promise<string> {
      const document = processing('p', { plugin: 'needs-network', config: { url: `http://127.0.0.1:${port}/` }, ...fields })
      await opened.store.processings.insert(document)
      const answer = await opened.triggers.trigger(document)
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
    const codes = async (id: string): Promise<unknown[]> => (await opened.store.logs.read(id, { limit: 100 })).map(entry => entry.code ?? entry.msg).filter(code => !['error-position', 'error-detail', 'hint'].includes(String(code)))

    it('go on until the network is back, in one run with one log', async () => {
      const id = await begin({ retry: { max: 5, backoffSeconds: 0.3 } })
      const waiting = await until(id, run => run.resumed?.retry === 1)
      assert.deepEqual([waiting.status, waiting.resumed?.reason], ['triggered', 'retry'])
      const server = createServer((_request, response) => response.end('back')).listen(port, '127.0.0.1')
      await once(server, 'listening')
      const run = await until(id, ({ finishedAt }) => finishedAt !== undefined)
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
      assert.deepEqual([run.status, run.attempt], ['finished', 2])
      assert.deepEqual(await codes(id), ['plugin-error', 'run-retry', 'resumed', 'answered 200', 'finished'])
      assert.deepEqual((await opened.store.processings.get('p'))?.lastRun?.status, 'finished')
    })

    it('end with the error once they are used up', async () => {
      const id = await begin({ retry: { max: 2, backoffSeconds: 0.05 } })
      const run = await until(id, ({ finishedAt }) => finishedAt !== undefined)
      assert.deepEqual([run.status, run.attempt, run.resumed?.retry, run.outcome?.code], ['error', 3, 2, 'plugin-error'])
      assert.deepEqual(await codes(id), ['plugin-error', 'run-retry', 'resumed', 'plugin-error', 'run-retry', 'resumed', 'plugin-error'])
      assert.deepEqual(opened.events.map(({ event }) => event), ['started', 'handed-back', 'started', 'handed-back', 'started', 'ended'])
    })

    it('come for a run with effects whose runner has died, too', async () => {
      const { store } = opened
      const document = processing('p', { plugin: 'needs-network', config: { url: `http://127.0.0.1:${port}/` }, retry: { max: 1, backoffSeconds: 0.05 } })
      await store.processings.insert(document)
      const now = new Date().toISOString()
      // Not yet due when the runner looks for work: somebody else, who is gone, has claimed it.
      await store.runs.replacePending({ _id: 'orphan', owner: document.owner, processing: { _id: 'p', title: 'P' }, status: 'triggered', createdAt: now, scheduledAt: new Date(Date.now() + 60_000).toISOString() })
      await store.runs.claim('orphan', 'gone', new Date(Date.now() + 120_000).toISOString())
      await store.runs.update('orphan', 1, { effects: { writes: 1, configPatches: 0, mails: 0 } })
      const run = await until('orphan', ({ finishedAt }) => finishedAt !== undefined)
      assert.deepEqual([run.attempt, run.resumed?.reason, run.resumed?.retry], [2, 'retry', 1])
      assert.deepEqual(await codes('orphan'), ['interrupted', 'run-retry', 'resumed', 'plugin-error'])
    })

    it('do not come when nobody wants them, nor after a kill while they wait', async () => {
      const id = await begin({ retry: { max: 5, backoffSeconds: 60 } })
      await until(id, run => run.resumed?.retry === 1)
      assert.equal((await opened.triggers.kill(id))?.status, 'killed')
      await opened.store.processings.patch('p', {}, ['retry'])
      const document = await opened.store.processings.get('p') as Processing // it was inserted
      const answer = await opened.triggers.trigger(document)
      assert(answer.ok)
      const run = await until(answer.run._id, ({ finishedAt }) => finishedAt !== undefined)
      assert.deepEqual([run.status, run.attempt], ['error', 1])
    })
  })
})
