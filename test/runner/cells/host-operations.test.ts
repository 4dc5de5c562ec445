import assert from 'node:assert/strict'
import { job as bare, openPools, plugin, type TestPools } from './pool.ts'
import type { CellRunEnd } from '../../../runner/cells/cell.ts'
import type { Lease } from '../../../runner/cells/index.ts'

const job = { ...bare, plugin: { ...bare.plugin, builtins: ['crypto', 'fs'] } }
const COMPUTE = "require('node:crypto').pbkdf2('p', 's', 3_000_000, 20, 'sha3-512', () => {})"

describe('a cell whose threads work for a plugin', function () {
  this.timeout(60_000)
  let pools: TestPools
  let runs = 0

  before(async () => { pools = await openPools() })
  afterEach(async () => await pools.closeAll())
  after(async () => await pools.end())

  /** The end, and what was told of computing time meanwhile. */
  async function run ({ cell }: Lease, body: string): Promise<{ end: CellRunEnd & { kind: 'done' }, told: number[] }> {
    const told: number[] = []
    const end = await cell.run(`r${++runs}`, job, plugin(body), { onGuest () {}, onStats: cpuMs => { told.push(cpuMs) } }).ended
    if (end.kind !== 'done') throw new Error(JSON.stringify(end.death))
    return { end, told }
  }

  it('tells what a run uses while an operation holds its thread', async () => {
    const lease = await pools.open().acquire('user:a')
    const { end, told } = await run(lease, "require('node:crypto').pbkdf2Sync('p', 's', 3_000_000, 20, 'sha3-512')")
    const total = end.counters.cpuMs
    assert.equal(end.result.ok, true)
    assert.ok(total > 400, `${total} ms`)
    assert.ok(told.filter(cpuMs => cpuMs > 0.1 * total && cpuMs < 0.95 * total).length >= 2, told.map(Math.round).join(' '))
    lease.release()
  })

  it('tells what operations use that go on on other threads', async () => {
    const lease = await pools.open().acquire('user:a')
    const { end, told } = await run(lease, "await new Promise(resolve => require('node:crypto').pbkdf2('p', 's', 3_000_000, 20, 'sha3-512', resolve))")
    const total = end.counters.cpuMs
    assert.ok(told.filter(cpuMs => cpuMs > 0.1 * total && cpuMs < 0.95 * total).length >= 2, told.map(Math.round).join(' '))
    lease.release()
  })

  for (const [what, body] of Object.entries({
    'text in an encoding that the isolate does not know': "const text = new TextDecoder('gb18030'), bytes = new Uint8Array(4_000_000).fill(0xb0); for (let i = 0; i < 8; i++) text.decode(bytes)",
    'one derivation': "require('node:crypto').pbkdf2Sync('p', 's', 400_000, 20, 'sha3-512')",
    compression: "for (let i = 0; i < 8; i++) require('node:zlib').gzipSync(Buffer.alloc(1_000_000, 'abcdefghij'), { level: 9 })"
  })) {
    it(`counts what its thread does for a run: ${what}`, async () => {
      const lease = await pools.open().acquire('user:a')
      const { end: idle } = await run(lease, '')
      const { end } = await run(lease, body)
      assert.equal(end.result.ok, true, JSON.stringify(end.result))
      assert.ok(end.counters.cpuMs > idle.counters.cpuMs + 30, `${end.counters.cpuMs} ms, doing nothing ${idle.counters.cpuMs} ms`)
      lease.release()
    })
  }

  it('takes no more runs when something is left over of one, and ends with the last of those in it', async () => {
    const cells = pools.open()
    const [first, second] = [await cells.acquire('user:a'), await cells.acquire('user:a')]
    assert.equal(first.cell, second.cell)
    const beside = run(second, 'await new Promise(resolve => setTimeout(resolve, 300))')
    const { end } = await run(first, COMPUTE)
    assert.equal(end.counters.leftover, true)
    first.release()
    const next = await cells.acquire('user:a')
    assert.notEqual(next.cell, first.cell)
    assert.equal((await beside).end.result.ok, true)
    second.release()
    assert.deepEqual(await first.cell.dead, { by: 'runner', reason: 'retired' })
    next.release()
  })

  it('serves on when nothing is left over', async () => {
    const cells = pools.open()
    const lease = await cells.acquire('user:a')
    const { end } = await run(lease, "await new Promise(resolve => require('node:crypto').pbkdf2('p', 's', 1_000, 20, 'sha1', resolve))")
    assert.equal(end.counters.leftover, undefined)
    lease.release()
    const next = await cells.acquire('user:a')
    assert.equal(next.cell, lease.cell)
    next.release()
  })

  it('has threads for the files of a run while others compute', async () => {
    const cells = pools.open()
    const busy = [await cells.acquire('user:a'), await cells.acquire('user:a')]
    const ends = busy.map(async lease => await run(lease, `for (let i = 0; i < 8; i++) { ${COMPUTE} }; await new Promise(resolve => setTimeout(resolve, 50))
      const started = Date.now(); await require('node:fs/promises').readFile('/nowhere').catch(() => {}); if (Date.now() - started > 400) throw new Error('waited')`))
    for (const { end } of await Promise.all(ends)) assert.equal(end.result.ok, true, JSON.stringify(end.result))
    for (const lease of busy) lease.release()
  })
})
