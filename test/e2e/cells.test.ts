import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { ALICE, BOB, openTestService } from './service.ts'
import type { TestAccount, TestService } from './service.ts'

const PLUGINS_DIR = fileURLToPath(new URL('../fixtures/plugins/cells', import.meta.url))
const HANGS = `/bin/sh ${fileURLToPath(new URL('../fixtures/wrappers/hangs.sh', import.meta.url))}`

async function health (service: TestService): Promise<{ status: number, json: { cells: number, canStartCells: boolean, status: string } }> {
  const { status, json } = await service.call('GET', '/healthz')
  return { status, json }
}

async function until (what: () => Promise<boolean>, ms: number): Promise<boolean> {
  for (const deadline = performance.now() + ms; performance.now() < deadline; await wait(50)) if (await what()) return true
  return false
}

describe('many configurations at once', function () {
  this.timeout(60_000)
  let service: TestService
  before(async () => { service = await openTestService({ PLUGINS_DIR, CELL_MAX: '4', CELL_SPARES: '1' }) })
  after(async () => await service?.close())

  it('are prepared a few at a time: the others wait or are told when to come back, cells stay within CELL_MAX, runs go on', async () => {
    const quick = await service.create('quick', { as: BOB })
    const post = async (): Promise<{ status: number, headers: Headers, text: string }> => await service.call('POST', '/api/v1/processings', {
      as: ALICE, headers: { 'accept-language': 'fr' }, body: { title: 'slow', plugin: 'slow-prepare', active: true, config: { ms: 200 } }
    })
    const flood = Promise.all(Array.from({ length: 60 }, post))
    let most = 0
    const looking = until(async () => {
      most = Math.max(most, (await health(service)).json.cells)
      return false
    }, 2_000)
    const started = performance.now()
    assert.equal((await service.run(quick, BOB)).status, 'finished')
    assert.ok(performance.now() - started < 10_000, 'the run is not held up')
    const answers = await flood
    await looking

    assert.ok(most <= 4, `${most} cells`)
    const refused = answers.filter(answer => answer.status === 429)
    assert.deepEqual(answers.filter(({ status }) => status !== 200 && status !== 429).map(({ text }) => text), [])
    assert.ok(refused.length > 0 && refused.length < 60, `${refused.length} were refused`)
    assert.ok(Number(refused[0]?.headers.get('retry-after')) > 0)
    assert.equal(refused[0]?.headers.get('x-error-code'), 'too-many-prepares')
    assert.match(refused[0]?.text ?? '', /^Le compte Alice fait préparer trop de configurations .*réessayez dans \d+ secondes\.$/)
  })
})

describe('a cell that never gets ready', function () {
  this.timeout(60_000)
  let dataDir: string
  let processing: string
  before(async () => {
    dataDir = await mkdtemp(path.join(tmpdir(), 'vivarium-hangs-'))
    const service = await openTestService({ DATA_DIR: dataDir, PLUGINS_DIR })
    processing = await service.create('quick')
    await service.close()
  })
  after(async () => await rm(dataDir, { recursive: true, force: true }))

  async function begin (service: TestService): Promise<string> {
    const { json } = await service.call('POST', `/api/v1/processings/${processing}/_trigger`, { as: ALICE })
    const running = async (): Promise<boolean> => (await service.call('GET', `/api/v1/runs/${json._id}`)).json.status === 'running' && (await health(service)).json.cells > 0
    assert.ok(await until(running, 5_000))
    return json._id
  }

  it('holds up neither a kill nor the stop of the service: the run goes on after the restart', async () => {
    const service = await openTestService({ DATA_DIR: dataDir, PLUGINS_DIR, CELL_WRAPPER: HANGS, CELL_SPARES: '0', CELL_READY_SECONDS: '600' })
    const killed = await begin(service)
    const before = performance.now()
    await service.call('POST', `/api/v1/runs/${killed}/_kill`, { as: ALICE })
    assert.equal((await service.ended(killed)).outcome.code, 'killed')
    const waits = await begin(service)
    await service.close()
    assert.ok(performance.now() - before < 15_000)

    const again = await openTestService({ DATA_DIR: dataDir, PLUGINS_DIR })
    const run = await again.ended(waits)
    assert.deepEqual([run.status, run.attempt], ['finished', 2])
    await again.close()
  })

  it('ends the run with a sentence after CELL_READY_SECONDS; the administrators read which wrapper it was, /healthz tells', async () => {
    const service = await openTestService({ DATA_DIR: dataDir, PLUGINS_DIR, CELL_WRAPPER: HANGS, CELL_SPARES: '0', CELL_READY_SECONDS: '1' })
    const run = await service.ended(await begin(service))
    assert.equal(run.outcome.code, 'internal')
    assert.match(run.outcome.message, /An error of the platform stopped this run/)
    assert.match(run.outcome.adminDetail, /CELL_WRAPPER .* was not ready within CELL_READY_SECONDS \(1 s\); its output begins: waiting for a lock/)
    const { status, json } = await health(service)
    assert.deepEqual([status, json.status, json.canStartCells], [503, 'error', false])
    const refused = await service.call('POST', '/api/v1/processings', { as: ALICE, body: { title: 'T', plugin: 'slow-prepare', active: true, config: { ms: 1 } } })
    assert.deepEqual([refused.status, refused.headers.get('x-error-code'), refused.headers.get('retry-after')], [503, 'cells-unavailable', '30'], refused.text)
    await service.close()
  })
})

