import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { openSqliteStore } from '../../store/sqlite/index.ts'
import { client } from '../e2e/service.ts'
import type { ChildProcess } from 'node:child_process'
import type { AddressInfo } from 'node:net'
import type { TestService } from '../e2e/service.ts'

const CRASHES = 20
const entry = fileURLToPath(new URL('../../bin/vivarium.ts', import.meta.url))
const PLUGINS_DIR = fileURLToPath(new URL('../fixtures/plugins/crash', import.meta.url))

interface Started { readonly service: TestService, readonly child: ChildProcess }

/** The service as a user starts it, in a process of its own. */
async function startProcess (dataDir: string, env: Record<string, string>): Promise<Started> {
  const child = spawn(process.execPath, [entry, 'start'], { env: { ...process.env, DATA_DIR: dataDir, PLUGINS_DIR, HOST: '127.0.0.1', PORT: '0', OBSERVER_ACTIVE: 'false', LOG_LEVEL: 'info', ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  const url = await new Promise<string>((resolve, reject) => {
    child.once('exit', code => reject(new Error(`the service ended with ${code}: ${output}`)))
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', chunk => {
        output += chunk
        const found = /"url":"([^"]+)"/.exec(output)?.[1]
        if (found !== undefined) resolve(found)
      })
    }
  })
  const adminKey = (await readFile(path.join(dataDir, 'admin-key'), 'utf8')).trim()
  return { child, service: client(url, adminKey, dataDir, async () => { child.kill('SIGTERM'); await once(child, 'exit') }) }
}

/** Ids of the processes whose command line names this service's folder. */
function cellsOf (dataDir: string): number[] {
  const lines = execFileSync('ps', ['-eo', 'pid,args'], { encoding: 'utf8' }).split('\n')
  return lines.filter(line => line.includes(path.join(dataDir, 'tmp')) && line.includes('--permission')).map(line => Number.parseInt(line))
}

/** A zombie is not: nobody may be there to read its exit code. */
function isAlive (pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return !['Z', 'X'].includes(stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3))
  } catch {
    return false
  }
}

describe('SIGKILL of the service while runs are active', function () {
  this.timeout(150_000)
  let dataDir: string
  const arrived = new Map<string, number>()
  const target = createServer(async (request, response) => {
    const { token } = JSON.parse((await request.toArray()).join(''))
    arrived.set(token, (arrived.get(token) ?? 0) + 1)
    response.end('{}')
  })

  before(async () => {
    dataDir = await mkdtemp(path.join(tmpdir(), 'vivarium-crash-'))
    target.listen(0, '127.0.0.1')
    await once(target, 'listening')
  })
  after(async () => {
    target.close()
    await rm(dataDir, { recursive: true, force: true })
  })

  it(`${CRASHES} times: no run stays running, none runs twice with effects, logs have no gap and no double`, async () => {
    const { port } = target.address() as AddressInfo
    const env = { EGRESS_ALLOW: `127.0.0.1:${port}` }
    const processings: string[] = []
    let seen = 0
    for (let round = 0; round < CRASHES; round++) {
      const { service, child } = await startProcess(dataDir, env)
      if (round === 0) {
        for (const plugin of ['writes-once', 'only-reads', 'writes-once', 'only-reads']) {
          processings.push(await service.create(plugin, { config: { url: `http://127.0.0.1:${port}/` } }))
        }
      }
      await Promise.all(processings.map(async id => await service.call('POST', `/api/v1/processings/${id}/_trigger`)))
      await wait(50 + Math.random() * 600)
      const cells = cellsOf(dataDir)
      seen += cells.length
      child.kill('SIGKILL')
      await once(child, 'exit')
      for (const deadline = performance.now() + 2_000; cells.some(isAlive) && performance.now() < deadline;) await wait(10)
      assert.deepEqual(cells.filter(isAlive), [], 'the cells of a service that was killed die with it')
    }
    assert.ok(seen > CRASHES / 2, `there were ${seen} cells`)

    const { service } = await startProcess(dataDir, env)
    const runs = (await service.call('GET', '/api/v1/runs?size=1000&showAll=true')).json.results
    assert.ok(runs.length >= processings.length)
    for (const run of runs) await service.ended(run._id)
    await service.close()

    const store = openSqliteStore({ file: path.join(dataDir, 'vivarium.db') })
    try {
      assert.deepEqual(await store.runs.held(), [])
      let interrupted = 0
      let resumed = 0
      for (const { _id } of runs) {
        const run = await store.runs.get(_id)
        const log = await store.logs.read(_id, { limit: 100_000 })
        assert.deepEqual(log.map(entry => entry.seq), log.map((_entry, index) => index + 1))
        if (run?.outcome?.code === 'interrupted') interrupted++
        let expected = 1
        for (const { msg, code } of log) {
          if (code === 'resumed') { expected = 1; resumed++ }
          const line = /^line (\d+)$/.exec(msg)?.[1]
          if (line !== undefined) assert.equal(Number(line), expected++, `the lines of run ${_id}`)
        }
        const tokens = log.map(({ msg }) => /^token (.*)$/.exec(msg)?.[1]).filter(token => token !== undefined)
        const effective = tokens.reduce((sum, token) => sum + (arrived.get(token) ?? 0), 0)
        assert.ok(effective <= 1, `run ${_id} had its effect ${effective} times`)
        if (run?.status === 'finished') assert.equal(expected, 41, `the last attempt of run ${_id} is whole`)
      }
      assert.ok(resumed > 0, 'some run without effects was run again')
      assert.ok(interrupted > 0, 'some run with effects was marked as interrupted')
    } finally {
      await store.close()
    }
  })
})
