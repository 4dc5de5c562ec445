import assert from 'node:assert/strict'
import { get, type IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Bus } from '../../runner/types.ts'
import type { LogEntry, Run } from '../../store/types.ts'
import { ADMIN_KEY, blue, openService, type Service } from './service.ts'

interface Event { readonly id?: string, readonly event?: string, readonly data?: Record<string, unknown>, readonly comment?: string }

const MUCH = 1500

async function until (holds: () => boolean, state: () => string = () => ''): Promise<void> {
  for (const start = Date.now(); !holds();) {
    if (Date.now() - start > 5000) throw new Error(`waited in vain: ${state()}`)
    await sleep(5)
  }
}

/** A reader of Server-Sent Events over a socket of its own. */
class Reader {
  readonly events: Event[] = []
  readonly response: IncomingMessage
  readonly ended: Promise<void>

  constructor (response: IncomingMessage) {
    this.response = response
    let text = ''
    response.setEncoding('utf8')
    response.on('data', (chunk: string) => {
      text += chunk
      const blocks = text.split('\n\n')
      text = blocks.pop() ?? ''
      this.events.push(...blocks.map(parse))
    })
    this.ended = new Promise(resolve => response.once('close', resolve))
  }

  named (name: string): Event[] {
    return this.events.filter(event => event.event === name)
  }

  async until (holds: (reader: Reader) => boolean): Promise<void> {
    await until(() => holds(this), () => JSON.stringify(this.events))
  }
}

function parse (block: string): Event {
  const fields = Object.fromEntries(block.split('\n').map(line => {
    const [name = '', ...rest] = line.split(': ')
    return [name === '' || name.startsWith(':') ? 'comment' : name, rest.join(': ') || line]
  }))
  return { ...fields, ...(fields.data === undefined ? {} : { data: JSON.parse(fields.data) }) }
}

const line = (seq: number, fields: Partial<LogEntry> = {}): LogEntry => ({ seq, type: 'info', msg: `line ${seq}`, date: '2026-01-01T00:00:00.000Z', ...fields })
const seqs = (events: readonly Event[]) => events.map(event => Number(event.id))

