import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { vivarium, type Called } from './command-line.ts'
import type { AddressInfo, Server } from 'node:net'

const HANGS = `/bin/sh ${fileURLToPath(new URL('../fixtures/wrappers/hangs.sh', import.meta.url))}`

describe('vivarium start, when something is in the way', function () {
  this.timeout(40_000)
  let dir: string
  const started: Called[] = []
  const taken = createServer()

  before(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'vivarium-faults-'))
    taken.listen(0, '127.0.0.1')
    await once(taken, 'listening')
  })
  afterEach(async () => {
    for (const { child, ended } of started.splice(0)) {
      child.kill('SIGTERM')
      await ended
    }
  })
  after(async () => {
    taken.close()
    await rm(dir, { recursive: true, force: true })
  })

  function start (env: Record<string, string>, role: readonly string[] = []): Called {
    const called = vivarium(['start', ...role], { env: { PORT: '0', HOST: '127.0.0.1', DATA_DIR: path.join(dir, 'data'), OBSERVER_ACTIVE: 'false', LOG_LEVEL: 'info', ...env } })
    started.push(called)
    return called
  }
  const takenPort = (): string => String((taken.address() as AddressInfo).port)

  async function saysAndEnds (called: Called, pattern: RegExp): Promise<void> {
    assert.equal(await called.ended, 1)
    assert.match(called.output(), pattern)
    assert.doesNotMatch(called.output(), /"stack"|\n {4}at /, 'one sentence, no stack')
  }

  it('says that PORT is taken, and what it wanted', async () => {
    await saysAndEnds(start({ PORT: takenPort() }), new RegExp(`PORT: wanted a free port on 127\\.0\\.0\\.1, such as ${takenPort()}, found that another process listens there \\(EADDRINUSE\\)\\.`))
  })

  it('says that OBSERVER_PORT is taken; for a runner that RUNNER_OBSERVER_PORT is', async () => {
    await saysAndEnds(start({ OBSERVER_ACTIVE: 'true', OBSERVER_PORT: takenPort() }), /start: OBSERVER_PORT: wanted a free port/)
    await saysAndEnds(start({ OBSERVER_ACTIVE: 'true', RUNNER_OBSERVER_PORT: takenPort() }, ['runner']), /start: RUNNER_OBSERVER_PORT: wanted a free port/)
  })

  it('says that DATA_DIR cannot be a folder', async () => {
    await writeFile(path.join(dir, 'file'), '')
    await saysAndEnds(start({ DATA_DIR: path.join(dir, 'file') }), /DATA_DIR: wanted a folder that the service can write to, found a file where a folder has to be \(E[A-Z]+\) \(/)
  })

  it('names CELL_WRAPPER when it fails, and its words', async () => {
    await saysAndEnds(start({ CELL_WRAPPER: '/bin/ls /no-such-folder' }), /CELL_WRAPPER .*ended with code 2 before the cell was ready; its output begins: \/bin\/ls/)
    await saysAndEnds(start({ CELL_WRAPPER: '/nowhere/bwrap' }), /wanted a process for CELL_WRAPPER .*ENOENT/)
  })

  it('ends in order on a signal while it is still starting', async () => {
    const called = start({ CELL_WRAPPER: HANGS, CELL_READY_SECONDS: '600', LOG_LEVEL: 'debug' })
    await called.until(/cell started/)
    const before = performance.now()
    called.child.kill('SIGTERM')
    assert.equal(await called.ended, 0)
    assert.ok(performance.now() - before < 8_000)
    assert.match(called.output(), /SIGTERM: closed before it was open/)
  })

  it('warns that PLUGINS_DIR is not there, and starts', async () => {
    const called = start({ PLUGINS_DIR: path.join(dir, 'nowhere') })
    await called.until(/listens on/)
    assert.match(called.output(), /PLUGINS_DIR: wanted a folder of plugins, found nothing at .*nowhere: no plugin can run until it is there\./)
  })

  it('lets the API and a runner start on one machine with the same settings; both say when they are ready', async () => {
    const port = await freePair()
    const env = { OBSERVER_ACTIVE: 'true', OBSERVER_PORT: String(port) }
    const api = start(env, ['api'])
    await api.until(/listens on/)
    const runner = start(env, ['runner'])
    await runner.until(/The runner is ready for 4 runs at a time/)
    for (const [called, at] of [[api, port], [runner, port + 1]] as const) {
      assert.match(called.output(), new RegExp(`Metrics are on http://127\\.0\\.0\\.1:${at}/metrics`))
      assert.equal((await fetch(`http://127.0.0.1:${at}/metrics`)).status, 200)
    }
  })
})

/** A free port whose successor is free too. */
async function freePair (): Promise<number> {
  for (;;) {
    const first = await listening(0)
    const { port } = first.address() as AddressInfo
    const second = await listening(port + 1).catch(() => undefined) // somebody else's
    await Promise.all([first, second].map(async server => { if (server !== undefined) await once(server.close(), 'close') }))
    if (second !== undefined) return port
  }
}

async function listening (port: number): Promise<Server> {
  const server = createServer()
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return server
}
