import assert from 'node:assert/strict'
import { fileURLToPath } from 'node:url'
import { followLog, type LiveEvent, type LogReader } from './follow-log.ts'
import { ALICE, BOB, openTestService, type TestService } from './service.ts'

const PLUGINS_DIR = fileURLToPath(new URL('../fixtures/plugins/live', import.meta.url))
const LINES = 12
/** More than the service lets in at the same time. */
const PASSERS_BY = 1_050

const texts = (reader: LogReader): string[] => reader.of('log').map(({ data }) => data.msg)
const ALL = ['all lines', ...Array.from({ length: LINES }, (_, index) => `line ${index + 1}`), 'The run is finished']
const SEQS = ALL.map((_, index) => index + 1)

describe('the live log of a run', function () {
  this.timeout(30_000)
  let service: TestService

  before(async () => { service = await openTestService({ PLUGINS_DIR }) })
  after(async () => { await service?.close() })

  async function start (config: Record<string, unknown> = { lines: LINES, everyMs: 50 }): Promise<string> {
    const id = await service.create('tells-slowly', { config })
    return (await service.call('POST', `/api/v1/processings/${id}/_trigger`, { as: ALICE })).json._id
  }

  it('comes while the run goes on, line by line, and the connection ends after it', async () => {
    const runId = await start()
    const reader = await followLog(service, runId, { as: ALICE })
    await reader.until(({ events }) => events.some(({ data }) => data.msg === 'line 1'))
    assert.equal((await service.call('GET', `/api/v1/runs/${runId}`)).json.status, 'running', 'the first line is there before the end')
    await reader.closed
    assert.deepEqual(texts(reader), ALL)
    assert.deepEqual(reader.seqs(), SEQS)
    const lines = reader.of('log').filter(({ data }) => data.msg.startsWith('line '))
    const gaps = lines.slice(1).map((line, index) => line.at - (lines[index] as LiveEvent).at) // there is one before each
    assert.ok(gaps.filter(gap => gap > 20).length >= LINES / 2, `not all at once: ${gaps.map(Math.round).join(' ')}`)
    assert.deepEqual(reader.of('status').at(-1)?.data.status, 'finished')
    assert.deepEqual(reader.events.at(-1)?.event, 'end')
    const progress = reader.of('progress').map(({ data }) => data.progress)
    assert.deepEqual(progress, [...new Set(progress)].sort((a, b) => a - b))
    assert.equal(progress.at(-1), LINES)
    assert.deepEqual((await service.ended(runId)).log.map(({ seq, msg }: { seq: number, msg: string }) => [seq, msg]), SEQS.map((seq, index) => [seq, ALL[index]]))
  })

  it('is resumed after the last line that a reader has, with neither gap nor double', async () => {
    const runId = await start()
    let seen: number[] = []
    for (const enough of [3, 7]) {
      const reader = await followLog(service, runId, { lastEventId: seen.at(-1) ?? 0 })
      await reader.until(({ events }) => seen.length + events.filter(({ event }) => event === 'log').length >= enough)
      reader.leave()
      await reader.closed
      seen = [...seen, ...reader.seqs()]
    }
    const last = await followLog(service, runId, { lastEventId: seen.at(-1) ?? 0 })
    await last.closed
    assert.deepEqual([...seen, ...last.seqs()], SEQS)
    assert.equal(last.of('progress').at(-1)?.data.progress, LINES, 'the task that it already had still moves')
  })

  it('is the same for two readers, early or late', async () => {
    const runId = await start()
    const early = await followLog(service, runId)
    await early.until(({ events }) => events.some(({ data }) => data.msg === 'line 5'))
    const late = await followLog(service, runId, { as: ALICE })
    await Promise.all([early.closed, late.closed])
    const after = await followLog(service, runId)
    await after.closed
    for (const reader of [early, late, after]) {
      assert.deepEqual(reader.seqs(), SEQS)
      assert.equal(reader.events.at(-1)?.event, 'end')
    }
  })

  it('is not for another account', async () => {
    const runId = await start({ lines: 1, everyMs: 1 })
    await assert.rejects(followLog(service, runId, { as: BOB }), /answers 40[34]/)
    await service.ended(runId)
  })

  it(`lets ${PASSERS_BY} readers come and go, and nothing of them is left`, async () => {
    const runId = await start({ lines: 1, everyMs: 25_000 })
    for (let left = PASSERS_BY; left > 0; left -= 50) {
      const readers = await Promise.all(Array.from({ length: 50 }, async () => await followLog(service, runId)))
      for (const reader of readers) reader.leave()
      await Promise.all(readers.map(async reader => await reader.closed))
    }
    const reader = await followLog(service, runId)
    await service.call('POST', `/api/v1/runs/${runId}/_kill`, { as: ALICE })
    await reader.closed
    assert.equal(reader.of('status').at(-1)?.data.status, 'killed')
  })
})
