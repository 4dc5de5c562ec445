import assert from 'node:assert/strict'
import { rm, writeFile } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { lineOf } from '../../../runner/cells/event.ts'
import { job, openPools, plugin } from './pool.ts'
import type { TestPools } from './pool.ts'

describe('a cell that starts', function () {
  this.timeout(40_000)
  let pools: TestPools
  before(async () => { pools = await openPools() })
  afterEach(async () => await pools.closeAll())
  after(async () => await pools?.end())

  it('is killed when it is not ready in time, and the sentence names both keys', async () => {
    const cells = pools.open({ wrapper: ['/bin/sh', '-c', 'echo waiting for a lock >&2; sleep 600'], readyMs: 500 })
    const started = performance.now()
    await assert.rejects(cells.acquire('user:a'), (error: Error) => {
      assert.match(error.message, /CELL_WRAPPER \("\/bin\/sh -c .*was not ready within CELL_READY_SECONDS \(0\.5 s\); its output begins: waiting for a lock/)
      return true
    })
    assert.ok(performance.now() - started < 5_000)
    assert.ok(cells.fault !== undefined)
  })

  it('says how a wrapper failed: its exit code and its first words', async () => {
    const cells = pools.open({ wrapper: ['/bin/sh', '-c', 'echo "no permission to unshare" >&2; exit 7'] })
    await assert.rejects(cells.acquire('user:a'), /CELL_WRAPPER .* ended with code 7 before the cell was ready; its output begins: no permission to unshare/)
    const line = pools.events.filter(event => event.event === 'ended').map(lineOf)[0]
    assert.equal(line?.level, 'warn')
    assert.match(line?.message ?? '', /CELL_WRAPPER/)
  })

  it('says when there is no such wrapper', async () => {
    const cells = pools.open({ wrapper: ['/nowhere/bwrap'] })
    await assert.rejects(cells.warm().then(async () => await cells.acquire('user:a')), /wanted a process for CELL_WRAPPER \("\/nowhere\/bwrap"\), found spawn \/nowhere\/bwrap ENOENT/)
  })

  it('does not hold up the close of the pool, nor who has given up', async () => {
    const cells = pools.open({ wrapper: ['/bin/sh', '-c', 'sleep 600'], readyMs: 600_000 })
    const given = new AbortController()
    const one = assert.rejects(cells.acquire('user:a', { signal: given.signal }), /enough/)
    const other = assert.rejects(cells.acquire('user:b'), /closing/)
    await wait(100)
    given.abort(new Error('enough'))
    await one
    const before = performance.now()
    await cells.close()
    await other
    assert.ok(performance.now() - before < 3_000)
  })

  it('is not held up by what its wrapper leaves behind', async () => {
    const cells = pools.open({ wrapper: ['/bin/sh', '-c', 'setsid sleep 8 & exit 1'] }) // it keeps the pipes open
    const before = performance.now()
    await assert.rejects(cells.acquire('user:a'), /CELL_WRAPPER .* ended with code 1/)
    assert.ok(performance.now() - before < 5_000)
  })

  it('is told as not started when the system refuses the folders that it needs', async () => {
    const cells = pools.open()
    await rm(pools.options.dir, { recursive: true, force: true })
    await writeFile(pools.options.dir, 'a file where a folder has to be')
    try {
      await assert.rejects(cells.acquire('user:a'), { name: 'CellStartError', code: 'cell-not-started', message: /^A cell could not be started: wanted a process for it, found E[A-Z]+: / })
    } finally {
      await rm(pools.options.dir)
    }
  })

  it('finds what it needs again when temporary files were taken away under the service', async () => {
    const cells = pools.open()
    const first = await cells.acquire('user:a')
    await rm(pools.options.dir, { recursive: true })
    await rm(pools.options.prepared.folder, { recursive: true })
    const second = await cells.acquire('user:b')
    const end = await second.cell.run('r1', job, plugin(''), { onGuest () {} }).ended
    assert.equal(end.kind, 'done')
    first.release()
    second.release()
  })

  it('keeps what its threads need, whatever is taken away after its start', async () => {
    const cells = pools.open({ threads: 1 })
    const lease = await cells.acquire('user:a')
    await rm(pools.options.prepared.folder, { recursive: true })
    for (const builtins of [['crypto'], ['path'], ['fs']]) {
      const end = await lease.cell.run('r1', { ...job, plugin: { ...job.plugin, builtins }, limits: { ...job.limits, heapMb: 96 } }, plugin(''), { onGuest () {} }).ended
      assert.deepEqual(end.kind === 'done' && end.result, { ok: true }, JSON.stringify(end))
    }
    lease.release()
    const other = await cells.acquire('user:b') // makes it again
    other.release()
  })

  it('is made again when only a part of what it needs was taken away', async () => {
    const cells = pools.open()
    await rm(pools.options.prepared.cell)
    const lease = await cells.acquire('user:a')
    assert.equal((await lease.cell.run('r1', job, plugin(''), { onGuest () {} }).ended).kind, 'done')
    lease.release()
  })

  it('is tried again by itself after a failure, so that the fault is over when its cause is', async () => {
    const wrapper = ['/bin/sh', '-c', 'test -e /proc/self/no-such || exit 3', 'x']
    const cells = pools.open({ wrapper, idleMs: 1_000 })
    await assert.rejects(cells.acquire('user:a'))
    assert.match(cells.fault?.message ?? '', /ended with code 3/)
    wrapper.splice(0, wrapper.length) // what an operator mends outside
    for (let tries = 0; cells.fault !== undefined && tries < 200; tries++) await wait(100)
    assert.equal(cells.fault, undefined)
  })
})

describe('a cell that dies', function () {
  this.timeout(20_000)
  let pools: TestPools
  before(async () => { pools = await openPools() })
  after(async () => await pools?.end())

  it('is told as a warning with its pid, the signal and the runs that were in it', async () => {
    const cells = pools.open()
    const lease = await cells.acquire('user:a')
    const { pid } = lease.cell
    const running = lease.cell.run('r1.1', job, plugin('await new Promise(resolve => setTimeout(resolve, 60000))'), { onGuest () {} })
    await wait(100)
    process.kill(pid as number, 'SIGKILL')
    await running.ended
    await lease.cell.dead
    lease.release()
    const line = pools.events.filter(event => event.event === 'ended').map(lineOf)[0]
    assert.equal(line?.level, 'warn')
    assert.deepEqual({ pid: line?.fields.pid, owner: line?.fields.owner, signal: line?.fields.signal, runs: line?.fields.runs }, { pid, owner: 'user:a', signal: 'SIGKILL', runs: ['r1.1'] })
    assert.match(line?.message ?? '', /ended by SIGKILL, which the runner had not sent; 1 run was in it/)
  })

  it('is never given to a run in quarantine, nor to one that waits for it to be ready', async () => {
    const cells = pools.open({ spares: 1, max: 4 })
    await cells.warm()
    const [spare] = cells.list()
    process.kill(spare?.pid as number, 'SIGKILL')
    const suspect = await cells.acquire('user:a', { alone: true }) // nobody has noticed the death as yet
    assert.notEqual(suspect.cell.pid, spare?.pid)
    assert.equal((await suspect.cell.run('r1', job, plugin(''), { onGuest () {} }).ended).kind, 'done')
    const starting = cells.acquire('user:b')
    await wait(20)
    for (const { pid, owner } of cells.list()) if (owner === 'user:b') process.kill(pid as number, 'SIGKILL')
    const lease = await starting
    assert.equal(lease.cell.alive, true)
    suspect.release()
    lease.release()
  })

  it('is told as a detail when its end was planned', async () => {
    const cells = pools.open()
    const lease = await cells.acquire('user:a', { alone: true })
    pools.events.length = 0
    lease.release()
    await lease.cell.dead
    assert.deepEqual(pools.events.map(lineOf).map(line => line.level), ['debug'])
  })
})
