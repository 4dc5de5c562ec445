import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { BuildPool } from '../../cache/build-pool.ts'
import { BUNDLE_LIMITS, PACKAGE_LIMITS } from '../../cache/options.ts'
import { tgz } from './tar-writer.ts'
import { temporaryFolder, writeFiles } from './temporary-folder.ts'

describe('BuildPool', () => {
  const folder = temporaryFolder()
  let pool: BuildPool
  /** Those that other tests left in this process. */
  let before: string[]
  const esbuilds = (): string[] => allEsbuilds().filter((pid) => !before.includes(pid))
  const noEsbuild = async (): Promise<void> => {
    for (let tries = 0; esbuilds().length > 0; tries++) {
      assert.ok(tries < 100, 'an esbuild process is left')
      await sleep(10)
    }
  }

  beforeEach(() => {
    before = allEsbuilds()
    pool = new BuildPool({ threads: 1 })
  })
  afterEach(async () => { await pool.close() })

  const bundle = async (dir: string, limitMs: number) => await pool.run({ job: 'bundle', dir, bundle: join(folder(), `out-${limitMs}`, 'b.cjs'), map: join(folder(), `out-${limitMs}`, 'b.map'), limits: BUNDLE_LIMITS }, limitMs)
  const small = async (): Promise<string> => await writeFiles(join(folder(), 'small'), { 'package.json': '{ "name": "p" }', 'index.js': 'exports.run = () => 1' })
  /** Keeps esbuild busy for seconds. */
  const slow = async (): Promise<string> => {
    const files = Array.from({ length: 40 }, (_, file) => [`m${file}.js`, `exports.x = [${'{ a: (b) => ({ c: [b, 1, -b] }) },\n'.repeat(20_000)}]`])
    return await writeFiles(join(folder(), 'slow'), { 'package.json': '{ "name": "p" }', 'index.js': files.map(([name]) => `require("./${name}")`).join('\n'), ...Object.fromEntries(files) })
  }

  it('hands failures back as data', async () => {
    await writeFile(join(folder(), 'a.tgz'), tgz([{ path: 'package/link', type: '2', link: '/' }]))
    const answer = await pool.run({ job: 'extract', parts: [{ archive: join(folder(), 'a.tgz'), at: '' }], to: join(folder(), 'to'), limits: PACKAGE_LIMITS }, 10_000)
    assert.deepEqual(answer, { ok: false, failure: { code: 'plugin-refused', reason: { code: 'link-outside', params: { path: 'link', target: '/' } }, detail: undefined, where: undefined, lasting: true } })
  })

  it('does not blame the plugin for a failure of the disk', async () => {
    await mkdir(join(folder(), 'to'))
    await writeFile(join(folder(), 'a.tgz'), tgz([{ path: 'package/x' }]))
    const answer = await pool.run({ job: 'extract', parts: [{ archive: join(folder(), 'a.tgz'), at: '' }], to: join(folder(), 'to'), limits: PACKAGE_LIMITS }, 10_000)
    assert.ok(!answer.ok)
    assert.deepEqual([answer.failure.code, answer.failure.reason.code, answer.failure.lasting], ['internal', 'not-prepared', false])
    assert.match(answer.failure.detail ?? '', /EEXIST/)
  })

  it('ends a task that is too slow, its esbuild process too, and serves the next one', async function () {
    const dir = await slow()
    const answer = await bundle(dir, 400)
    assert.deepEqual(answer, { ok: false, failure: { code: 'plugin-invalid', reason: { code: 'bundle-slow', params: { limitMs: 400 } }, lasting: false } })
    await noEsbuild()
    assert.equal((await bundle(await small(), 10_000)).ok, true)
  })

  it('leaves no esbuild process behind a task', async () => {
    assert.equal((await bundle(await small(), 10_000)).ok, true)
    assert.deepEqual(esbuilds(), [])
  })

  it('ends running and waiting tasks, and their processes, when it is closed', async () => {
    const dir = await slow()
    const tasks = [bundle(dir, 60_000), bundle(dir, 60_001)]
    while (esbuilds().length === 0) await sleep(5)
    await pool.close()
    const answers = await Promise.all(tasks)
    assert.deepEqual(answers.map((answer) => !answer.ok && answer.failure.code), ['registry-unavailable', 'registry-unavailable'])
    await noEsbuild()
    assert.deepEqual(await bundle(dir, 1000), { ok: false, failure: { code: 'registry-unavailable', reason: { code: 'closed', params: {} }, lasting: false } })
    await pool.close()
  })

  it('serves an owner while all that another has waiting is slow', async () => {
    const two = new BuildPool({ threads: 2 })
    try {
      const task = (dir: string, name: string) => ({ job: 'bundle', dir, bundle: join(folder(), name, 'b.cjs'), map: join(folder(), name, 'b.map'), limits: BUNDLE_LIMITS }) as const
      const dir = await slow()
      const all = Promise.all(Array.from({ length: 4 }, (_, index) => two.run(task(dir, `slow-${index}`), 60_000, 'user:a')))
      const answer = await two.run(task(await small(), 'neighbour'), 10_000, 'user:b')
      assert.equal(answer.ok, true)
      assert.notEqual(esbuilds().length, 0, 'the first of the slow ones goes on')
      await two.close()
      assert.deepEqual((await all).map((one) => one.ok), [false, false, false, false])
    } finally {
      await two.close()
    }
  })

  it('does not count the time that a task waits for a thread', async () => {
    const dir = await slow()
    const [first, second] = await Promise.all([bundle(dir, 1500), bundle(await small(), 1400)])
    assert.equal(first.ok, false)
    assert.equal(second.ok, true)
  })
})

/** Process ids of the esbuild processes that this process started. */
function allEsbuilds (): string[] {
  const rows = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' }).split('\n').map((line) => line.trim().split(/\s+/))
  return rows.filter(([, parent, ...args]) => parent === String(process.pid) && args.some((arg) => arg.startsWith('--service='))).map(([pid]) => pid)
}
