import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { vivarium } from './command-line.ts'

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
    if (node === undefined) return this.skip()
    const help = vivarium(['--help'], { node })
    assert.equal(await help.ended, 0)
    assert.match(help.output(), /vivarium run <folder\|\.tgz>/)
    assert.equal(await vivarium(['nothing'], { node }).ended, 2)
    const demo = vivarium(['demo', '--keep'], { node })
    await demo.until(/Starting Vivarium/)
    demo.child.kill('SIGTERM')
    assert.equal(await demo.ended, 130)
  })

  it('runs the tests of a plugin with its own Node', async () => {
    const called = vivarium(['test', '--help'])
    assert.equal(await called.ended, 0)
    assert.match(called.output(), /--test/)
  })
})
