import assert from 'node:assert/strict'
import type { LogEntry, Run } from '../../store/types.ts'
import { ADMIN_KEY, blue, openService, red, type Service } from './service.ts'

const DAILY = { type: 'daily', month: '*', dayOfWeek: '*', dayOfMonth: '*', hour: 7, minute: 30 }
const date = '2026-01-01T00:00:00.000Z'

describe('/api/v1/runs', () => {
  let service: Service
  before(async () => { service = await openService() })
  after(() => service.close())

  async function running (fields = {}): Promise<{ processingId: string, run: Run }> {
    const { _id } = await service.processing(blue, { active: true, config: {}, ...fields })
    await service.call('POST', `/api/v1/processings/${_id}/_trigger`, { as: blue })
    return { processingId: _id, run: await service.claim(_id) }
  }

  it('should list runs without their logs', async () => {
    const { processingId, run } = await running()
    await service.store.logs.append(run._id, run.attempt, [{ seq: 1, type: 'info', msg: 'a line', date }])
    const { json } = await service.call('GET', `/api/v1/runs?processing=${processingId}`, { as: blue })
    assert.equal(json.count, 1)
    assert.ok(!('log' in json.results[0]))
    assert.equal(json.results[0].userProfile, 'admin')
  })

  it('should list everybody\'s to a super-admin, the account\'s own to others', async () => {
    await running()
    const mine = (await service.call('GET', '/api/v1/runs', { as: red })).json.count
    const all = (await service.call('GET', '/api/v1/runs?size=0')).json.count
    assert.equal(mine, 0)
    assert.ok(all > 0)
    assert.equal((await service.call('GET', '/api/v1/runs?showAll=true', { as: red })).status, 400)
  })

  it('should list of another owner only the runs of what is shared', async () => {
    const permissions = [{ profile: 'read', target: { type: 'partner', organization: { id: 'red', name: 'Red' }, roles: ['admin'] } }]
    const { processingId } = await running({ permissions })
    await running()
    const { json } = await service.call('GET', '/api/v1/runs?owner=organization:blue', { as: red })
    assert.deepEqual(json.results.map((run: Run) => run.processing._id), [processingId])
    assert.ok(!('permissions' in json.results[0]))
    assert.equal((await service.call('GET', '/api/v1/runs?owner=organization:blue', { as: { type: 'user', id: 'eve' } })).json.count, 0)
  })

  it('should embed the log in one run, debug lines for super-admins alone', async () => {
    const { run } = await running()
    const log: LogEntry[] = [
      { seq: 1, type: 'step', msg: 'First', date },
      { seq: 2, type: 'debug', msg: 'hidden', date, extra: '' },
      { seq: 3, type: 'info', msg: 'seen', date, extra: { rows: 5 } },
      { seq: 4, type: 'warning', msg: 'without more', date },
      { seq: 5, type: 'task', msg: 'rows', date, progress: 5, total: 10, progressDate: date }
    ]
    await service.store.logs.append(run._id, run.attempt, log)
    const seen = (await service.call('GET', `/api/v1/runs/${run._id}`, { as: blue })).json
    assert.deepEqual(seen.log, log.filter(entry => entry.type !== 'debug').map(entry => entry.type === 'warning' ? { ...entry, extra: '' } : entry), 'in upstream\'s shape')
    assert.ok(!('logTruncated' in seen) && !('runner' in seen))
    assert.equal((await service.call('GET', `/api/v1/runs/${run._id}`)).json.log.length, 5)
  })

  it('should say the platform\'s own lines in the reader\'s language', async () => {
    const { run } = await running()
    await service.store.logs.append(run._id, run.attempt, [
      { seq: 1, type: 'error', msg: 'the processing was deactivated', date, code: 'inactive', params: {} },
      { seq: 2, type: 'error', msg: 'as it was written', date, code: 'a-code-of-tomorrow', params: {} }
    ])
    await service.finish(run)
    const { log, outcome } = (await service.call('GET', `/api/v1/runs/${run._id}`, { as: blue, headers: { 'accept-language': 'fr' } })).json
    assert.deepEqual(log.map((entry: LogEntry) => entry.msg), ['le traitement a été désactivé', 'as it was written'])
    assert.equal(outcome.message, 'L\'exécution est terminée')
    assert.ok(!('adminDetail' in outcome))
    assert.equal((await service.call('GET', `/api/v1/runs/${run._id}`)).json.outcome.adminDetail, 'on cell 7')
  })

  /** A run whose log has these lines. */
  async function logged (count: number, lineOf: (seq: number) => Partial<LogEntry>): Promise<Run> {
    const { run } = await running()
    for (let from = 1; from <= count; from += 500) {
      const entries = Array.from({ length: Math.min(500, count + 1 - from) }, (_, index): LogEntry => ({ seq: from + index, type: 'info', msg: 'line', date, ...lineOf(from + index) }))
      assert.ok(await service.store.logs.append(run._id, run.attempt, entries))
    }
    return run
  }

  const seqsOf = (log: readonly LogEntry[]): number[] => log.map(({ seq }) => seq)

  it('should cut a long log at its last 5,000 entries, and say so', async () => {
    const run = await logged(5_001, seq => seq === 5_001 ? { type: 'error', msg: 'how it ended' } : {})
    const { json } = await service.call('GET', `/api/v1/runs/${run._id}`, { as: blue })
    assert.deepEqual(seqsOf(json.log), Array.from({ length: 5_000 }, (_, index) => index + 2), 'without a gap')
    assert.equal(json.log.at(-1).msg, 'how it ended')
    assert.equal(json.logTruncated, true)
    const whole = await logged(5_000, () => ({}))
    const { json: all } = await service.call('GET', `/api/v1/runs/${whole._id}`, { as: blue })
    assert.deepEqual([all.log.length, all.logTruncated], [5_000, undefined])
  })

  it('should count what the reader sees, not the debug lines between', async () => {
    const run = await logged(9_000, seq => seq % 2 === 0 ? { type: 'debug' } : {})
    const { json } = await service.call('GET', `/api/v1/runs/${run._id}`, { as: blue })
    assert.deepEqual([json.log.length, json.log[0].seq, json.logTruncated], [4_500, 1, undefined])
  })

  it('should cut a log of large entries at about 2 MB, and keep the last one whatever its size', async () => {
    const run = await logged(400, () => ({ msg: 'x'.repeat(10_000), extra: { text: 'y'.repeat(10_000) } }))
    const { text, json } = await service.call('GET', `/api/v1/runs/${run._id}`, { as: blue })
    assert.ok(text.length > 1_900_000 && text.length < 2_200_000, `${text.length}`)
    assert.deepEqual([json.log.at(-1).seq, json.logTruncated], [400, true])
    const last = await logged(3, seq => seq === 3 ? { msg: 'z'.repeat(3_000_000) } : {})
    const { json: alone } = await service.call('GET', `/api/v1/runs/${last._id}`, { as: blue })
    assert.deepEqual([seqsOf(alone.log), alone.logTruncated], [[3], true])
  })

  it('should serve others while many read a long log', async () => {
    const run = await logged(5_000, () => ({ msg: 'x'.repeat(1_000) }))
    let longest = 0
    let last = process.threadCpuUsage()
    // What this thread computes between two turns: a busy machine does not count.
    const pulse = setInterval(() => {
      const { user, system } = process.threadCpuUsage(last)
      longest = Math.max(longest, (user + system) / 1_000)
      last = process.threadCpuUsage()
    }, 1)
    // Nothing is parsed here: the reader would hold up the same event loop.
    const answers = await Promise.all(Array.from({ length: 20 }, async () => {
      const response = await fetch(`${service.url}/api/v1/runs/${run._id}`, { headers: { authorization: `Bearer ${ADMIN_KEY}` } })
      return Buffer.from(await response.arrayBuffer())
    }))
    clearInterval(pulse)
    assert.ok(answers.every(bytes => /"seq": ?5000,/.test(String(bytes))))
    assert.ok(longest < 33, `one turn of the event loop computed for ${longest.toFixed(0)} ms`)
  })

  it('should answer another tenant as if there were nothing', async () => {
    const { run } = await running()
    for (const [method, path] of [['GET', ''], ['POST', '/_kill'], ['GET', '/log/stream']] as const) {
      const answer = await service.call(method, `/api/v1/runs/${run._id}${path}`, { as: red })
      assert.deepEqual([answer.status, answer.headers.get('x-error-code')], [404, 'unknown-run'])
    }
  })

  describe('POST /:id/_kill', () => {
    it('should ask for the end of a run', async () => {
      const { run } = await running()
      const answer = await service.call('POST', `/api/v1/runs/${run._id}/_kill`, { as: blue })
      assert.equal(answer.status, 200)
      assert.equal(answer.json.status, 'kill')
      assert.deepEqual(answer.json.log, [])
      assert.equal((await service.call('POST', `/api/v1/runs/${run._id}/_kill`, { as: blue })).status, 200, 'twice is harmless')
    })

    it('should refuse a run that has ended, with a sentence (W15)', async () => {
      const { run } = await running()
      await service.finish(run)
      const answer = await service.call('POST', `/api/v1/runs/${run._id}/_kill`, { as: blue })
      assert.equal(answer.status, 409)
      assert.match(answer.text, /has already ended \(finished\)/)
      assert.equal((await service.store.runs.get(run._id))?.status, 'finished')
    })

    it('should not stop the schedule with a planned run (W31)', async () => {
      const { _id, nextRun } = await service.processing(blue, { active: true, config: {}, scheduling: [DAILY] })
      const killed = await service.call('POST', `/api/v1/runs/${nextRun._id}/_kill`, { as: blue })
      assert.equal(killed.json.status, 'killed')
      const { json } = await service.call('GET', `/api/v1/processings/${_id}`, { as: blue })
      assert.equal(json.nextRun.status, 'scheduled')
      assert.notEqual(json.nextRun._id, nextRun._id)
    })

    it('should be refused to whoever may only read', async () => {
      const permissions = [{ profile: 'read', target: { type: 'partner', organization: { id: 'red', name: 'Red' }, roles: ['admin'] } }]
      const { run } = await running({ permissions })
      assert.equal((await service.call('POST', `/api/v1/runs/${run._id}/_kill`, { as: red })).status, 403)
    })
  })
})
