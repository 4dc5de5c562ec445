import assert from 'node:assert/strict'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { openTestService, type TestService } from './service.ts'

const PLUGINS_DIR = fileURLToPath(new URL('../fixtures/plugins/host-operations', import.meta.url))
/** Of computing time beyond the limit, until a run has ended for it. */
const OVERSHOOT_MS = 1_500

interface Line { readonly type: string, readonly msg: string, readonly code?: string }

describe('operations that the platform does for plugins [slow]', function () {
  this.timeout(60_000)
  let service: TestService

  before(async () => {
    service = await openTestService({ PLUGINS_DIR, RUN_CPU_SECONDS: '2', RUN_WALL_SECONDS: '30', CELL_SPARES: '1', CELL_MAX: '4', CELL_THREADS: '4' })
  })
  after(async () => await service?.close())

  const play = async (plugin: string): Promise<any> => await service.run(await service.create(plugin))
  const texts = (run: { log: Line[] }): string[] => run.log.filter(line => line.code === undefined && (line.type === 'info' || line.type === 'error')).map(line => line.msg)
  const isAlive = (pid: number): boolean => {
    try {
      return process.kill(pid, 0)
    } catch {
      return false
    }
  }

  it('costly-key: an encrypted key whose password would be stretched for hours is refused before it is', async () => {
    const run = await play('costly-key')
    assert.equal(run.status, 'finished', run.outcome.message)
    const told = texts(run)
    assert.equal(told.length, 18)
    assert.deepEqual(told.filter(text => !text.endsWith(': ERR_OUT_OF_RANGE')), [])
  })

  it('wrong-arguments: native code is given nothing that it does not know, and the plugin an error', async () => {
    const run = await play('wrong-arguments')
    assert.equal(run.status, 'finished', `${run.outcome.code} ${run.outcome.adminDetail ?? ''}`)
    assert.deepEqual(texts(run), [
      'flush 77: ERR_OUT_OF_RANGE',
      'flush below the functions: ERR_OUT_OF_RANGE',
      'flush that is no number: ERR_OUT_OF_RANGE',
      'flush of brotli: ERR_OUT_OF_RANGE',
      'flush of zstd: ERR_OUT_OF_RANGE',
      'level NaN: ERR_OUT_OF_RANGE',
      'iv of 100 MB: ERR_CRYPTO_INVALID_IV',
      'key of 100 MB: ERR_CRYPTO_INVALID_KEYLEN',
      'authTagLength 2^31: ERR_OUT_OF_RANGE',
      'plaintextLength 2^31: ERR_OUT_OF_RANGE',
      'password of 100 MB: message-too-large',
      'name of 20 KB: message-too-large',
      'a key that cannot be written: Failed to encode public key'
    ])
  })

  for (const plugin of ['long-derivation', 'derives-in-rounds']) {
    it(`${plugin}: what is computed for a plugin counts while it goes on, whichever thread does it`, async () => {
      const run = await play(plugin)
      assert.equal(run.outcome.code, 'cpu-limit', run.outcome.message)
      assert.ok(run.receipt.cpuMs >= 2_000 && run.receipt.cpuMs < 2_000 + OVERSHOOT_MS, `${run.receipt.cpuMs} ms of computing time`)
    })
  }

  it('leaves-work-behind: the cell takes no more runs, other runs finish in it, and it ends when they have', async () => {
    const neighbour = play('waits-a-while')
    await wait(500)
    const left = await play('leaves-work-behind')
    const honest = await play('writes-a-file')
    const beside = await neighbour
    assert.deepEqual([left.status, honest.status, beside.status], ['finished', 'finished', 'finished'])
    assert.equal(left.receipt.cell.pid, beside.receipt.cell.pid, 'they were in one cell')
    assert.notEqual(honest.receipt.cell.pid, left.receipt.cell.pid)
    for (const deadline = performance.now() + 5_000; isAlive(left.receipt.cell.pid) && performance.now() < deadline;) await wait(50)
    assert.equal(isAlive(left.receipt.cell.pid), false)
    assert.ok(Date.parse(honest.finishedAt) - Date.parse(honest.startedAt) < 3_000)
  })

  it('a run has its files while others of the same cell compute', async () => {
    const busy = play('derives-in-rounds')
    await wait(400)
    const honest = await play('writes-a-file')
    assert.equal(honest.status, 'finished')
    assert.equal((await busy).outcome.code, 'cpu-limit')
  })
})
