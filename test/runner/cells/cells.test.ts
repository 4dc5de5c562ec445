import assert from 'node:assert/strict'
import { readdir, rm, mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { createCells } from '../../../runner/cells/index.ts'
import { prepareSandbox } from '../../../runner/cells/prepared.ts'
import { toJobLimits, toRunLimits } from '../../../runner/limits.ts'
import type { Cells, CellsOptions, Lease } from '../../../runner/cells/index.ts'
import type { CellRunEnd } from '../../../runner/cells/cell.ts'
import type { Job } from '../../../sandbox/protocol.ts'

const job: Job = {
  call: 'run',
  processingId: 'p1',
  processingTitle: 'a processing',
  processingConfig: {},
  pluginConfig: {},
  secrets: {},
  debug: false,
  dir: '/processing',
  tmpDir: '/tmp/run',
  dataFairUrl: '',
  plugin: { artefact: 'a', name: 'a', version: '1.0.0', entry: 'index.js', builtins: [], async: false },
  limits: toJobLimits(toRunLimits({ RUN_HEAP_MB: 64 }))
}

const plugin = (body: string): Buffer => Buffer.from(`(function (exports, require, module, __filename, __dirname) {\nexports.run = async ({ log }) => { ${body} }\n})`)

describe('createCells(options)', function () {
  this.timeout(20_000)
  let dir: string
  let options: CellsOptions
  let cells: Cells
  let runs = 0

  before(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'vivarium-cells-'))
    const prepared = await prepareSandbox(path.join(dir, 'sandbox'))
    options = {
      dir: path.join(dir, 'cells'), prepared, heapMb: 64, threads: 2, caps: { headerBytes: 1e7, bodyBytes: 1e7 }, max: 4, spares: 1, maxRuns: 100, idleMs: 60_000, memoryMb: 512, unresponsiveMs: 5_000, readyMs: 15_000
    }
  })
  after(async () => await rm(dir, { recursive: true, force: true }))

  function open (changes: Partial<CellsOptions> = {}): void {
    cells = createCells({ ...options, ...changes })
  }
  afterEach(async () => {
    await cells.close()
    assert.deepEqual(cells.list(), [])
    for (let tries = 0; tries < 50 && (await readdir(options.dir)).length > 0; tries++) await wait(20)
    assert.deepEqual(await readdir(options.dir), [], 'no work folder is left')
  })

  async function run ({ cell }: Lease, body: string): Promise<CellRunEnd> {
    return await cell.run(`r${++runs}`, job, plugin(body), { onGuest () {} }).ended
  }

  it('gives the warm spare to the first owner and starts another one', async () => {
    open()
    await cells.warm()
    const [spare] = cells.list()
    const lease = await cells.acquire('user:a')
    assert.equal(lease.cell.pid, spare?.pid)
    for (let tries = 0; tries < 100 && !cells.list().some(cell => cell.owner === undefined); tries++) await wait(20)
    assert.deepEqual(cells.list().map(cell => cell.owner).sort(), ['user:a', undefined])
    lease.release()
  })

  it('serves an owner again from his own cell, up to its threads', async () => {
    open()
    const first = await cells.acquire('user:a')
    const second = await cells.acquire('user:a')
    const third = await cells.acquire('user:a')
    assert.equal(first.cell, second.cell)
    assert.notEqual(third.cell, first.cell)
    for (const lease of [first, second, third]) lease.release()
    const again = await cells.acquire('user:a')
    assert.equal(again.cell.alive, true)
    again.release()
  })

  it('never gives a cell of one owner to another', async () => {
    open({ max: 3 })
    const seen = new Map<number | undefined, string>()
    for (const owner of ['a', 'b', 'c', 'a', 'd', 'b', 'e', 'a']) {
      const lease = await cells.acquire(owner)
      assert.equal(seen.get(lease.cell.pid) ?? owner, owner)
      seen.set(lease.cell.pid, owner)
      assert.equal((await run(lease, '')).kind, 'done')
      lease.release()
    }
  })

  it('gives the same spare to nobody else when many ask at once', async () => {
    open({ max: 8 })
    await cells.warm()
    const leases = await Promise.all(['a', 'b', 'c', 'd'].map(async owner => await cells.acquire(owner)))
    assert.equal(new Set(leases.map(lease => lease.cell.pid)).size, 4)
    for (const lease of leases) lease.release()
  })

  it('ends a cell in quarantine after its one run', async () => {
    open()
    const lease = await cells.acquire('user:a', { alone: true })
    const shared = await cells.acquire('user:a')
    assert.notEqual(shared.cell, lease.cell)
    lease.release()
    assert.deepEqual(await lease.cell.dead, { by: 'runner', reason: 'retired' })
    shared.release()
  })

  it('ends a cell after its runs, between two of them', async () => {
    open({ maxRuns: 2 })
    const pids = new Set<number | undefined>()
    for (let n = 0; n < 4; n++) {
      const lease = await cells.acquire('user:a')
      pids.add(lease.cell.pid)
      assert.equal((await run(lease, '')).kind, 'done')
      lease.release()
    }
    assert.equal(pids.size, 2)
  })

  it('gives a cell that has served its runs no more of them, while one goes on in it', async () => {
    open({ maxRuns: 2 })
    const long = await cells.acquire('user:a')
    const going = long.cell.run('long', job, plugin('await new Promise(resolve => setTimeout(resolve, 600))'), { onGuest () {} })
    const second = await cells.acquire('user:a')
    assert.equal(second.cell, long.cell)
    assert.equal((await run(second, '')).kind, 'done')
    second.release()
    const third = await cells.acquire('user:a')
    assert.notEqual(third.cell, long.cell)
    third.release()
    assert.equal((await going.ended).kind, 'done', 'the one that goes on is not disturbed')
    long.release()
    assert.deepEqual(await long.cell.dead, { by: 'runner', reason: 'retired' })
  })

  it('ends an idle cell', async () => {
    open({ idleMs: 100 })
    const lease = await cells.acquire('user:a')
    lease.release()
    assert.deepEqual(await lease.cell.dead, { by: 'runner', reason: 'retired' })
  })

  it('kills a cell whose memory passes its limit, seen from outside', async () => {
    open({ memoryMb: 200 })
    const lease = await cells.acquire('user:a')
    const end = await run(lease, 'const kept = []; for (;;) { kept.push(new Intl.DateTimeFormat("fr", { dateStyle: "full" })) }')
    assert.ok(end.kind === 'died' ? end.death.by === 'runner' && end.death.reason === 'cell-memory' : !end.result.ok && end.result.error.code === 'memory-limit', JSON.stringify(end))
    lease.release()
  })

  it('gives its process no environment but LIBC and the size of its thread pool, and no descriptor above the pipe', async () => {
    open()
    const { cell, release } = await cells.acquire('user:a')
    const environment = (await readFile(`/proc/${cell.pid}/environ`, 'utf8')).split('\0').filter(text => text !== '')
    assert.deepEqual(environment.map(text => text.split('=')[0]), ['LIBC', 'UV_THREADPOOL_SIZE'])
    release()
  })

  it('is gone when the pipe to the runner closes', async () => {
    open()
    const { cell, release } = await cells.acquire('user:a')
    const running = cell.run('endless', job, plugin('for (;;);'), { onGuest () {} })
    await wait(50)
    cell.kill({ by: 'runner', reason: 'closing' })
    assert.deepEqual(await running.ended, { kind: 'died', death: { by: 'runner', reason: 'closing' }, alone: true })
    await cell.dead
    assert.throws(() => process.kill(cell.pid as number, 0), { code: 'ESRCH' })
    release()
  })
})
