import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { ALICE, BOB, openTestService } from './service.ts'
import type { TestService } from './service.ts'

const PLUGINS_DIR = fileURLToPath(new URL('../fixtures/plugins/hostile', import.meta.url))

/** Which outcomes are right for an attack: more than one where the machine's speed decides which limit comes first. */
const attacks: Record<string, readonly string[]> = {
  'busy-loop': ['cpu-limit'],
  'endless-microtasks': ['cpu-limit'],
  'never-settles': ['no-result'],
  'map-growth': ['memory-limit', 'cell-memory', 'cpu-limit'],
  'array-fill': ['cpu-limit', 'memory-limit', 'cell-memory'],
  'huge-result': ['result-too-large', 'memory-limit'],
  'log-flood': ['finished', 'cpu-limit'],
  'process-exit': ['plugin-unsupported'],
  'intl-hoarder': ['cell-memory', 'memory-limit', 'cpu-limit'],
  'constructor-escape': ['finished'],
  'throws-getter': ['cpu-limit']
}

/** Asks until `stop` is called; answers the slowest answer in ms. */
function watchHealth (service: TestService): { stop(): Promise<number> } {
  let slowest = 0
  const asked = { toStop: false }
  const asking = (async () => {
    while (!asked.toStop) {
      const start = performance.now()
      const answer = await service.call('GET', '/healthz')
      slowest = Math.max(slowest, performance.now() - start)
      assert.equal(answer.status, 200)
      await wait(20)
    }
  })()
  return { async stop () { asked.toStop = true; await asking; return slowest } }
}

/** Processes whose command line names this service's folder. */
function cellsOf (dataDir: string): string[] {
  return execFileSync('ps', ['-eo', 'pid,args'], { encoding: 'utf8' }).split('\n').filter(line => line.includes(path.join(dataDir, 'tmp')) && line.includes('--permission'))
}

describe('hostile plugins', function () {
  this.timeout(60_000)
  let service: TestService
  const pids = { alice: new Set<number>(), bob: new Set<number>() }

  before(async () => {
    service = await openTestService({
      PLUGINS_DIR, RUN_CPU_SECONDS: '2', RUN_WALL_SECONDS: '20', RUN_HEAP_MB: '64', RUN_CELL_MEMORY_MB: '400', WORKER_CONCURRENCY: '4', CELL_MAX: '8', RUN_LOG_ENTRIES: '1000'
    })
  })
  after(async () => {
    await service?.close()
  })

  for (const [attack, codes] of Object.entries(attacks)) {
    it(`${attack}: ends with ${codes.join(' or ')}, the neighbour finishes, the API answers within 200 ms`, async () => {
      const hostile = await service.create(attack, { as: ALICE })
      const healthy = await service.create('healthy-neighbour', { as: BOB })
      const health = watchHealth(service)
      const [bad, good] = await Promise.all([service.run(hostile, ALICE), service.run(healthy, BOB)])
      const slowest = await health.stop()

      assert.ok(codes.includes(bad.outcome.code), `${attack} ended with ${bad.outcome.code}: ${bad.outcome.message} ${bad.outcome.adminDetail ?? ''}`)
      assert.ok(bad.log.at(-1).msg.length > 10, 'the log ends with a sentence')
      assert.equal(good.status, 'finished')
      assert.equal(good.log.filter((entry: { msg: string }) => / part \d of 5$/.test(entry.msg)).length, 15)
      assert.ok(slowest < 200, `/healthz took ${slowest.toFixed(0)} ms`)
      if (bad.receipt.cell?.pid !== undefined) pids.alice.add(bad.receipt.cell.pid)
      pids.bob.add(good.receipt.cell.pid)
    })
  }

  it('constructor-escape found nothing', async () => {
    const run = await service.run(await service.create('constructor-escape'))
    assert.deepEqual(run.log.filter((entry: { type: string }) => entry.type === 'error'), [])
    assert.match(run.log.map((entry: { msg: string }) => entry.msg).join('\n'), /nothing found/)
  })

  it('log-flood: keeps as many lines as the limit allows and says once how many were dropped', async () => {
    const run = await service.run(await service.create('log-flood'))
    const said = run.log.filter((entry: { code?: string }) => entry.code === 'log-limit')
    assert.equal(said.length, 1)
    assert.ok(run.log.length <= 1000 + 10, `${run.log.length} lines`)
  })

  it('two owners never share a cell', () => {
    assert.ok(pids.alice.size > 0 && pids.bob.size > 0)
    assert.deepEqual([...pids.alice].filter(pid => pids.bob.has(pid)), [])
  })

  it('leaves no process behind', async () => {
    await service.close()
    for (const deadline = performance.now() + 5_000; cellsOf(service.dataDir).length > 0 && performance.now() < deadline;) await wait(50)
    assert.deepEqual(cellsOf(service.dataDir), [])
  })
})
