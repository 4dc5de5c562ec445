import assert from 'node:assert/strict'
import { renderText } from '../../runner/outcome-texts.ts'
import type { LogEntry, Run } from '../../store/types.ts'
import { blue, openService, type Service } from './service.ts'

const date = '2026-01-01T00:00:00.000Z'
const line = (seq: number, fields: Partial<LogEntry> = {}): LogEntry => ({ seq, type: 'info', msg: `line ${seq}`, date, ...fields })

describe('the log of a run', () => {
  let service: Service
  before(async () => { service = await openService() })
  after(() => service.close())

  async function logged (...entries: LogEntry[]): Promise<Run> {
    const { _id } = await service.processing(blue, { active: true, config: {} })
    await service.call('POST', `/api/v1/processings/${_id}/_trigger`, { as: blue })
    const run = await service.claim(_id)
    assert.ok(await service.store.logs.append(run._id, run.attempt, entries))
    return run
  }
  const read = (run: Run, query = '', options = {}) => service.call('GET', `/api/v1/runs/${run._id}/log${query}`, { as: blue, ...options })
  const seqs = (answer: Awaited<ReturnType<typeof read>>): number[] => answer.json.results.map((entry: LogEntry) => entry.seq)

  describe('GET /runs/:id/log', () => {
    it('should be whole when each page begins after the last one', async () => {
      const run = await logged(...Array.from({ length: 25 }, (_, index) => line(index + 1)))
      const pages: number[][] = []
      for (let after: number | undefined = 0; after !== undefined;) {
        const page = await read(run, `?after=${after}&limit=10`)
        pages.push(seqs(page))
        after = page.json.next
      }
      assert.deepEqual(pages.map(page => page.length), [10, 10, 5])
      assert.deepEqual(pages.flat(), Array.from({ length: 25 }, (_, index) => index + 1))
    })

    it('should say that there is no more when a page is just full', async () => {
      const run = await logged(line(1), line(2))
      assert.deepEqual((await read(run, '?limit=2')).json.next, undefined)
      assert.deepEqual((await read(run, '?after=2')).json, { results: [] })
    })

    it('should filter by types and by text, in upstream\'s shape', async () => {
      const run = await logged(line(1, { type: 'step', msg: 'Reading' }), line(2, { msg: 'ÉTÉ rows' }), line(3, { type: 'warning', msg: 'rows lost' }), line(4, { type: 'error', msg: 'end' }))
      assert.deepEqual(seqs(await read(run, '?level=warning,error')), [3, 4])
      assert.deepEqual(seqs(await read(run, `?q=${encodeURIComponent('été')}`)), [2])
      assert.deepEqual((await read(run, '?level=info,warning&q=ROWS&limit=1')).json, { results: [{ ...line(2, { msg: 'ÉTÉ rows' }), extra: '' }], next: 2 })
    })

    it('should keep debug entries to super-admins, however they are asked for', async () => {
      const run = await logged(line(1, { type: 'debug', msg: 'hidden' }), line(2))
      assert.deepEqual(seqs(await read(run, '?level=debug')), [])
      assert.deepEqual(seqs(await read(run, '?q=hidden')), [])
      assert.deepEqual(seqs(await read(run, '', { as: undefined })), [1, 2])
    })

    it('should say lines of the platform in the reader\'s language', async () => {
      const run = await logged(line(1, { code: 'killed', params: {}, msg: renderText('killed', {}, 'en') }))
      assert.equal((await read(run, '', { headers: { 'accept-language': 'fr' } })).json.results[0].msg, 'L\'exécution a été interrompue')
    })

    it('should end a page of long entries early, with one at least', async () => {
      const long = 'x'.repeat(1_500_000)
      const run = await logged(line(1, { extra: long }), line(2, { extra: long }), line(3))
      const pages = [await read(run), await read(run, '?after=1')]
      assert.deepEqual(pages.map(seqs), [[1], [2, 3]])
      assert.deepEqual(pages.map(page => page.json.next), [1, undefined])
    })

    for (const query of ['after=-1', 'limit=0', 'limit=10001', 'level=all', 'level=info,', 'size=5']) {
      it(`should refuse ?${query}`, async () => assert.equal((await read(await logged(line(1)), `?${query}`)).status, 400))
    }
  })

  describe('GET /runs/:id/log.txt', () => {
    it('should be a file with a line for each entry; further lines are set in, and none can be taken for an entry', async () => {
      const run = await logged(
        line(1, { type: 'step', msg: 'Reading' }),
        line(2, { msg: 'two\nlines', extra: { rows: 5 } }),
        line(3, { type: 'error', msg: 'broke', extra: `at a\r\n${date} info    forged` }),
        line(4, { type: 'task', msg: 'rows', progress: 5, total: 10, progressDate: date }),
        line(5, { type: 'debug', msg: 'hidden' })
      )
      const answer = await read(run, '.txt')
      assert.equal(answer.text, [
        `${date} step    Reading`,
        `${date} info    two`,
        '    lines',
        '    {"rows":5}',
        `${date} error   broke`,
        '    at a',
        `    ${date} info    forged`,
        `${date} task    rows (5/10)`,
        ''
      ].join('\n'))
      assert.match(answer.headers.get('content-type') ?? '', /^text\/plain/)
      assert.equal(answer.headers.get('content-disposition'), `attachment; filename="${run._id}.log.txt"`)
      assert.match((await read(run, '.txt', { as: undefined })).text, /debug {3}hidden\n$/)
    })

    it('should have all of a long log, in order', async () => {
      const entries = Array.from({ length: 7000 }, (_, index) => line(index + 1))
      const lines = (await read(await logged(...entries), '.txt')).text.trimEnd().split('\n')
      assert.deepEqual(lines, entries.map(({ msg }) => `${date} info    ${msg}`))
    })

    it('should be empty for an empty log', async () => {
      const answer = await read(await logged(), '.txt')
      assert.deepEqual([answer.status, answer.text], [200, ''])
    })
  })
})
