import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const entry = fileURLToPath(new URL('../../bin/vivarium.ts', import.meta.url))

describe('vivarium start', () => {
  let dataDir: string
  const children: ChildProcess[] = []

  beforeEach(async () => { dataDir = await mkdtemp(path.join(tmpdir(), 'vivarium-start-')) })

  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL')
    await rm(dataDir, { recursive: true, force: true })
  })

  /** `output` grows while the process lives; `ended` answers its exit code. */
  function vivarium (args: readonly string[], env: Record<string, string> = {}): { child: ChildProcess, output: () => string, ended: Promise<number | null>, line: (pattern: RegExp) => Promise<string> } {
    const child = spawn(process.execPath, [entry, ...args], { env: { PORT: '0', HOST: '127.0.0.1', DATA_DIR: dataDir, OBSERVER_ACTIVE: 'false', ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
    children.push(child)
    let output = ''
    const ended = once(child, 'close').then(([code]: (number | null)[]) => code ?? null)
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => { output += text })
    const line = async (pattern: RegExp): Promise<string> => {
      while (!pattern.test(output)) {
        const over = await Promise.race([once(child.stdout, 'data'), ended])
        if (!Array.isArray(over)) assert.match(output, pattern, `it ended with ${over}`)
      }
      return pattern.exec(output)?.[1] ?? ''
    }
    return { child, output: () => output, ended, line }
  }

  /** Speaks to a service as alice's account. */
  async function caller ({ line }: ReturnType<typeof vivarium>): Promise<(method: string, path: string, body?: object) => Promise<any>> {
    const url = await line(/listens on (http:[^\s"]+)\. /)
    const key = (await readFile(path.join(dataDir, 'admin-key'), 'utf8')).trim()
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'x-account': '{"type":"user","id":"alice"}' }
    return async (method, target, body) => {
      const response = await fetch(url + target, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
      assert.ok(response.ok, `${method} ${target}: ${response.status}`)
      return await response.json()
    }
  }

  it('says where it listens and where the key lies, never the key; SIGTERM ends it in order', async () => {
    const { child, output, ended, line } = vivarium(['start'])
    const url = await line(/listens on (http:[^\s"]+)\. /)
    const keyPath = await line(/key of the super-admin is in ([^\s"]+)/)
    const key = (await readFile(keyPath, 'utf8')).trim()
    assert.equal((await stat(keyPath)).mode & 0o777, 0o600)
    assert.ok(!output().includes(key), 'the key is not printed')
    assert.equal((await fetch(`${url}/healthz`)).status, 200)
    child.kill('SIGTERM')
    assert.equal(await ended, 0)
  })

  it('SIGTERM while a plugin runs: its stop() is called, what it says is kept, and the run goes on after the next start', async () => {
    const env = { PLUGINS_DIR: fileURLToPath(new URL('../../examples', import.meta.url)) }
    const first = vivarium(['start'], env)
    const call = await caller(first)
    const { _id: processing } = await call('POST', '/api/v1/processings', { title: 'progress', active: true, plugin: 'progress', config: { pages: 1_000 } })
    const { _id } = await call('POST', `/api/v1/processings/${processing}/_trigger`)
    while ((await call('GET', `/api/v1/runs/${_id}`)).log.length === 0) await new Promise(resolve => setTimeout(resolve, 50))
    first.child.kill('SIGTERM')
    assert.equal(await first.ended, 0)
    const second = await caller(vivarium(['start'], { ...env, LOG_LEVEL: 'info' }))
    const { log } = await second('GET', `/api/v1/runs/${_id}`)
    assert.ok(log.some(({ msg }: { msg: string }) => msg.startsWith('Stopped before the end')), JSON.stringify(log))
  })

  it('says in a sentence for each wrong value what was wanted and found, and ends with 1', async () => {
    const { output, ended } = vivarium(['start'], { PORT: 'eighty', RUN_HEAP_MB: '2' })
    assert.equal(await ended, 1)
    assert.match(output(), /^- PORT: wanted .+, found "eighty"\.$/m)
    assert.match(output(), /^- RUN_HEAP_MB: wanted .+, found "2"\.$/m)
    assert.doesNotMatch(output(), / at /, 'no stack')
  })

  it('says in a sentence that its port is taken, and ends with 1', async () => {
    const first = vivarium(['start'])
    const { port } = new URL(await first.line(/listens on (http:[^\s"]+)\. /))
    const second = vivarium(['start'], { PORT: port, DATA_DIR: path.join(dataDir, 'second') })
    assert.equal(await second.ended, 1)
    assert.match(second.output(), new RegExp(`could not start: .*${port}`))
  })

  it('answers an unknown command with a sentence and 2', async () => {
    const { output, ended } = vivarium(['strat'])
    assert.equal(await ended, 2)
    assert.match(output(), /There is no command "strat"/)
  })

  it('answers --help with all commands and 0', async () => {
    const { output, ended } = vivarium(['start', '--help'])
    assert.equal(await ended, 0)
    for (const command of ['init', 'run', 'check', 'test', 'start', 'demo', 'config']) assert.match(output(), new RegExp(`vivarium ${command}`))
  })
})
