import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { ALICE, BOB, openTestService } from './service.ts'
import type { TestService } from './service.ts'

const PLUGINS_DIR = fileURLToPath(new URL('../fixtures/plugins/hostile', import.meta.url))

const LIMITS = { PLUGINS_DIR, RUN_HEAP_MB: '64', WORKER_CONCURRENCY: '4', CELL_MAX: '8', RUN_LOG_ENTRIES: '1000' }
/** Much of all but one thing: nothing else can end what wants too much of it, however slow the machine. */
const PATIENT = { ...LIMITS, RUN_CPU_SECONDS: '600', RUN_WALL_SECONDS: '600', RUN_CELL_MEMORY_MB: '2000', CELL_SPARES: '1' }
const services = {
  'little time': { ...LIMITS, RUN_CPU_SECONDS: '2', RUN_WALL_SECONDS: '20', RUN_CELL_MEMORY_MB: '400' },
  'little heap': PATIENT,
  'much of everything': { ...PATIENT, RUN_HEAP_MB: '600' },
  'a small cell': { ...PATIENT, RUN_HEAP_MB: '300', RUN_CELL_MEMORY_MB: '400' }
} as const
type Place = keyof typeof services

/** The outcome that is right for an attack, and the service where nothing else can come first. */
const attacks: Readonly<Record<string, readonly [code: string | readonly string[], place: Place]>> = {
  'busy-loop': ['cpu-limit', 'little time'],
  'endless-microtasks': ['cpu-limit', 'little time'],
  'never-settles': ['no-result', 'little time'],
  'process-exit': ['plugin-unsupported', 'little time'],
  'constructor-escape': ['finished', 'little time'],
  'throws-getter': ['cpu-limit', 'little time'],
  'map-growth': ['memory-limit', 'little heap'],
  // One call that V8 does not interrupt: whether it ends at the heap's limit, or its process at that of the cell, is V8's to decide.
  'array-fill': [['memory-limit', 'cell-memory'], 'a small cell'],
  'log-flood': ['finished', 'little heap'],
  'huge-result': ['result-too-large', 'much of everything'],
  'intl-hoarder': ['cell-memory', 'a small cell']
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

describe('hostile plugins [slow]', function () {
  this.timeout(60_000)
  const opened = new Map<Place, TestService>()
  const at = (place: Place): TestService => opened.get(place) as TestService // all are opened first
  const pids = { alice: new Set<number>(), bob: new Set<number>() }

  before(async () => {
    for (const [place, settings] of Object.entries(services)) opened.set(place as Place, await openTestService(settings)) // the names are those above
  })
  after(async () => {
    for (const service of opened.values()) await service.close()
  })

  for (const [attack, [right, place]] of Object.entries(attacks)) {
    const codes = [right].flat()
    it(`${attack}: ends with ${codes.join(' or ')}, the neighbour finishes, the API answers within 200 ms`, async () => {
      const service = at(place)
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
    const run = await at('little time').run(await at('little time').create('constructor-escape'))
    assert.deepEqual(run.log.filter((entry: { type: string }) => entry.type === 'error'), [])
    assert.match(run.log.map((entry: { msg: string }) => entry.msg).join('\n'), /nothing found/)
  })

  it('log-flood: keeps as many lines as the limit allows and says once how many were dropped', async () => {
    const run = await at('little heap').run(await at('little heap').create('log-flood'))
    const said = run.log.filter((entry: { code?: string }) => entry.code === 'log-limit')
    assert.equal(said.length, 1)
    assert.ok(run.log.length <= 1000 + 10, `${run.log.length} lines`)
  })

  it('two owners never share a cell', () => {
    assert.ok(pids.alice.size > 0 && pids.bob.size > 0)
    assert.deepEqual([...pids.alice].filter(pid => pids.bob.has(pid)), [])
  })

  it('leaves no process behind', async () => {
    for (const { dataDir, close } of opened.values()) {
      assert.ok(cellsOf(dataDir).length > 0, 'there are cells to be left behind')
      await close()
      for (const deadline = performance.now() + 5_000; cellsOf(dataDir).length > 0 && performance.now() < deadline;) await wait(50)
      assert.deepEqual(cellsOf(dataDir), [])
    }
  })
})