describe('TMP_DIR that is emptied under a service', function () {
  this.timeout(60_000)
  let service: TestService
  let tmp: string
  before(async () => {
    service = await openTestService({ PLUGINS_DIR, CELL_SPARES: '0' })
    tmp = path.join(service.dataDir, 'tmp')
  })
  after(async () => await service?.close())

  it('is made again: plugins are fetched anew, runs go on', async () => {
    const old = await service.create('quick')
    assert.equal((await service.run(old)).status, 'finished')
    await rm(tmp, { recursive: true })
    const run = await service.run(old)
    assert.equal(run.status, 'finished', JSON.stringify(run.outcome))
    assert.equal((await service.run(await service.create('slow-prepare', { as: BOB, config: { ms: 1 } }), BOB)).status, 'finished')
    assert.equal((await health(service)).status, 200)
    assert.ok(existsSync(path.join(tmp, 'sandbox')))
  })

  it('shows in /healthz when it cannot be made again, and is over when it can', async () => {
    const carol: TestAccount = { type: 'user', id: 'carol', name: 'Carol' }
    const waits = await service.create('quick', { as: carol })
    await rm(tmp, { recursive: true })
    await writeFile(tmp, 'a file where a folder has to be')
    const { json } = await service.call('POST', `/api/v1/processings/${waits}/_trigger`)
    assert.notEqual((await service.ended(json._id)).status, 'finished')
    assert.ok(await until(async () => (await health(service)).status === 503, 10_000))
    assert.equal((await health(service)).json.canStartCells, false)
    await rm(tmp)
    assert.equal((await service.run(waits, carol)).status, 'finished')
    assert.ok(await until(async () => (await health(service)).status === 200, 15_000))
  })
})

describe('cells under another user (CELL_UID)', function () {
  this.timeout(60_000)
  const uid = 65_532
  const gid = 65_531
  let service: TestService

  before(async function () {
    if (process.getuid?.() !== 0) {
      console.log('      only root can start processes of another user: not run')
      this.skip()
    }
    const dataDir = await mkdtemp(path.join(tmpdir(), 'vivarium-uid-'))
    // As former releases have left it: readable by everybody inside a folder that nobody could enter.
    await writeFile(path.join(dataDir, 'old-backup.db'), 'secret', { mode: 0o644 })
    service = await openTestService({ DATA_DIR: dataDir, PLUGINS_DIR, CELL_UID: String(uid), CELL_GID: String(gid) })
  })
  after(async () => {
    if (service === undefined) return
    await service.close()
    await rm(service.dataDir, { recursive: true, force: true })
  })

  /** What a process of that user gets. */
  async function asCell (code: string): Promise<string> {
    return (await promisify(execFile)(process.execPath, ['-p', code], { uid, gid, cwd: '/' })).stdout.trim()
  }

  it('run plugins', async () => {
    const run = await service.run(await service.create('quick'))
    assert.equal(run.status, 'finished', JSON.stringify(run.outcome))
    const status = await readFile(`/proc/${run.receipt.cell.pid}/status`, 'utf8')
    assert.match(status, new RegExp(`^Uid:\\s+${uid}\\s+${uid}\\s+${uid}`, 'm'))
    assert.match(status, new RegExp(`^Gid:\\s+${gid}\\s+${gid}\\s+${gid}`, 'm'))
    assert.match(status, /^Groups:\s*$/m)
  })

  it('can read neither the keys nor the database, nor list what the service has', async () => {
    for (const name of ['admin-key', 'cipher-password', 'vivarium.db', 'vivarium.db-wal', 'old-backup.db']) {
      const file = path.join(service.dataDir, name)
      assert.ok(existsSync(file), name)
      assert.equal(await asCell(`try { fs.readFileSync(${JSON.stringify(file)}).length } catch (error) { error.code }`), 'EACCES', name)
    }
    for (const name of ['', 'processings', 'tmp', 'tmp/plugins', 'tmp/cells', 'runs']) {
      const folder = path.join(service.dataDir, name)
      assert.match(await asCell(`try { fs.readdirSync(${JSON.stringify(folder)}).length } catch (error) { error.code }`), /^(EACCES|ENOENT)$/, folder)
    }
  })
})
