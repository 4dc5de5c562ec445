import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { vivarium } from './command-line.ts'

const entry = fileURLToPath(new URL('../../bin/vivarium.js', import.meta.url))

/** The Node of the machine, which is often older than the one that npm brings. */
function otherNode (): string | undefined {
  const candidates = (process.env.PATH ?? '').split(path.delimiter).filter(dir => !dir.includes('node_modules')).map(dir => path.join(dir, 'node'))
  return candidates.find(file => existsSync(file) && Number.parseInt(execFileSync(file, ['-p', 'process.versions.node'], { encoding: 'utf8' })) < 26)
}

describe('bin/vivarium.js', () => {
  it('passes the exit code on', async () => {
    assert.equal(await vivarium(['--help']).ended, 0)
    assert.equal(await vivarium(['nothing']).ended, 2)
  })

  it('hands over to Node 26 on a machine with an older one, signals included', async function () {
    const node = otherNode()
    if (node === undefined) {
      console.log('      there is no older Node on this machine: not run')
      return this.skip()
    }
    const help = vivarium(['--help'], { node })
    assert.equal(await help.ended, 0)
    assert.match(help.output(), /vivarium run <folder\|\.tgz>/)
    assert.equal(await vivarium(['nothing'], { node }).ended, 2)
    const demo = vivarium(['demo', '--keep'], { node })
    await demo.until(/Starting Vivarium/)
    demo.child.kill('SIGTERM')
    assert.equal(await demo.ended, 130)
  })

  for (const [name, left] of [['was not installed', []], ['lost its file', ['package.json']]] as const) {
    it(`says in one sentence what is needed when the Node of npm ${name}`, async function () {
      const node = otherNode()
      if (node === undefined) {
        console.log('      there is no older Node on this machine: not run')
        return this.skip()
      }
      const dir = await mkdtemp(path.join(tmpdir(), 'vivarium-alone-'))
      try {
        await mkdir(path.join(dir, 'bin'))
        await copyFile(entry, path.join(dir, 'bin', 'vivarium.js'))
        await writeFile(path.join(dir, 'package.json'), '{ "type": "module" }')
        for (const prefix of ['node', 'node-bin']) {
          const folder = path.join(dir, 'node_modules', `${prefix}-${process.platform}-${process.arch}`)
          await mkdir(folder, { recursive: true })
          for (const file of left) await writeFile(path.join(folder, file), '{}')
        }
        const { status, stderr } = spawnSync(node, [path.join(dir, 'bin', 'vivarium.js'), 'start'], { encoding: 'utf8' })
        assert.equal(status, 1)
        assert.match(stderr, /^Vivarium needs Node 26, this is Node [\d.]+, and its own has not been installed: run npm ci [^\n]*\.\n$/)
      } finally {
        await rm(dir, { recursive: true, force: true })
      }
    })
  }

  it('runs the tests of a plugin with its own Node', async () => {
    const called = vivarium(['test', '--help'])
    assert.equal(await called.ended, 0)
    assert.match(called.output(), /--test/)
  })
})
