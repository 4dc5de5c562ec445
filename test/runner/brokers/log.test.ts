import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import { createLogBroker, type LogBroker, type LogBrokerOptions } from '../../../runner/brokers/log.ts'
import { StoreError, type LogEntry, type LogStore } from '../../../store/types.ts'
import { openTemporaryStore, processing, type TemporaryStore } from '../temporary-store.ts'

const LIMITS = { entries: 1_000, bytes: 1_000_000, entryBytes: 1_000 }

describe('log broker', () => {
  let temporary: TemporaryStore
  let now: number
  let appended: number
  let fenced: number
  let errors: unknown[]

  beforeEach(async () => {
    temporary = await openTemporaryStore()
    now = Date.parse('2026-03-10T10:00:00.000Z')
    appended = fenced = 0
    errors = []
    await temporary.store.processings.insert(processing('p'))
    const date = new Date(now).toISOString()
    await temporary.store.runs.replacePending({ _id: 'run', owner: processing('p').owner, processing: { _id: 'p', title: 'P' }, status: 'triggered', createdAt: date, scheduledAt: date })
    await temporary.store.runs.claim('run', 'runner', date)
  })
  afterEach(async () => {
    await temporary.dispose()
    assert.deepEqual(errors, [])
  })

  function open (changes: Partial<LogBrokerOptions> = {}): LogBroker {
    return createLogBroker({
      store: temporary.store,
      runId: 'run',
      attempt: 1,
      startSeq: 0,
      limits: LIMITS,
      debug: false,
      locale: 'en',
      clock: () => now,
      onAppended: () => { appended++ },
      onFenced: () => { fenced++ },
      onError: error => errors.push(error),
      ...changes
    })
  }
  /** A store whose log does something else first. */
  function withLogs (changes: (logs: LogStore) => Partial<LogStore>): { readonly logs: LogStore } {
    const { logs } = temporary.store
    return { logs: { ...logs, ...changes(logs) } }
  }
  const read = async (): Promise<LogEntry[]> => await temporary.store.logs.read('run', { limit: 100_000 })
  const info = (msg: string, fields: object = {}): object => ({ type: 'info', msg, date: now, ...fields })

  it('words a line of the platform in the language of the run, and keeps its parameters for other readers', async () => {
    const log = open({ locale: 'fr' })
    const retry = { type: 'warning', msg: '503 - Unavailable', date: now, code: 'http-retry', extra: { attempt: 2, method: 'get', url: 'http://x.y/' } }
    log.take([retry, { ...retry, extra: { attempt: 'two', url: {} } }, { ...retry, code: 'finished', extra: '' }])
    await log.flush()
    assert.deepEqual((await read()).map(({ seq, date, ...entry }) => entry), [
      { type: 'warning', msg: 'tentative 2 de requête get http://x.y/ : 503 - Unavailable', code: 'http-retry', params: { attempt: 2, method: 'get', url: 'http://x.y/', message: '503 - Unavailable' } },
      { type: 'warning', msg: 'tentative 0 de requête   : 503 - Unavailable', code: 'http-retry', params: { attempt: 0, method: '', url: '', message: '503 - Unavailable' } },
      { type: 'warning', msg: '503 - Unavailable' } // a code that is no guest's to give
    ])
  })

  it('keeps the entries of a plugin in order, without gap', async () => {
    const log = open()
    log.take([{ type: 'step', msg: 'Download', date: now }, info('one', { extra: { rows: 3, names: ['a', null, true] } })])
    now += 5
    log.take([{ type: 'warning', msg: 'two', date: now }, { type: 'error', msg: 'three', date: now - 1 }])
    await log.flush()
    assert.deepEqual(await read(), [
      { seq: 1, type: 'step', msg: 'Download', date: '2026-03-10T10:00:00.000Z' },
      { seq: 2, type: 'info', msg: 'one', date: '2026-03-10T10:00:00.000Z', extra: { rows: 3, names: ['a', null, true] } },
      { seq: 3, type: 'warning', msg: 'two', date: '2026-03-10T10:00:00.005Z' },
      { seq: 4, type: 'error', msg: 'three', date: '2026-03-10T10:00:00.005Z' }
    ])
    assert(appended >= 1)
  })

  it('goes on after the last entry of a resumed run', async () => {
    const first = open()
    first.take([info('before')])
    await first.close()
    const log = open({ startSeq: 1 })
    log.entry('step', 'resumed')
    log.take([info('after')])
    await log.close()
    assert.deepEqual((await read()).map(({ seq, msg }) => [seq, msg]), [[1, 'before'], [2, 'Resuming after an interruption.'], [3, 'after']])
  })

  it("renders the runner's own entries, with code and params", async () => {
    const log = open({ locale: 'fr' })
    log.entry('error', 'wall-limit', { limitMs: 3_600_000, key: 'RUN_WALL_SECONDS' }, 'where')
    await log.close()
    assert.deepEqual(await read(), [{
      seq: 1,
      type: 'error',
      msg: 'Le traitement a duré plus que la limite de 1 h. Un administrateur peut augmenter `RUN_WALL_SECONDS`.',
      date: '2026-03-10T10:00:00.000Z',
      code: 'wall-limit',
      params: { limitMs: 3_600_000, key: 'RUN_WALL_SECONDS' },
      extra: 'where'
    }])
  })

  it('keeps debug entries only when asked', async () => {
    const entries = [{ type: 'debug', msg: 'detail', date: now }]
    open().take(entries)
    const log = open({ debug: true })
    log.take(entries)
    assert.equal((await log.close()).dropped, 0)
    assert.deepEqual((await read()).map(({ msg }) => msg), ['detail'])
  })

  it('drops and counts what is no entry', async () => {
    const log = open()
    log.take('text')
    log.take(undefined)
    log.take([null, 1, 'x', [], {}, { type: 'info' }, info(7 as unknown as string), { type: 'fatal', msg: 'x', date: now }, { type: '__proto__', msg: 'x' }, { type: 'progress', msg: 'x', progress: '1', total: 2 }, info('good')])
    const totals = await log.close()
    assert.deepEqual(totals, { entries: 1, bytes: 4, dropped: 10 })
    assert.equal((await read())[0]?.msg, 'good')
  })

  it('believes a date only near now, and never goes back', async () => {
    const log = open()
    for (const date of [now - 500, now - 3_600_000, now + 3_600_000, now - 900, 'yesterday', NaN]) log.take([info('x', { date })])
    await log.close()
    assert.deepEqual((await read()).map(({ date }) => Date.parse(date) - now), [-500, 0, 0, 0, 0, 0])
  })

  it('lets no text forge a line or reach a terminal', async () => {
    const log = open()
    log.take([info('\x1b[2Jcleared\rforged\x00 \ud800', { extra: { 'k\x07': ['\x1b]0;t\x07title'], ['__proto__']: { polluted: true } } })])
    await log.close()
    const [entry] = await read()
    assert.equal(entry?.msg, 'cleared\\x0dforged\\x00 \ufffd')
    assert.deepEqual(entry.extra, { 'k\\x07': ['title'] })
    assert.equal(({} as { polluted?: boolean }).polluted, undefined)
  })

  it('cuts a long text, and leaves out an extra that is too large or too deep', async () => {
    let deep: unknown = 'x'
    for (let i = 0; i < 10_000; i++) deep = [deep]
    const log = open()
    log.take([info('é'.repeat(5_000)), info('large', { extra: { rows: 'x'.repeat(2_000) } }), info('wide', { extra: Array(100_000).fill(0) }), info('deep', { extra: deep })])
    await log.close()
    const entries = await read()
    assert.match(entries[0]?.msg ?? '', /… \(\+\d+ bytes\)$/)
    assert(Buffer.byteLength(entries[0]?.msg ?? '') <= LIMITS.entryBytes)
    for (const entry of entries.slice(1)) assert.equal(entry.extra, '(detail not kept: more than 1,000 bytes, or too deeply nested)')
  })

  describe('limits', () => {
    it('drops what comes after the last entry allowed, and says so in one warning', async () => {
      const log = open({ limits: { ...LIMITS, entries: 10 } })
      for (let i = 0; i < 100; i++) log.take(Array.from({ length: 10 }, (_, n) => info(`line ${i * 10 + n}`)))
      log.endGuest(5)
      log.take([info('too late')])
      log.entry('info', 'finished')
      assert.deepEqual(await log.close(), { entries: 10, bytes: 60, dropped: 995 })
      const entries = await read()
      assert.equal(entries.length, 12)
      assert.deepEqual(entries.slice(9).map(({ type, code, msg }) => [type, code ?? msg]), [['info', 'line 9'], ['warning', 'log-limit'], ['info', 'finished']])
      assert.equal(entries[10]?.msg, 'The log reached its limit (10 lines or 976.6 KB): 995 lines were not kept. An administrator can raise `RUN_LOG_ENTRIES`.')
    })

    it('counts bytes, extra included', async () => {
      const log = open({ limits: { ...LIMITS, bytes: 5_000 } })
      for (let i = 0; i < 100; i++) log.take([info('x'.repeat(400), { extra: 'y'.repeat(400) })])
      const totals = await log.close()
      assert.equal(totals.entries, 7)
      assert(totals.bytes <= 6_000)
      assert.match((await read()).at(-1)?.msg ?? '', /RUN_LOG_BYTES/)
    })

    it("never drops the runner's own entries", async () => {
      const log = open({ limits: { ...LIMITS, entries: 1 } })
      log.take([info('a'), info('b')])
      for (let i = 0; i < 20; i++) log.entry('info', 'hint', { message: `advice ${i}` })
      await log.close()
      assert.equal((await read()).length, 22)
    })

    it('still moves the progress of a task when it is full', async () => {
      const log = open({ limits: { ...LIMITS, entries: 1 } })
      log.take([{ type: 'task', msg: 'load', date: now }, { type: 'progress', msg: 'load', date: now, progress: 5, total: 10 }])
      assert.equal((await log.close()).dropped, 0)
      assert.equal((await read())[0]?.progress, 5)
    })
  })

  describe('progress', () => {
    const progress = (msg: string, value: number): object => ({ type: 'progress', msg, date: now, progress: value, total: 100 })

    it('moves the first task with the same text in place', async () => {
      const log = open()
      log.take([{ type: 'task', msg: 'load', date: now }, { type: 'task', msg: 'load', date: now }, info('between')])
      log.take([progress('load', 10)])
      await log.flush()
      now += 1_000
      log.take([progress('load', 60)])
      await log.close()
      const entries = await read()
      assert.deepEqual(entries.map(({ type, progress }) => [type, progress]), [['task', 60], ['task', undefined], ['info', undefined]])
      assert.deepEqual([entries[0]?.total, entries[0]?.progressDate], [100, '2026-03-10T10:00:01.000Z'])
    })

    it('makes the task when there is none', async () => {
      const log = open()
      log.take([progress('unannounced', 3), progress('unannounced', 4)])
      await log.close()
      assert.deepEqual((await read()).map(({ type, msg, progress }) => [type, msg, progress]), [['task', 'unannounced', 4]])
    })

    it('stores each value in its turn when some come at once, and wakes the readers between', async () => {
      const seen: unknown[] = []
      const log = open({ onAppended: () => { read().then(([entry]) => seen.push(entry?.progress), error => errors.push(error)) } })
      log.take([{ type: 'task', msg: 'load', date: now }, ...[1, 2, 3, 4, 5].map(value => progress('load', value))])
      await delay(200)
      assert.deepEqual(seen, [1, 2, 3, 4, 5], 'the first one with the entry itself')
      await log.close()
    })

    it('keeps nobody waiting who wants the end, and lines come between', async () => {
      const log = open()
      log.take([{ type: 'task', msg: 'load', date: now }])
      await log.flush()
      for (let i = 1; i <= 60; i++) log.take([progress('load', i)])
      log.take([info('a line')])
      const start = performance.now()
      await log.close()
      assert.ok(performance.now() - start < 100)
      assert.deepEqual((await read()).map(({ msg, progress }) => [msg, progress]), [['load', 60], ['a line', undefined]])
    })

    for (const stored of [true, false]) {
      it(`is where it came to before the next step is there, of a task that ${stored ? 'was stored before' : 'comes with it'}`, async () => {
        const seen: [string, number | undefined][][] = []
        const log = open({ onAppended: () => { read().then(entries => seen.push(entries.map(({ type, progress }) => [type, progress])), error => errors.push(error)) } })
        log.take([{ type: 'task', msg: 'load', date: now }, progress('load', 1)])
        if (stored) await log.flush()
        for (let i = 2; i <= 30; i++) log.take([progress('load', i)])
        log.take([{ type: 'step', msg: 'Write', date: now }])
        await log.close()
        await delay(5)
        assert.deepEqual(seen.find(entries => entries.some(([type]) => type === 'step')), [['task', 30], ['step', undefined]])
        assert.equal(fenced, 0)
      })
    }

    it('writes the latest value only, however many there were', async () => {
      let writes = 0
      const store = withLogs(logs => ({ progress: async (...args) => { writes++; await delay(5); return await logs.progress(...args) } }))
      const log = open({ store })
      log.take([{ type: 'task', msg: 'load', date: now }])
      await log.flush()
      for (let i = 1; i <= 10_000; i++) log.take([progress('load', i)])
      await log.close()
      assert.equal((await read())[0]?.progress, 10_000)
      assert(writes <= 3, `${writes} writes`)
    })
  })

  describe('writing', () => {
    it('has one write under way, and collects meanwhile', async () => {
      const batches: number[] = []
      let open_ = 0
      const store = withLogs(logs => ({
        append: async (id, attempt, entries) => {
          assert.equal(++open_, 1)
          batches.push(entries.length)
          await delay(20)
          open_--
          return await logs.append(id, attempt, entries)
        }
      }))
      const log = open({ store })
      log.take([info('first')])
      await delay(10)
      for (let i = 0; i < 50; i++) log.take([info(`line ${i}`)])
      await log.close()
      assert.deepEqual(batches, [1, 50])
      assert.equal((await read()).length, 51)
    })

    it('starts again after it has been idle, at every moment', async () => {
      const log = open()
      for (let i = 0; i < 200; i++) {
        log.take([info(`line ${i}`)])
        for (let n = 0; n < i % 7; n++) await Promise.resolve()
        if (i % 3 === 0) await log.flush()
      }
      await log.flush()
      assert.equal((await read()).length, 200)
    })

    it('tells once that another attempt has the run, and drops everything later', async () => {
      const date = new Date(now).toISOString()
      await temporary.store.runs.handBack('run', 1, date, { reason: 'interrupted', quarantine: false })
      await temporary.store.runs.claim('run', 'other', date)
      const log = open()
      log.take([{ type: 'task', msg: 'x', date: now }])
      await log.flush()
      log.take([info('y'), { type: 'progress', msg: 'x', date: now, progress: 1, total: 2 }])
      log.entry('info', 'finished')
      await log.close()
      assert.equal(fenced, 1)
      assert.equal(appended, 0)
      assert.deepEqual(await read(), [])
    })

    it('writes again what the store could not take for a moment', async () => {
      let failures = 2
      const store = withLogs(logs => ({ append: async (...args) => { if (failures-- > 0) throw new StoreError('unavailable', 'busy'); return await logs.append(...args) } }))
      const log = open({ store })
      log.take([info('a'), info('b')])
      await log.close()
      assert.deepEqual((await read()).map(({ msg }) => msg), ['a', 'b'])
    })

    it('writes nothing twice when a write was done though it was reported as failed', async () => {
      let first = true
      const store = withLogs(logs => ({
        append: async (...args) => {
          const done = await logs.append(...args)
          if (first) {
            first = false
            throw new StoreError('unavailable', 'connection lost')
          }
          return done
        }
      }))
      const log = open({ store })
      log.take([info('a'), info('b')])
      await log.flush()
      log.take([info('c')])
      await log.close()
      assert.deepEqual((await read()).map(({ msg }) => msg), ['a', 'b', 'c'])
    })

    it('gives up, and tells once, when the store refuses for good', async () => {
      const store = withLogs(() => ({ append: async () => { throw new StoreError('sequence', 'a gap') } }))
      const log = open({ store })
      log.take([info('a')])
      await log.flush()
      log.take([info('b')])
      await log.close()
      assert.equal(errors.splice(0).length, 1)
      assert.deepEqual(await read(), [])
    })
  })
})
