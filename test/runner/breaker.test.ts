import assert from 'node:assert/strict'
import { createBreaker, isConvicted, openedBy, type Breaker } from '../../runner/breaker.ts'
import { toRunLimits } from '../../runner/limits.ts'
import { openTemporaryStore, type TemporaryStore } from './temporary-store.ts'
import type { OutcomeFacts } from '../../runner/outcome.ts'

const MINUTE = 60_000
const rules = { crashes: 3, windowMs: 5 * MINUTE, pauseMs: 15 * MINUTE }
const at = (minute: number): string => new Date(Date.UTC(2026, 0, 1) + minute * MINUTE).toISOString()

describe('the breaker: openedBy', () => {
  const opened = (...minutes: number[]): unknown => {
    const found = openedBy(minutes.map(at), rules)
    return found && [found.count, found.minutes, new Date(found.untilMs).toISOString()]
  }
  it('is closed below the number of crashes, and when they are too far apart', () => {
    for (const minutes of [[], [0], [0, 1], [0, 3, 6], [0, 5.1, 10.2, 15.3]]) assert.equal(opened(...minutes), undefined, String(minutes))
  })
  it('opens with as many crashes as are allowed in the window, and counts those', () => {
    assert.deepEqual(opened(0, 1, 2), [3, 2, at(17)])
    assert.deepEqual(opened(0, 2, 5), [3, 5, at(20)])
    assert.deepEqual(opened(0, 100, 101, 102), [3, 2, at(117)], 'the one of long ago is not told')
  })
  it('opens anew with each later crash: it is that of a trial', () => {
    assert.deepEqual(opened(0, 1, 2, 40), [4, 40, at(55)])
  })
  it('tells at least one minute', () => assert.deepEqual(opened(0, 0, 0), [3, 1, at(15)]))
})

describe('the breaker: isConvicted', () => {
  const facts = (fields: Partial<OutcomeFacts>): OutcomeFacts => ({ runId: 'r', plugin: 'p', owner: 'Ada', limits: toRunLimits(), ...fields })
  const killed = (reason: 'cell-memory' | 'protocol' | 'unresponsive' | 'poisoned' | 'retired' | 'closing', alone = true): OutcomeFacts['cellDied'] => ({ death: { by: 'runner', reason }, alone, again: false })
  const crashed: OutcomeFacts['cellDied'] = { death: { by: 'itself', code: null, signal: 'SIGSEGV', detail: '' }, alone: true, again: true }

  it('is true for a run that was alone in a cell that crashed, hoarded, spoke nonsense or answered no more', () => {
    for (const cellDied of [crashed, killed('cell-memory'), killed('protocol'), killed('unresponsive')]) assert.equal(isConvicted(facts({ cellDied })), true)
  })
  it('is false for a suspect among others, and for a cell that lives', () => {
    assert.equal(isConvicted(facts({ cellDied: killed('cell-memory', false) })), false)
    assert.equal(isConvicted(facts({})), false)
  })
  it('is false for a cell that the runner has ended for another reason', () => {
    for (const reason of ['poisoned', 'retired', 'closing'] as const) assert.equal(isConvicted(facts({ cellDied: killed(reason) })), false)
    for (const more of [{ ended: 'cpu' }, { kill: 'forced' }, { stopping: 'waited' }] as const) assert.equal(isConvicted(facts({ cellDied: crashed, ...more })), false)
  })
})

