import assert from 'node:assert/strict'
import { reasonsOf } from '../../api/waiting-for.ts'
import type { Run } from '../../store/types.ts'
import { blue, openService, red, type Caller, type Service } from './service.ts'

const NOW = Date.parse('2026-03-10T10:00:00.000Z')
const at = (seconds: number): string => new Date(NOW + seconds * 1000).toISOString()
const run: Run = { _id: 'r', owner: blue, processing: { _id: 'p', title: 'P' }, plugin: 'hello', status: 'triggered', createdAt: at(-60), scheduledAt: at(-30), attempt: 0 }
const facts = { now: NOW, heartbeats: [at(-5)], held: [], quotaSeconds: -1, crashes: [] }
const options = { places: 2, deadAfterMs: 30_000, breaker: { crashes: 3, windowMs: 300_000, pauseMs: 900_000 } }

describe('why a run waits', () => {
  describe('is told from what is known', () => {
    it('nothing when it is about to start', () => assert.deepEqual(reasonsOf(run, facts, options), []))

    it('its date', () => {
      assert.deepEqual(reasonsOf({ ...run, status: 'scheduled', scheduledAt: at(60) }, { ...facts, heartbeats: [] }, options), [{ code: 'date', params: { date: at(60) }, since: at(-60) }])
    })

    it('that it is tried again later', () => {
      assert.deepEqual(reasonsOf({ ...run, scheduledAt: at(60), resumed: { reason: 'retry', quarantine: false, retry: 2 } }, facts, options), [{ code: 'retry', params: { date: at(60), count: 2 }, since: at(-60) }])
    })

    it('that no runner is alive, since the last sign of life', () => {
      assert.deepEqual(reasonsOf(run, { ...facts, heartbeats: [at(-90), at(-31)] }, options), [{ code: 'no-runner', params: {}, since: at(-30) }])
      assert.deepEqual(reasonsOf({ ...run, scheduledAt: at(-50) }, { ...facts, heartbeats: [at(-90), at(-31)] }, options), [{ code: 'no-runner', params: {}, since: at(-31) }])
    })

    it('that all places of all runners are taken, and how many by its account', () => {
      const held = [{ type: 'organization', id: 'blue', count: 1 }, { type: 'user', id: 'ada', count: 3 }] as const
      assert.deepEqual(reasonsOf(run, { ...facts, heartbeats: [at(-5), at(-1)], held }, options), [{ code: 'places', params: { own: 1, places: 4 }, since: at(-30) }])
      assert.deepEqual(reasonsOf(run, { ...facts, heartbeats: [at(-5), at(-1)], held: held.slice(1) }, options), [])
    })

    it('that the time of the account is used up, also before the date', () => {
      assert.deepEqual(reasonsOf({ ...run, scheduledAt: at(60) }, { ...facts, quotaSeconds: 0 }, options).map(({ code }) => code), ['date', 'quota'])
    })

    it('that its plugin is paused', () => {
      const crashes = [{ crashes: [at(-200), at(-100), at(-50)] }]
      assert.deepEqual(reasonsOf(run, { ...facts, crashes }, options), [{ code: 'plugin-paused', params: { plugin: 'hello', until: at(850) }, since: at(-50) }])
      assert.deepEqual(reasonsOf(run, { ...facts, now: NOW + 900_000, heartbeats: [at(900)], crashes }, options), [])
    })
  })

  describe('is answered with the run', () => {
    let service: Service
    before(async () => { service = await openService({ waiting: options }) })
    after(() => service.close())

    async function triggered (as: Caller = blue, query = ''): Promise<Run> {
      const { _id } = await service.processing(as, { active: true, config: {} })
      return (await service.call('POST', `/api/v1/processings/${_id}/_trigger${query}`, { as })).json
    }
    const read = async (id: string, headers = {}, as: Caller = blue) => (await service.call('GET', `/api/v1/runs/${id}`, { as, headers })).json

    it('in the caller\'s language, with its date', async () => {
      const { _id, scheduledAt } = await triggered(blue, '?delay=3600')
      const [reason] = (await read(_id, { 'accept-language': 'fr' })).waitingFor
      assert.deepEqual([reason.code, reason.params, reason.message], ['date', { date: scheduledAt }, `Elle commence à la date prévue : ${scheduledAt}.`])
    })

    it('and in lists, until it starts', async () => {
      const { _id, processing } = await triggered()
      const listed = async () => (await service.call('GET', `/api/v1/runs?processing=${processing._id}`, { as: blue })).json.results[0]
      assert.deepEqual((await listed()).waitingFor.map(({ code }: { code: string }) => code), ['no-runner'])
      await service.store.runners.beat({ id: 'r1', host: 'h', pid: 1, startedAt: new Date().toISOString(), heartbeatAt: new Date().toISOString() })
      assert.deepEqual((await read(_id)).waitingFor, [])
      await service.claim(processing._id)
      assert.ok(!('waitingFor' in await read(_id)) && !('waitingFor' in await listed()))
      await service.store.runners.remove('r1')
    })

    it('with the quota of its owner', async () => {
      await service.store.limits.put(red, { name: 'Red', lastUpdate: new Date().toISOString(), processings_seconds: { limit: 10, consumption: 10 } })
      const { _id } = await triggered(red, '?delay=60')
      assert.deepEqual((await read(_id, {}, red)).waitingFor.map(({ code }: { code: string }) => code), ['date', 'quota'])
    })
  })
})
