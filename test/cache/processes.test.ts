import assert from 'node:assert/strict'
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openCache, openMaintenance } from '../../cache/index.ts'
import type { Step } from '../../cache/options.ts'
import type { MeasuredCache } from '../../cache/types.ts'
import { startRegistry, type TestRegistry } from '../servers/registry.ts'
import { temporaryFolder } from './temporary-folder.ts'

const DIR = fileURLToPath(new URL('../fixtures/plugins/shape-commonjs', import.meta.url))
const SCRIPT = fileURLToPath(new URL('ensure-process.ts', import.meta.url))
const ADA = { type: 'user', id: 'ada' } as const

describe('one cache for several processes', () => {
  const folder = temporaryFolder()
  const children: ChildProcess[] = []
  const caches: MeasuredCache[] = []
  let server: TestRegistry
  const dir = (): string => join(folder(), 'cache')

  beforeEach(async () => { server = await startRegistry({ secret: 's3cret', artefacts: { plugin: { dir: DIR } } }) })
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL')
    await Promise.all(caches.splice(0).map((cache) => cache.close()))
    await server.close()
  })

  const open = async (): Promise<MeasuredCache> => {
    const cache = await openCache({ dir: dir(), registry: { kind: 'datafair', url: server.url, secret: 's3cret', retry: { attempts: 1 } } })
    caches.push(cache)
    return cache
  }
  /** A process that waits for a message. */
  const start = async (crash: { crashAt?: Step, crashAfterMs?: number } = {}): Promise<ChildProcess> => {
    const child = fork(SCRIPT, [JSON.stringify({ dir: dir(), url: server.url, artefact: 'plugin', ...crash })], { execArgv: ['--disable-warning=ExperimentalWarning'] })
    children.push(child)
    assert.deepEqual(await once(child, 'message'), ['ready', undefined])
    return child
  }
  const answer = async (child: ChildProcess): Promise<{ from: string, integrity: string, bundle: number }> => {
    const answered = once(child, 'message')
    child.send('go')
    return (await answered)[0]
  }
  const listed = async (name: string): Promise<string[]> => await readdir(join(dir(), 'v1', name))
  const isWhole = async (): Promise<void> => {
    const maintenance = await openMaintenance({ dir: dir() })
    assert.deepEqual((await maintenance.verify(() => {})).damaged, 0)
  }

  it('[slow] makes one download and one bundle for 50 that ask for the same new content at the same time', async function () {
    this.timeout(180_000)
    const all: ChildProcess[] = []
    while (all.length < 50) all.push(...await Promise.all(Array.from({ length: 10 }, () => start())))
    const answers = await Promise.all(all.map(answer))
    assert.equal(server.downloads(), 1)
    assert.equal(server.requests.filter(({ status }) => status === 304).length, 49, 'each was asked for its access')
    assert.deepEqual([new Set(answers.map(({ integrity }) => integrity)).size, new Set(answers.map(({ bundle }) => bundle)).size], [1, 1])
    assert.equal((await listed('contents')).length, 1)
    assert.deepEqual([await listed('locks'), await listed('tmp')], [[], []])
  })

  it('reads one archive to its end when several ask for an update at the same time', async function () {
    this.timeout(60_000)
    const waiting = await Promise.all(Array.from({ length: 6 }, () => start()))
    const cache = await open()
    const before = await cache.ensure('plugin', ADA)
    await server.set('plugin', { dir: DIR.replace('commonjs', 'typescript'), updatedAt: new Date(Date.now() - 5000) })
    const answers = await Promise.all(waiting.map(answer))
    assert.equal(new Set(answers.map(({ integrity }) => integrity)).size, 1)
    assert.notEqual(answers[0].integrity, before.plugin.integrity)
    assert.equal(answers.filter(({ from }) => from === 'download').length >= 1, true)
    assert.deepEqual([await listed('locks'), await listed('tmp')], [[], []])
    await isWhole()
  })

  const steps: readonly (readonly [Step, number])[] = [['locked', 0], ['download', 0], ['download', 15], ['downloaded', 0], ['downloaded', 5], ['unpacked', 0], ['sealed', 0], ['published', 0], ['pointed', 0], ['bundle', 0], ['bundle', 20], ['bundled', 0], ['built', 0]]
  for (const [crashAt, crashAfterMs] of steps) {
    it(`is whole after a SIGKILL at "${crashAt}"${crashAfterMs === 0 ? '' : ` + ${crashAfterMs} ms`}, and the next process goes on`, async function () {
      this.timeout(30_000)
      if (crashAt === 'download' && crashAfterMs > 0) await server.set('plugin', { dir: DIR, behaviour: { kind: 'slow', bytes: 100, everyMs: 5 } })
      const child = await start({ crashAt, crashAfterMs })
      const gone = once(child, 'exit')
      child.send('go')
      assert.deepEqual(await gone, [null, 'SIGKILL'])
      await isWhole()
      await server.set('plugin', { dir: DIR })
      const started = performance.now()
      const { plugin } = await (await open()).ensure('plugin', ADA)
      assert.equal(plugin.version, '1.2.3')
      assert.ok(performance.now() - started < 5000, 'nobody waits for the dead')
      await isWhole()
      assert.deepEqual([await listed('locks'), await listed('tmp')], [[], []])
    })
  }

  it('does not wait for a lock that a crash left, here or on another machine', async () => {
    const cache = await open()
    await cache.ensure('plugin', ADA)
    await cache.close()
    const [pointer] = await listed('artefacts')
    for (const [holder, ageMs] of [[`${hostname()} 999999999 00`, 0], [`${hostname()} ${process.pid} 00`, 0], ['other-host 1 00', 60_000], ['', 60_000]] as const) {
      await rm(join(dir(), 'v1/contents'), { recursive: true })
      await rm(join(dir(), 'v1/artefacts', pointer), { force: true })
      const lock = join(dir(), 'v1/locks', pointer.replace('.json', '.lock'))
      await writeFile(lock, holder)
      await utimes(lock, new Date(Date.now() - ageMs), new Date(Date.now() - ageMs))
      const started = performance.now()
      assert.equal((await (await open()).ensure('plugin', ADA)).from, 'download')
      assert.ok(performance.now() - started < 5000, holder)
    }
  })
})
