import assert from 'node:assert/strict'
import { createBus } from '../../runner/bus.ts'
import { createAfterRun, createLastLine, shouldDisable } from '../../runner/after-run.ts'
import { createLocalQueue } from '../../runner/queue/local.ts'
import { createTriggers } from '../../runner/triggers.ts'
import { openTemporaryStore, processing, type TemporaryStore } from './temporary-store.ts'
import type { AfterRunOptions } from '../../runner/after-run.ts'
import type { Queue } from '../../runner/queue/types.ts'
import type { Processing, Run, Scheduling } from '../../store/types.ts'

const atHour = (hour: number): string => new Date(Date.UTC(2026, 0, 1, hour)).toISOString()
const errorAt = (hour: number): Pick<Run, 'status' | 'finishedAt'> => ({ status: 'error', finishedAt: atHour(hour) })
const okAt = (hour: number): Pick<Run, 'status' | 'finishedAt'> => ({ status: 'finished', finishedAt: atHour(hour) })

describe('after a run: shouldDisable', () => {
  it('RUNOP-01 is false below the number of failures', () => assert.equal(shouldDisable([errorAt(0), errorAt(20), okAt(30)], 3, 12), false))
  it('RUNOP-02 is false when the failures span less than the cooldown', () => assert.equal(shouldDisable([errorAt(0), errorAt(5), errorAt(11)], 3, 12), false))
  it('RUNOP-03 is true when number and span are reached', () => assert.equal(shouldDisable([errorAt(12), errorAt(5), errorAt(0)], 3, 12), true))
  it('RUNOP-04 is false without dates', () => assert.equal(shouldDisable([{ status: 'error' }, { status: 'error' }], 2, 0), false))
  it('RUNOP-05 is true at once without cooldown', () => assert.equal(shouldDisable([errorAt(3)], 1, 0), true))
  it('RUNOP-06 is false beyond the number: it must be equal', () => assert.equal(shouldDisable([errorAt(0), errorAt(6), errorAt(12)], 2, 12), false))
  it('is false for no runs and no failures allowed', () => assert.equal(shouldDisable([], 0, 0), false))
})

