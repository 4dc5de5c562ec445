import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { startBehavingServer, type BehavingServer } from '../servers/http-behaviours.ts'
import { openTestService, type TestService } from './service.ts'

const PLUGINS_DIR = path.dirname(fileURLToPath(new URL('../fixtures/plugins/http-streams', import.meta.url)))
const MEGABYTE = 1_048_576
const PAGE = 4_096

/** Of a process, in MB; 0 when it has gone. */
function residentMb (pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * PAGE / MEGABYTE
  } catch {
    return 0
  }
}

describe('bodies of 200 MB [slow]', function () {
  this.timeout(60_000)
  let server: BehavingServer
  let service: TestService

  before(async function () {
    if (process.platform !== 'linux') {
      console.log('      only Linux tells the memory of another process: not run')
      this.skip()
    }
    server = await startBehavingServer()
    service = await openTestService({ PLUGINS_DIR, EGRESS_ALLOW: server.host, RUN_HEAP_MB: '64' })
  })
  after(async () => {
    await service?.close()
    await server?.close()
  })

  async function play (scene: string, mb: number): Promise<any> {
    return await service.run(await service.create('http-streams', { config: { scene, url: server.url, mb } }))
  }

  /** Runs in the cell that is there already; tells how much more memory it had than at rest. Again, when another cell has taken its place. */
  async function measured (scene: string, mb: number, tries = 3): Promise<{ run: any, bytes: number, extraMb: number, serviceMb: number }> {
    const { receipt: { cell: { pid } } } = await play('nothing', 0)
    await new Promise(resolve => setTimeout(resolve, 300))
    const restMb = residentMb(pid)
    const serviceRestMb = residentMb(process.pid)
    let peakMb = restMb
    let servicePeakMb = serviceRestMb
    const timer = setInterval(() => {
      peakMb = Math.max(peakMb, residentMb(pid))
      servicePeakMb = Math.max(servicePeakMb, residentMb(process.pid))
    }, 10)
    const run = await play(scene, mb).finally(() => clearInterval(timer))
    if (run.receipt.cell.pid !== pid && tries > 1) return await measured(scene, mb, tries - 1)
    assert.equal(run.receipt.cell.pid, pid, 'the cell that was measured')
    const done = run.log.find(({ msg }: { msg: string }) => msg === 'done')
    return { run, bytes: done === undefined ? NaN : JSON.parse(done.extra).bytes, extraMb: peakMb - restMb, serviceMb: servicePeakMb - serviceRestMb }
  }

  for (const scene of ['download', 'download to a file', 'download with http', 'download with fetch', 'upload', 'upload of a file', 'both ways at once']) {
    it(`${scene}: add less than 64 MB to the memory of the cell`, async () => {
      const { run, bytes, extraMb, serviceMb } = await measured(scene, 200)
      if (process.env.TEST_MEASURES !== undefined) console.log(scene, { extraMb, serviceMb, ms: JSON.parse(run.log.find(({ msg }: { msg: string }) => msg === 'done').extra).ms })
      assert.equal(run.status, 'finished', JSON.stringify(run.log.slice(-3)))
      assert.equal(bytes, 200 * MEGABYTE * (scene === 'both ways at once' ? 3 : 1))
      assert.ok(extraMb < 64, `${extraMb} MB more in the cell`)
    })
  }

  it('a buffer that is larger than a message is sent all the same', async () => {
    const { run, bytes } = await measured('upload of a large buffer', 24)
    assert.equal(run.status, 'finished', JSON.stringify(run.log.slice(-3)))
    assert.equal(bytes, 24 * MEGABYTE)
  })

  it('a zip bomb ends in an error of its own, and takes no memory', async () => {
    const { run, extraMb } = await measured('bomb', 1_600)
    assert.equal(run.status, 'error')
    assert.match(JSON.stringify(run.log), /The compressed data grew from \d+ to more than \d+ bytes: no more than 250 times is allowed/)
    assert.ok(extraMb < 64, `${extraMb} MB more in the cell`)
  })

  it('a zip bomb that is unpacked at once is too large for a buffer', async () => {
    const { run } = await measured('bomb at once', 64)
    assert.equal(run.status, 'error')
    assert.match(JSON.stringify(run.log), /Cannot create a Buffer larger than 33554432 bytes/)
  })

  it('streams of compression that are never ended are counted', async () => {
    const { run, extraMb } = await measured('leak', 0)
    assert.equal(run.status, 'error')
    assert.match(JSON.stringify(run.log), /need too much memory|are open at once, which is the limit/)
    assert.ok(extraMb < 300, `${extraMb} MB more in the cell`)
  })
})
