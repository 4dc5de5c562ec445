import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { demoRuns } from '../../bin/demo/plan.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

describe('npm run demo', () => {
  it('ends with 0 within a minute, shows the logs and the table, and leaves nothing behind', async function () {
    this.timeout(60_000)
    const before = await leftovers()
    const { code, output } = await demo()
    assert.equal(code, 0, output)
    for (const line of ['Hello, Orchard! (3 of 3)', 'Hello, Harbour! (3 of 3)', '4 rows, 3 columns', 'The token is accepted', 'Pages read: 30 of 30', 'Line 3: a number was expected after the date, found "n/a".']) {
      assert.ok(output.includes(line), `"${line}" is in the output:\n${output}`)
    }
    const table = output.slice(output.lastIndexOf('\nrun '))
    for (const { account, title, expected } of demoRuns('', '')) {
      assert.match(table, new RegExp(`^${title} +${account.name} +✓ (${expected.join('|')}) `, 'm'))
    }
    assert.ok(!output.includes('\u001b'), 'no control codes where there is no terminal')
    assert.ok(!output.includes('demo-token'), 'the secret is not printed')
    assert.deepEqual(await leftovers(), before)
  })
})

async function leftovers (): Promise<string[]> {
  return (await readdir(tmpdir())).filter(name => name.startsWith('vivarium-demo-'))
}

function demo (): Promise<{ readonly code: number | string | null | undefined, readonly output: string }> {
  return new Promise(resolve => {
    const { FORCE_COLOR, ...env } = process.env
    execFile('npm', ['run', '--silent', 'demo'], { cwd: root, env, timeout: 58_000 }, (error, stdout, stderr) => resolve({ code: error === null ? 0 : error.code, output: stdout + stderr }))
  })
}