describe('the breaker', () => {
  const content = { integrity: 'sha512-a', artefact: '@example/bad' }
  let temporary: TemporaryStore
  let minute: number
  let breaker: Breaker

  beforeEach(async () => {
    temporary = await openTemporaryStore()
    minute = 0
    breaker = open()
  })
  afterEach(async () => await temporary.dispose())

  const open = (): Breaker => createBreaker({ store: temporary.store, rules, trialMs: 60 * MINUTE, clock: () => Date.parse(at(minute)) })
  async function crashAt (...minutes: number[]): Promise<void> {
    for (minute of minutes) await breaker.convict(content, `run-${minute}`)
  }

  it('lets a content pass that it does not know', async () => {
    assert.deepEqual(await breaker.admit(content, 'r'), { ok: true, alone: false, trial: false })
  })

  it('lets a convicted content run alone from then on', async () => {
    await crashAt(0)
    minute = 10_000
    assert.deepEqual(await breaker.admit(content, 'r'), { ok: true, alone: true, trial: false })
    assert.deepEqual(await breaker.admit({ ...content, integrity: 'sha512-b' }, 'r'), { ok: true, alone: false, trial: false }, 'another version is another content')
  })

  it('pauses a content, for all runners', async () => {
    await crashAt(0, 1, 2)
    minute = 16
    const paused = { ok: false, paused: { count: 3, minutes: 2, until: at(17) } }
    assert.deepEqual(await breaker.admit(content, 'r'), paused)
    assert.deepEqual(await open().admit(content, 'r'), paused)
  })

  it('then lets one run try it, and others wait for that one', async () => {
    await crashAt(0, 1, 2)
    minute = 17
    assert.deepEqual(await breaker.admit(content, 'trial'), { ok: true, alone: true, trial: true })
    assert.deepEqual(await open().admit(content, 'other'), { ok: false, paused: { count: 3, minutes: 2 } })
    await breaker.end(content, 'trial', false)
    assert.deepEqual(await breaker.admit(content, 'other'), { ok: true, alone: true, trial: true }, 'a trial that proves nothing is followed by another one')
  })

  it('a trial that survives frees the content, which stays alone', async () => {
    await crashAt(0, 1, 2)
    minute = 17
    await breaker.admit(content, 'trial')
    await breaker.end(content, 'trial', true)
    for (const run of ['a', 'b']) assert.deepEqual(await breaker.admit(content, run), { ok: true, alone: true, trial: false })
    assert.deepEqual((await temporary.store.crashes.get(content.integrity))?.convicted, { date: at(0), runId: 'run-0' })
  })

  it('counts from nothing after a trial that survived, be the pause shorter than the window', async () => {
    breaker = createBreaker({ store: temporary.store, rules: { crashes: 2, windowMs: 60 * MINUTE, pauseMs: MINUTE }, trialMs: MINUTE, clock: () => Date.parse(at(minute)) })
    await crashAt(0, 1)
    minute = 2
    await breaker.admit(content, 'trial')
    await breaker.end(content, 'trial', true)
    await crashAt(3)
    assert.deepEqual(await breaker.admit(content, 'r'), { ok: true, alone: true, trial: false })
    await crashAt(4)
    assert.equal((await breaker.admit(content, 'r')).ok, false)
  })

  it('a trial that crashes begins the pause anew', async () => {
    await crashAt(0, 1, 2)
    minute = 30
    await breaker.admit(content, 'trial')
    await breaker.convict(content, 'trial')
    await breaker.end(content, 'trial', false)
    assert.deepEqual(await breaker.admit(content, 'r'), { ok: false, paused: { count: 4, minutes: 30, until: at(45) } })
  })

  it('a trial whose runner died does not stand in the way for ever; the run itself may go on with it', async () => {
    await crashAt(0, 1, 2)
    minute = 17
    await breaker.admit(content, 'trial')
    assert.equal((await open().admit(content, 'trial')).ok, true)
    minute = 78
    assert.deepEqual(await open().admit(content, 'other'), { ok: true, alone: true, trial: true })
  })

  it('forgets a content that has not crashed for three months', async () => {
    await crashAt(0)
    minute = 91 * 24 * 60
    await breaker.convict({ integrity: 'sha512-b', artefact: '@example/other' }, 'r')
    assert.equal(await temporary.store.crashes.get(content.integrity), undefined)
  })
})
