import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const entry = fileURLToPath(new URL('../../bin/vivarium.js', import.meta.url))

describe('vivarium init', function () {
  this.timeout(60_000)
  let folder: string
  beforeEach(async () => { folder = await mkdtemp(path.join(tmpdir(), 'vivarium-init-')) })
  afterEach(async () => { await rm(folder, { recursive: true, force: true }) })

  function call (file: string, args: readonly string[], cwd = folder): Promise<{ readonly code: unknown, readonly output: string }> {
    const { FORCE_COLOR, NODE_OPTIONS, npm_config_prefix: _prefix, ...env } = process.env
    return new Promise(resolve => {
      execFile(file, args, { cwd, env }, (error, stdout, stderr) => resolve({ code: error === null ? 0 : error.code, output: stdout + stderr }))
    })
  }
  const vivarium = async (...args: string[]): ReturnType<typeof call> => await call(process.execPath, [entry, ...args])

  it('writes a plugin that passes check and run, and its own tests', async () => {
    const made = await vivarium('init', 'My Plugin')
    assert.equal(made.code, 0, made.output)
    assert.match(made.output, /^my-plugin is written\.$/m)
    const plugin = path.join(folder, 'My Plugin')
    assert.deepEqual((await readdir(plugin)).sort(), ['.gitignore', 'README.md', 'config.json', 'index.ts', 'node_modules', 'package.json', 'processing-config-schema.json', 'test', 'tsconfig.json'])
    assert.match(await readFile(path.join(plugin, 'README.md'), 'utf8'), /^# my-plugin\n/)

    const check = await vivarium('check', plugin)
    assert.equal(check.code, 0, check.output)
    assert.match(check.output, /✓ entry +index\.ts exports run, stop, prepare/)

    const tests = await call('npm', ['test'], plugin)
    assert.equal(tests.code, 0, tests.output)
    assert.match(tests.output, /pass 2/)

    const run = await call('npm', ['run', 'try'], plugin)
    assert.equal(run.code, 0, run.output)
    assert.match(run.output, /Hello, world!/)
  })

  it('refuses a folder that is not empty, and leaves it as it is', async () => {
    await writeFile(path.join(folder, 'notes.txt'), 'mine')
    const { code, output } = await vivarium('init')
    assert.equal(code, 1)
    assert.match(output, /^An empty folder was wanted, .* holds notes\.txt\.$/m)
    assert.deepEqual(await readdir(folder), ['notes.txt'])
  })

  it('answers arguments that make no sense with a sentence and 2', async () => {
    assert.equal((await vivarium('init', 'a', 'b')).code, 2)
    await writeFile(path.join(folder, 'file'), '')
    const { code, output } = await vivarium('init', 'file')
    assert.equal(code, 2)
    assert.match(output, /cannot be read as one \(ENOTDIR\)/)
  })
})
