import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { execFileSync } from 'node:child_process'
import { ALICE, openTestService } from './service.ts'
import type { AddressInfo } from 'node:net'
import type { TestService } from './service.ts'

const PLUGINS_DIR = fileURLToPath(new URL('../fixtures/plugins/suspects', import.meta.url))

interface Entry { readonly msg: string, readonly code?: string, readonly params?: { readonly variant?: string } }

describe('a cell that dies under its runs', function () {
  this.timeout(30_000)
  let service: TestService
  let writes = 0
  const target = createServer((request, response) => {
    writes++
    request.resume().on('end', () => response.end('{}'))
  })

  before(async () => {
    target.listen(0, '127.0.0.1')
    await once(target, 'listening')
    service = await openTestService({ PLUGINS_DIR, EGRESS_ALLOW: `127.0.0.1:${(target.address() as AddressInfo).port}` })
  })
  after(async () => {
    await service?.close()
    target.close()
  })

  async function create (plugin: string): Promise<string> {
    return await service.create(plugin, { config: { url: `http://127.0.0.1:${(target.address() as AddressInfo).port}/` } })
  }

  async function begin (plugin: string, created?: string): Promise<string> {
    const id = created ?? await create(plugin)
    const { json } = await service.call('POST', `/api/v1/processings/${id}/_trigger`, { as: ALICE })
    await begunTimes(json._id, 1)
    return json._id
  }

  async function begunTimes (runId: string, times: number): Promise<void> {
    for (;;) {
      const { json } = await service.call('GET', `/api/v1/runs/${runId}`)
      if (json.log.filter((entry: Entry) => entry.msg === 'begun').length >= times) return
      await wait(10)
    }
  }

  /** SIGKILL from outside, as the system does when memory runs out. */
  function killCells (): void {
    const lines = execFileSync('ps', ['-eo', 'pid,ppid,args'], { encoding: 'utf8' }).split('\n')
    for (const line of lines) {
      const [pid, ppid] = line.trim().split(/\s+/).map(Number)
      if (ppid === process.pid && line.includes('cell.mjs') && pid !== undefined) process.kill(pid, 'SIGKILL')
    }
  }

  it('runs the run again, alone, when it had no effects: it finishes', async () => {
    const runId = await begin('waits')
    killCells()
    const run = await service.ended(runId)
    assert.equal(run.status, 'finished')
    assert.equal(run.attempt, 2)
    assert.deepEqual(run.log.map((entry: Entry) => entry.code ?? entry.msg), ['begun', 'resumed', 'begun', 'done', 'finished'])
    assert.equal(run.log[1].params.variant, 'quarantine')
  })

  it('convicts the run when its cell dies again while it is alone', async () => {
    const runId = await begin('waits')
    killCells()
    await begunTimes(runId, 2)
    killCells()
    const run = await service.ended(runId)
    assert.equal(run.outcome.code, 'cell-crash')
    assert.equal(run.attempt, 2)
    assert.match(run.log.at(-1).msg, /run again alone and did so again/)
  })

  it('never runs a run again that has had an effect', async () => {
    writes = 0
    const runId = await begin('writes-then-waits')
    killCells()
    const run = await service.ended(runId)
    assert.equal(run.status, 'error')
    assert.equal(run.attempt, 1)
    assert.equal(run.effects.writes, 1)
    assert.equal(writes, 1)
    assert.ok(run.log.at(-1).msg.length > 20)
  })

  it('runs other runs of the same owner again too, each once', async () => {
    // Created first, so that all three are under way at the same time however slow the machine is.
    const created = await Promise.all([create('waits'), create('waits'), create('waits')])
    const ids = await Promise.all(created.map(async id => await begin('waits', id)))
    killCells()
    for (const id of ids) {
      const run = await service.ended(id)
      assert.equal(run.status, 'finished')
      assert.equal(run.log.filter((entry: Entry) => entry.msg === 'done').length, 1)
    }
  })
})