describe('after a run', () => {
  const everyDay: Scheduling = { type: 'daily', month: '*', dayOfWeek: '*', dayOfMonth: '*', hour: 7, minute: 30, timeZone: 'UTC' }
  let temporary: TemporaryStore
  let queue: Queue
  let errors: string[]
  let disabled: string[]

  beforeEach(async () => {
    temporary = await openTemporaryStore()
    queue = createLocalQueue()
    errors = []
    disabled = []
  })
  afterEach(async () => {
    await queue.close()
    await temporary.dispose()
  })

  function open (changes: Partial<AfterRunOptions> = {}): (run: Run) => Promise<void> {
    const { store } = temporary
    const triggers = createTriggers({ store, queue, bus: createBus(), locale: 'en' })
    return createAfterRun({ store, bus: createBus(), locale: 'en', triggers, maxFailures: 3, cooldownHours: 2, retention: 10, onError: (step, _run, error) => errors.push(`${step}: ${(error as Error).message}`), onDisabled: run => disabled.push(run._id), ...changes })
  }
  async function insert (fields: Partial<Processing> = {}): Promise<void> {
    await temporary.store.processings.insert(processing('p', fields))
  }
  /** A run that ended at an hour. */
  async function end (hour: number, status: 'finished' | 'error' | 'killed' = 'error', deleteOnComplete = false): Promise<Run> {
    const { store } = temporary
    const [_id, date] = [`run-${hour}`, atHour(hour)]
    const { owner, title } = processing('p')
    await store.runs.replacePending({ _id, owner, processing: { _id: 'p', title }, status: 'triggered', createdAt: date, scheduledAt: date })
    await store.runs.claim(_id, 'runner', date)
    const run = await store.runs.finish(_id, 1, { status, finishedAt: date, outcome: { code: 'finished', message: '' }, deleteOnComplete })
    assert(run !== undefined)
    return run
  }
  const fresh = async (): Promise<Processing | undefined> => await temporary.store.processings.get('p')
  const runs = async (): Promise<string[]> => (await temporary.store.runs.list({ processings: ['p'] }, { size: 100, skip: 0 })).results.map(run => run._id)

  it('deactivates a processing that failed too often, and plans nothing more', async () => {
    await insert({ scheduling: [everyDay] })
    const afterRun = open()
    for (const hour of [1, 2, 3]) await afterRun(await end(hour))
    assert.equal((await fresh())?.active, false)
    assert.equal((await fresh())?.nextRun, undefined)
    assert.deepEqual(disabled, ['run-3'])
    assert.deepEqual(errors, [])
  })

  it('says so in the log of the last run, after all that is there', async () => {
    await insert()
    const { store } = temporary
    const afterRun = open()
    for (const hour of [1, 2]) await afterRun(await end(hour))
    const last = await end(3)
    await store.logs.append(last._id, 1, [{ seq: 1, type: 'error', msg: 'it failed', date: atHour(3) }])
    await afterRun(last)
    const [, entry] = await store.logs.read(last._id, { limit: 10 })
    assert.deepEqual([entry?.seq, entry?.type, entry?.code, entry?.params], [2, 'warning', 'processing-disabled', { count: 3, key: 'MAX_FAILURES' }])
    assert.equal(entry?.msg, 'The processing is deactivated: its last 3 runs have all failed. Correct the cause, then activate it again. An administrator can raise `MAX_FAILURES`.')
  })

  it('is foreseen before the end, so that the log says it there; then it is not said twice', async () => {
    await insert()
    const { store } = temporary
    const options: AfterRunOptions = { store, bus: createBus(), locale: 'en', triggers: createTriggers({ store, queue, bus: createBus(), locale: 'en' }), maxFailures: 3, cooldownHours: 2, retention: 10, onError: step => errors.push(step) }
    const [afterRun, lastLine] = [createAfterRun(options), createLastLine(options)]
    const { owner, title } = processing('p')
    const foreseen: unknown[] = []
    for (const hour of [1, 2, 3]) {
      const [_id, date] = [`run-${hour}`, atHour(hour)]
      await store.runs.replacePending({ _id, owner, processing: { _id: 'p', title }, status: 'triggered', createdAt: date, scheduledAt: date })
      const run = await store.runs.claim(_id, 'runner', date)
      assert(run !== undefined)
      assert.equal(await lastLine(run, { status: 'finished', finishedAt: date }), undefined)
      const line = await lastLine(run, { status: 'error', finishedAt: date })
      foreseen.push(line?.code)
      if (line !== undefined) await store.logs.append(_id, 1, [{ ...line, seq: 1, msg: 'deactivated', date }])
      const ended = await store.runs.finish(_id, 1, { status: 'error', finishedAt: date, outcome: { code: 'plugin-error', message: '' } })
      assert(ended !== undefined)
      await afterRun(ended)
    }
    assert.deepEqual(foreseen, [undefined, undefined, 'processing-disabled'])
    assert.deepEqual((await store.logs.read('run-3', { limit: 10 })).map(({ seq, code }) => [seq, code]), [[1, 'processing-disabled']])
    assert.equal((await fresh())?.active, false)
    assert.deepEqual(errors, [])
  })

  it('is not foreseen by a store that fails: that is reported, and the run ends all the same', async () => {
    await insert()
    const { store } = temporary
    const run = await end(1)
    const lastLine = createLastLine({ store: { ...store, processings: { ...store.processings, get: async () => { throw new Error('disk full') } } }, bus: createBus(), locale: 'en', triggers: createTriggers({ store, queue, bus: createBus(), locale: 'en' }), maxFailures: 1, cooldownHours: 0, retention: 10, onError: (step, _run, error) => errors.push(`${step}: ${(error as Error).message}`) })
    assert.equal(await lastLine(run, run), undefined)
    assert.deepEqual(errors, ['failure-policy: disk full'])
  })

  it('judges the last runs only: a success among them, or a failure of long ago, changes nothing', async () => {
    await insert()
    const afterRun = open()
    await afterRun(await end(1)) // would stretch the span, were it counted
    for (const [hour, status] of [[100, 'error'], [101, 'finished'], [102, 'error'], [103, 'error']] as const) await afterRun(await end(hour, status))
    assert.equal((await fresh())?.active, true)
    await afterRun(await end(103.5)) // three errors in a row, within an hour and a half
    assert.equal((await fresh())?.active, true)
    assert.deepEqual(disabled, [])
  })

  it('does not count a kill as a failure', async () => {
    await insert()
    const afterRun = open()
    for (const hour of [1, 2, 3, 4]) await afterRun(await end(hour, 'killed'))
    assert.equal((await fresh())?.active, true)
  })

  it('plans the next run of an active processing with rules', async () => {
    await insert({ scheduling: [everyDay] })
    await open()(await end(1, 'finished'))
    assert.equal((await fresh())?.nextRun?.status, 'scheduled')
  })

  it('deletes the run when it asked for it', async () => {
    await insert()
    const afterRun = open()
    await afterRun(await end(1, 'finished'))
    await afterRun(await end(2, 'finished', true))
    assert.deepEqual(await runs(), ['run-1'])
  })

  it('keeps the newest runs only', async () => {
    await insert()
    const afterRun = open({ retention: 2 })
    for (const hour of [1, 2, 3, 4]) await afterRun(await end(hour, 'finished'))
    assert.deepEqual((await runs()).sort(), ['run-3', 'run-4'])
  })

  it('reports a step that fails, does the others, and never rejects', async () => {
    await insert({ scheduling: [{ ...everyDay, month: '2', dayOfMonth: 31 }] })
    const { store } = temporary
    const run = await end(1, 'error', true)
    const failing = { ...store.runs, lastEnded: async () => { throw new Error('disk full') } }
    await open({ store: { processings: store.processings, limits: store.limits, logs: store.logs, runs: failing } })(run)
    assert.equal(errors.length, 2)
    assert.match(errors[0] as string, /^failure-policy: disk full$/)
    assert.match(errors[1] as string, /^next-run: a scheduling rule must have a future date/)
    assert.deepEqual(await runs(), [])
  })

  it('does nothing for a processing that has gone', async () => {
    await insert()
    const run = await end(1)
    await temporary.store.processings.remove('p')
    await open()(run)
    assert.deepEqual(errors, [])
  })
})