describe('GET /api/v1/runs/:id/log/stream', () => {
  let service: Service
  afterEach(() => service.close())

  async function running (): Promise<Run> {
    const { _id } = await service.processing(blue, { active: true, config: {} })
    await service.call('POST', `/api/v1/processings/${_id}/_trigger`, { as: blue })
    return await service.claim(_id)
  }

  async function append (run: Run, ...entries: LogEntry[]): Promise<void> {
    assert.ok(await service.store.logs.append(run._id, run.attempt, entries))
    service.bus.publish(`run:${run._id}`)
  }

  /** 30 MB: more than the sockets between hold. */
  async function appendMuch (run: Run): Promise<void> {
    const msg = 'x'.repeat(20_000)
    for (let from = 1; from <= MUCH; from += 500) await append(run, ...Array.from({ length: 500 }, (_, index) => line(from + index, { msg })))
  }

  async function follow (run: Run, query = '', headers: Record<string, string> = {}): Promise<Reader> {
    return await new Promise((resolve, reject) => {
      get(`${service.url}/api/v1/runs/${run._id}/log/stream${query}`, {
        agent: false, headers: { authorization: `Bearer ${ADMIN_KEY}`, 'x-account': JSON.stringify(blue), ...headers }
      }, response => resolve(new Reader(response))).on('error', reject)
    })
  }

  it('should send what is there, then each line as it comes, then the end', async () => {
    service = await openService({ pollMs: 60_000 })
    const run = await running()
    await append(run, line(1), line(2))
    const reader = await follow(run)
    assert.match(reader.response.headers['content-type'] ?? '', /^text\/event-stream/)
    assert.equal(reader.response.headers['cache-control'], 'no-store')
    await reader.until(reader => reader.named('log').length === 2)
    assert.deepEqual(reader.events[0]?.data?.status, 'running')
    const start = performance.now()
    await append(run, line(3))
    await reader.until(reader => reader.named('log').length === 3)
    assert.ok(performance.now() - start < 500, 'woken by the bus, not by the poll')
    await append(run, line(4))
    await service.finish(run)
    await reader.ended
    assert.deepEqual(seqs(reader.named('log')), [1, 2, 3, 4])
    assert.deepEqual(reader.named('log')[2]?.data, { ...line(3), extra: '' })
    assert.deepEqual(reader.named('status').map(event => event.data?.status), ['running', 'finished'])
    assert.deepEqual(reader.events.at(-1)?.event, 'end')
    assert.ok(!JSON.stringify(reader.events).includes('on cell 7'), 'what is for operators stays with them')
  })

  it('should notice a line without a word from the bus', async () => {
    service = await openService({ pollMs: 30 })
    const run = await running()
    const reader = await follow(run)
    await service.store.logs.append(run._id, run.attempt, [line(1)])
    await reader.until(reader => reader.named('log').length === 1)
  })

  it('should resume after the last line that the reader has', async () => {
    service = await openService()
    const run = await running()
    await append(run, ...Array.from({ length: 1200 }, (_, index) => line(index + 1)))
    await service.finish(run)
    const [byHeader, byQuery, all] = await Promise.all([follow(run, '', { 'last-event-id': '1190' }), follow(run, '?after=1198'), follow(run)])
    await Promise.all([byHeader.ended, byQuery.ended, all.ended])
    assert.deepEqual(seqs(byHeader.named('log')), Array.from({ length: 10 }, (_, index) => 1191 + index))
    assert.deepEqual(seqs(byQuery.named('log')), [1199, 1200])
    assert.deepEqual(seqs(all.named('log')), Array.from({ length: 1200 }, (_, index) => index + 1))
    assert.equal((await follow(run, '?after=x')).response.statusCode, 400)
    const refused = await service.call('GET', `/api/v1/runs/${run._id}/log/stream`, { as: blue, headers: { 'last-event-id': 'zz' } })
    assert.deepEqual([refused.status, refused.headers.get('x-error-code'), refused.text], [400, 'bad-header', 'Header Last-Event-ID: wanted the number of a log entry, found "zz".'])
  })

  it('should lose and double nothing when lines come while the reader reads', async () => {
    service = await openService()
    const run = await running()
    const reader = await follow(run)
    for (let seq = 1; seq <= 300; seq++) await append(run, line(seq))
    await service.finish(run)
    await reader.ended
    assert.deepEqual(seqs(reader.named('log')), Array.from({ length: 300 }, (_, index) => index + 1))
  })

  it('should follow the progress of tasks, also for a reader who resumes', async () => {
    service = await openService()
    const run = await running()
    await append(run, line(1, { type: 'task', msg: 'rows' }))
    const reader = await follow(run)
    await reader.until(reader => reader.named('log').length === 1)
    const step = async (progress: number) => {
      await service.store.logs.progress(run._id, run.attempt, 1, { progress, total: 10, progressDate: new Date(progress).toISOString() })
      service.bus.publish(`run:${run._id}`)
    }
    await step(5)
    await reader.until(reader => reader.named('progress').length === 1)
    assert.deepEqual(reader.named('progress')[0]?.data, { seq: 1, msg: 'rows', progress: 5, total: 10, progressDate: new Date(5).toISOString() })
    const resumed = await follow(run, '?after=1')
    await resumed.until(reader => reader.named('progress').length === 1)
    await step(10)
    await service.finish(run)
    await Promise.all([reader.ended, resumed.ended])
    assert.deepEqual(reader.named('progress').map(event => event.data?.progress), [5, 10])
    assert.deepEqual(resumed.named('progress').map(event => event.data?.progress), [5, 10])
    assert.equal(resumed.named('log').length, 0)
  })

  it('should tell what a task came to before the step that began after it, and not before what was there first', async () => {
    service = await openService({ pollMs: 60_000 })
    const run = await running()
    const at = (ms: number): string => new Date(ms).toISOString()
    await append(run, line(1, { type: 'task', msg: 'rows', date: at(1) }))
    const reader = await follow(run)
    await reader.until(reader => reader.named('log').length === 1)
    assert.ok(await service.store.logs.append(run._id, run.attempt, [line(2, { date: at(2) })]))
    await service.store.logs.progress(run._id, run.attempt, 1, { progress: 10, total: 10, progressDate: at(3) })
    await append(run, line(3, { type: 'step', date: at(4) }))
    await service.finish(run)
    await reader.ended
    const order = reader.events.filter(({ event }) => event === 'log' || event === 'progress').map(({ event, data }) => `${event} ${data?.seq}`)
    assert.deepEqual(order, ['log 1', 'log 2', 'progress 1', 'log 3'])
  })

  it('should tell two values of a task that come within a millisecond', async () => {
    service = await openService({ pollMs: 20 })
    const run = await running()
    await append(run, line(1, { type: 'task', msg: 'rows' }))
    const reader = await follow(run)
    for (const progress of [5, 6]) {
      await service.store.logs.progress(run._id, run.attempt, 1, { progress, total: 10, progressDate: new Date(5).toISOString() })
      await reader.until(reader => reader.named('progress').at(-1)?.data?.progress === progress)
    }
    await service.finish(run)
    await reader.ended
  })

  it('should show debug lines to super-admins alone', async () => {
    service = await openService()
    const run = await running()
    await append(run, line(1, { type: 'debug' }), line(2))
    await service.finish(run)
    const [mine, admin] = await Promise.all([follow(run), follow(run, '', { 'x-account': [] as unknown as string })])
    await Promise.all([mine.ended, admin.ended])
    assert.deepEqual(seqs(mine.named('log')), [2])
    assert.deepEqual(seqs(admin.named('log')), [1, 2])
  })

  it('should show signs of life while nothing happens', async () => {
    service = await openService({ heartbeatMs: 30 })
    const reader = await follow(await running())
    await reader.until(reader => reader.events.filter(event => event.comment !== undefined).length >= 2)
  })

  it('should end when the run is deleted', async () => {
    service = await openService({ pollMs: 20 })
    const run = await running()
    const reader = await follow(run)
    await service.store.processings.remove(run.processing._id)
    await reader.ended
    assert.deepEqual(reader.events.at(-1)?.data, { status: 'deleted' })
  })

  it('should hold nothing for readers who have left', async () => {
    service = await openService({ maxStreams: 5 })
    const subscribed = counted(service.bus)
    const run = await running()
    for (let round = 0; round < 4; round++) {
      const readers = await Promise.all(Array.from({ length: 5 }, () => follow(run)))
      const refused = await follow(run)
      assert.deepEqual([refused.response.statusCode, refused.response.headers['retry-after']], [503, '5'])
      assert.equal(subscribed(), 5)
      for (const reader of readers) reader.response.destroy()
      await until(() => subscribed() === 0)
    }
    const head = await service.call('HEAD', `/api/v1/runs/${run._id}/log/stream`, { as: blue })
    assert.equal(head.status, 200)
    assert.equal(subscribed(), 0)
  })

  it('should keep room for others when one account follows all it can', async () => {
    service = await openService({ maxStreams: 5, maxAccountStreams: 3 })
    const run = await running()
    const readers = await Promise.all(Array.from({ length: 3 }, () => follow(run)))
    const refused = await service.call('GET', `/api/v1/runs/${run._id}/log/stream`, { as: blue, headers: { 'accept-language': 'fr' } })
    assert.deepEqual([refused.status, refused.headers.get('x-error-code'), refused.headers.get('retry-after')], [429, 'too-many-account-streams', '5'])
    assert.match(refused.text, /Ce compte suit trop de journaux en même temps \(3\)/)
    const others = await Promise.all(Array.from({ length: 2 }, () => follow(run, '', { 'x-account': [] as unknown as string })))
    assert.deepEqual(others.map(({ response }) => response.statusCode), [200, 200])
    assert.equal((await follow(run, '', { 'x-account': [] as unknown as string })).response.statusCode, 503)
    readers[0]?.response.destroy()
    await until(() => readers[0]?.response.destroyed === true)
    await sleep(50)
    assert.equal((await follow(run)).response.statusCode, 200)
  })

  it('should read no further than a slow reader does', async () => {
    service = await openService()
    const run = await running()
    let read = 0
    const { logs } = service.store
    const original = logs.read.bind(logs)
    Object.assign(logs, {
      read: async (...args: Parameters<typeof original>) => {
        const entries = await original(...args)
        read += entries.length
        return entries
      }
    })
    await appendMuch(run)
    const reader = await follow(run)
    reader.response.pause()
    await sleep(300)
    assert.ok(read <= 600, `${read} lines of 20 kB were read for a reader who takes none`)
    reader.response.resume()
    await service.finish(run)
    await reader.ended
    assert.equal(reader.named('log').length, MUCH)
  })

  it('should close after its time, even for a reader who takes nothing', async () => {
    service = await openService({ streamMs: 100 })
    const subscribed = counted(service.bus)
    const run = await running()
    const reader = await follow(run)
    await reader.ended
    assert.equal(reader.named('end').length, 0, 'the run goes on: the reader comes back')
    await appendMuch(run)
    const stuck = await follow(run)
    stuck.response.pause()
    await until(() => subscribed() === 0)
    stuck.response.destroy()
  })

  it('should close when the service stops', async () => {
    service = await openService()
    const reader = await follow(await running())
    service.closing.abort()
    await reader.ended
  })
})

/** How many subscriptions of a bus are open. */
function counted (bus: Bus): () => number {
  let open = 0
  const subscribe = bus.subscribe.bind(bus)
  Object.assign(bus, {
    subscribe: (...args: Parameters<typeof subscribe>) => {
      const end = subscribe(...args)
      open++
      return () => { open--; end() }
    }
  })
  return () => open
}
