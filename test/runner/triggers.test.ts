import assert from 'node:assert/strict'
import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises'
import { createBus } from '../../runner/bus.ts'
import { createLocalQueue } from '../../runner/queue/local.ts'
import { createTriggers } from '../../runner/triggers.ts'
import { openTemporaryStore, processing, type TemporaryStore } from './temporary-store.ts'
import type { Queue } from '../../runner/queue/types.ts'
import type { Bus, Topic, TriggerResult, Triggers } from '../../runner/types.ts'
import { StoreError, type Processing, type Run, type Scheduling } from '../../store/types.ts'

const everyDay: Scheduling = { type: 'daily', month: '*', dayOfWeek: '*', dayOfMonth: '*', hour: 7, minute: 30, timeZone: 'UTC' }
const never: Scheduling = { ...everyDay, month: '2', dayOfMonth: 31 }

describe('triggers', () => {
  let temporary: TemporaryStore
  let queue: Queue
  let bus: Bus
  let triggers: Triggers
  let now: number
  let heard: Topic[]

  beforeEach(async () => {
    temporary = await openTemporaryStore()
    queue = createLocalQueue()
    bus = createBus()
    now = Date.parse('2026-03-10T10:00:00.000Z')
    triggers = createTriggers({ store: temporary.store, queue, bus, locale: 'en', clock: () => now })
    heard = []
    for (const topic of ['due', 'kill'] as const) bus.subscribe(topic, () => heard.push(topic))
  })
  afterEach(async () => {
    await queue.close()
    await temporary.dispose()
  })

  async function insert (fields: Partial<Processing> = {}): Promise<Processing> {
    const document = processing('p', fields)
    await temporary.store.processings.insert(document)
    return document
  }
  const fresh = async (): Promise<Processing> => await temporary.store.processings.get('p') as Processing // each test inserts it
  const pending = async (): Promise<Run[]> => await temporary.store.runs.pending({ limit: 1_000 })
  function runOf (result: TriggerResult): Run {
    assert(result.ok, 'a run was expected')
    return result.run
  }
  async function begin (run: Run): Promise<void> {
    assert(await temporary.store.runs.claim(run._id, 'runner', run.scheduledAt ?? run.createdAt))
  }

  /** Triggers over the same store, each of whose operations on runs is preceded by `before`. */
  function withRuns (before: (name: string) => Promise<void>): Triggers {
    const { runs, processings } = temporary.store
    const watched = Object.fromEntries(Object.entries(runs).map(([name, operation]) => [name, async (...args: unknown[]) => {
      await before(name)
      return await operation(...args)
    }]))
    return createTriggers({ store: { processings, runs: watched as unknown as typeof runs }, queue, bus, locale: 'en', clock: () => now }) // the same operations
  }

  describe('trigger', () => {
    it('makes a run that is due now, with all that the run keeps of its processing', async () => {
      const permissions = [{ profile: 'read', target: { type: 'userEmail', email: 'a@example.org' } }] as const
      const run = runOf(await triggers.trigger(await insert({ permissions })))
      assert.equal(run.status, 'triggered')
      assert.equal(run.scheduledAt, '2026-03-10T10:00:00.000Z')
      assert.equal(run.plugin, '@example/hello')
      assert.deepEqual(run.owner, { type: 'organization', id: 'town', name: 'Town' })
      assert.deepEqual(run.permissions, permissions)
      assert.equal((await fresh()).nextRun?._id, run._id)
      await turn()
      assert.deepEqual(heard, ['due'])
    })

    it('keeps why there is a run: a person, unless it is told; what waits already keeps its own', async () => {
      const document = await insert()
      const run = runOf(await triggers.trigger(document, { cause: { type: 'webhook', body: { rows: 5 } } }))
      assert.deepEqual((await temporary.store.runs.get(run._id))?.trigger, { type: 'webhook', body: { rows: 5 } })
      runOf(await triggers.trigger(document, { delaySeconds: 60 }))
      assert.deepEqual((await temporary.store.runs.get(run._id))?.trigger, { type: 'webhook', body: { rows: 5 } })
    })

    it('tells a person from the schedule', async () => {
      const document = await insert({ scheduling: [everyDay] })
      assert.deepEqual((await triggers.arm(document))?.trigger, { type: 'schedule' })
      assert.deepEqual(runOf(await triggers.trigger(document)).trigger, { type: 'manual' })
    })

    it('refuses an inactive processing', async () => {
      assert.deepEqual(await triggers.trigger(await insert({ active: false })), { ok: false, code: 'inactive' })
      assert.deepEqual(await pending(), [])
    })

    it('makes one run of a hundred triggers at once', async () => {
      const document = await insert()
      const results = await Promise.all(Array.from({ length: 100 }, async () => await triggers.trigger(document)))
      assert.equal(new Set(results.map(result => runOf(result)._id)).size, 1)
      assert.equal((await pending()).length, 1)
    })

    it('makes one run of a hundred triggers at once with delays', async () => {
      const document = await insert()
      const results = await Promise.all(Array.from({ length: 100 }, async (_, i) => await triggers.trigger(document, { delaySeconds: i })))
      assert(results.every(result => result.ok))
      assert.equal((await pending()).length, 1)
    })

    it('waits for its delay', async () => {
      const run = runOf(await triggers.trigger(await insert(), { delaySeconds: 90 }))
      assert.equal(run.scheduledAt, '2026-03-10T10:01:30.000Z')
      assert.equal(await temporary.store.runs.claim(run._id, 'runner', '2026-03-10T10:01:29.999Z'), undefined)
      await turn()
      assert.deepEqual(heard, [])
    })

    it('moves the date of a waiting run when a delay is given, and keeps its id', async () => {
      const document = await insert()
      const first = runOf(await triggers.trigger(document, { delaySeconds: 90 }))
      now += 10_000
      assert.equal(runOf(await triggers.trigger(document)).scheduledAt, first.scheduledAt)
      const moved = runOf(await triggers.trigger(document, { delaySeconds: 0 }))
      assert.equal(moved._id, first._id)
      assert.equal(moved.createdAt, first.createdAt)
      assert.equal(moved.scheduledAt, '2026-03-10T10:00:10.000Z')
      assert.equal((await pending()).length, 1)
    })

    it('does not touch a run that waits to be resumed', async () => {
      const document = await insert()
      const run = runOf(await triggers.trigger(document))
      await begin(run)
      await temporary.store.logs.append(run._id, 1, [{ seq: 1, type: 'info', msg: 'x', date: run.createdAt }])
      await temporary.store.runs.handBack(run._id, 1, run.createdAt, { reason: 'interrupted', quarantine: false })
      const again = runOf(await triggers.trigger(document, { delaySeconds: 60 }))
      assert.equal(again._id, run._id)
      assert.equal(again.attempt, 1)
      assert.equal(await temporary.store.logs.last(run._id), 1)
    })

    it('never loses a waiting run whose date is moved, whenever the store stops answering', async () => {
      const document = await insert()
      const run = runOf(await triggers.trigger(document, { delaySeconds: 90 }))
      for (let calls = 0; calls < 5; calls++) {
        let left = calls
        const failing = withRuns(async () => { if (left-- <= 0) throw new StoreError('unavailable', 'the store has gone') })
        await failing.trigger(document, { delaySeconds: 10 + calls }).catch(() => undefined) // failing is allowed, losing the run is not
        assert.deepEqual((await pending()).map(({ _id }) => _id), [run._id], `after ${calls} calls`)
      }
    })

    it('answers the run as it is when somebody takes it, hands it back or ends it while its date is moved', async () => {
      const document = await insert()
      const run = runOf(await triggers.trigger(document, { delaySeconds: 90 }))
      const { runs } = temporary.store
      const meanwhile = async (act: () => Promise<unknown>): Promise<TriggerResult> => {
        const raced = withRuns(async name => { if (name === 'reschedule') await act() })
        return await raced.trigger(document, { delaySeconds: 60 })
      }
      const taken = await meanwhile(async () => await runs.claim(run._id, 'runner', '2026-03-10T11:00:00.000Z'))
      assert.deepEqual([taken.ok, !taken.ok && taken.code, !taken.ok && taken.active?.status], [false, 'already-running', 'running'])
      await runs.handBack(run._id, 1, run.createdAt, { reason: 'interrupted', quarantine: false })
      assert.equal(runOf(await meanwhile(async () => undefined)).scheduledAt, run.createdAt)
      const next = runOf(await meanwhile(async () => await runs.kill(run._id, run.createdAt, { code: 'killed', message: '' })))
      assert.notEqual(next._id, run._id)
      assert.equal(next.scheduledAt, '2026-03-10T10:01:00.000Z')
      assert.deepEqual((await pending()).map(({ _id }) => _id), [next._id])
    })

    it('replaces the planned run', async () => {
      const document = await insert({ scheduling: [everyDay] })
      const planned = await triggers.arm(document)
      const run = runOf(await triggers.trigger(await fresh()))
      assert.notEqual(run._id, planned?._id)
      assert.deepEqual((await pending()).map(({ _id }) => _id), [run._id])
    })

    it('answers the run that is under way', async () => {
      const document = await insert()
      const run = runOf(await triggers.trigger(document))
      await begin(run)
      const result = await triggers.trigger(document)
      assert(!result.ok)
      assert.equal(result.code, 'already-running')
      assert.equal(result.active?._id, run._id)
    })

    it('refuses a delay that makes no sense', async () => {
      const document = await insert()
      for (const delaySeconds of [-1, NaN, Infinity]) await assert.rejects(triggers.trigger(document, { delaySeconds }), { name: 'RangeError' })
    })

    it('wakes the queue at its time', async () => {
      let due = 0
      await queue.start(() => { due++ })
      now = Date.now()
      await triggers.trigger(await insert(), { delaySeconds: 0.05 })
      assert.equal(due, 0)
      await delay(150)
      assert.equal(due, 1)
    })
  })

  describe('arm', () => {
    it('plans the next date of an active processing', async () => {
      const run = await triggers.arm(await insert({ scheduling: [everyDay] }))
      assert.equal(run?.status, 'scheduled')
      assert.equal(run.scheduledAt, '2026-03-11T07:30:00.000Z')
      assert.equal((await fresh()).nextRun?._id, run._id)
    })

    it('replaces the planned run', async () => {
      await triggers.arm(await insert({ scheduling: [everyDay] }))
      const run = await triggers.arm({ ...await fresh(), scheduling: [{ ...everyDay, hour: 9 }] })
      assert.equal(run?.scheduledAt, '2026-03-11T09:30:00.000Z')
      assert.equal((await pending()).length, 1)
    })

    it('removes the planned run when there is nothing to plan any more', async () => {
      await triggers.arm(await insert({ scheduling: [everyDay] }))
      assert.equal(await triggers.arm({ ...await fresh(), scheduling: [] }), undefined)
      assert.deepEqual(await pending(), [])
      await triggers.arm(await fresh())
      assert.equal(await triggers.arm({ ...await fresh(), active: false }), undefined)
      assert.deepEqual(await pending(), [])
    })

    it('leaves a run alone that a person has asked for, and one that is under way', async () => {
      const document = await insert({ scheduling: [everyDay] })
      const run = runOf(await triggers.trigger(document))
      assert.equal(await triggers.arm(await fresh()), undefined)
      assert.equal(await triggers.arm({ ...await fresh(), scheduling: [] }), undefined)
      assert.equal((await temporary.store.runs.get(run._id))?.status, 'triggered')
      await begin(run)
      assert.equal(await triggers.arm(await fresh()), undefined)
      assert.equal((await temporary.store.runs.get(run._id))?.status, 'running')
    })

    it('leaves a run alone that a person asks for while the planned one is removed', async () => {
      await triggers.arm(await insert({ scheduling: [everyDay] }))
      const document = await fresh()
      const raced = withRuns(async name => { if (name === 'removePending') runOf(await triggers.trigger(document)) })
      assert.equal(await raced.arm({ ...document, scheduling: [] }), undefined)
      assert.deepEqual((await pending()).map(({ status }) => status), ['triggered'])
    })

    it('says which rule has no date', async () => {
      await assert.rejects(triggers.arm(await insert({ scheduling: [never] })), { name: 'ScheduleError', code: 'schedule-never' })
    })
  })

  it('disarm removes what waits, and wakes who looks at it', async () => {
    const run = runOf(await triggers.trigger(await insert()))
    const woken = new Promise<void>(resolve => bus.subscribe(`run:${run._id}`, resolve))
    await triggers.disarm('p')
    await woken
    assert.deepEqual(await pending(), [])
    assert.equal((await fresh()).nextRun, undefined)
  })

  describe('kill', () => {
    it('asks for the end of a run that is under way', async () => {
      const run = runOf(await triggers.trigger(await insert()))
      await begin(run)
      await turn()
      heard = []
      assert.equal((await triggers.kill(run._id))?.status, 'kill')
      await turn()
      assert.deepEqual(heard, ['kill'])
      assert.equal((await triggers.kill(run._id))?.status, 'kill')
    })

    it('ends a run that waits at once, with its outcome, and plans the next one', async () => {
      const document = await insert({ scheduling: [everyDay] })
      const run = runOf(await triggers.trigger(document, { delaySeconds: 172_800 }))
      const killed = await triggers.kill(run._id)
      assert.equal(killed?.status, 'killed')
      assert.equal(killed.outcome?.code, 'killed')
      assert.equal(killed.outcome.message, 'The run was stopped')
      assert.deepEqual((await pending()).map(({ status, scheduledAt }) => [status, scheduledAt]), [['scheduled', '2026-03-11T07:30:00.000Z']])
    })

    it('skips a planned run: the one after it is planned', async () => {
      const planned = await triggers.arm(await insert({ scheduling: [everyDay] })) as Run // the rule has a date
      assert.equal((await triggers.kill(planned._id))?.status, 'killed')
      assert.deepEqual((await pending()).map(({ scheduledAt }) => scheduledAt), ['2026-03-12T07:30:00.000Z'])
    })

    it('does not fail because a rule has no further date', async () => {
      const run = runOf(await triggers.trigger(await insert({ scheduling: [never] })))
      assert.equal((await triggers.kill(run._id))?.status, 'killed')
    })

    it('changes nothing of a run that has ended, or does not exist', async () => {
      const run = runOf(await triggers.trigger(await insert()))
      await triggers.kill(run._id)
      const before = await temporary.store.runs.get(run._id)
      now += 1_000
      assert.equal(await triggers.kill(run._id), undefined)
      assert.equal(await triggers.kill('unknown'), undefined)
      assert.deepEqual(await temporary.store.runs.get(run._id), before)
    })
  })
})
