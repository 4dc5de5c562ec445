import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { demoRuns } from '../../bin/demo/plan.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

describe('npm run demo [slow]', () => {
  it('ends with 0 within a minute, shows the logs and the table, and leaves nothing behind', async function () {
    this.timeout(60_000)
    const before = await leftovers()
    const { code, output } = await demo()
    assert.equal(code, 0, output)
    for (const line of ['Hello, Orchard! (3 of 3)', 'Hello, Harbour! (3 of 3)', '4 rows, 3 columns', 'The token is accepted', 'Pages read: 30 of 30', 'Line 3: a number was expected after the date, found "n/a".']) {
      assert.ok(output.includes(line), `"${line}" is in the output:\n${output}`)
    }
    assert.ok(output.indexOf('Pages read: 30 of 30') < output.indexOf('▸ Write'), `what a task came to is told before the next step:\n${output}`)
    const table = output.slice(output.lastIndexOf('\nrun '))
    for (const { account, title, expected } of demoRuns('', '')) {
      assert.match(table, new RegExp(`^${title} +${account.name} +✓ (${expected.join('|')}) `, 'm'))
    }
    assert.ok(!output.includes('\u001b'), 'no control codes where there is no terminal')
    assert.ok(!output.includes('demo-token'), 'the secret is not printed')
    assert.deepEqual(await leftovers(), before)
  })

  it('speaks the language of the logs from its first sentence to its last', async function () {
    this.timeout(60_000)
    const { code, output } = await demo({ LOCALE: 'fr' })
    assert.equal(code, 0, output)
    assert.match(output, /^Démarrage de Vivarium, d'une source de données et d'un registre de plugins, dans un dossier temporaire\.\n/)
    for (const line of ['10 traitements de Orchard et Harbour créés sur http', 'Depuis, le registre a perdu le plugin hello-deleted.', 'Tous sont exécutés en même temps :', ' : 30 sur 30', 'mémoire : maximum de son tas.', 'Les 10 exécutions ont toutes fini comme elles le devaient.']) {
      assert.ok(output.includes(line), `"${line}" is in the output:\n${output}`)
    }
    assert.match(output, /^exécution +compte +issue +attente ms +cache ms +cellule ms +plugin ms +calcul ms +mémoire Mo/m)
    for (const word of [/\bCreated\b/, /\bRunning\b/, /\bqueued\b/, /\bAll 10\b/]) assert.doesNotMatch(output, word)
  })
})

async function leftovers (): Promise<string[]> {
  return (await readdir(tmpdir())).filter(name => name.startsWith('vivarium-demo-'))
}

function demo (changes: Readonly<Record<string, string>> = {}): Promise<{ readonly code: number | string | null | undefined, readonly output: string }> {
  return new Promise(resolve => {
    const { FORCE_COLOR, ...env } = process.env
    execFile('npm', ['run', '--silent', 'demo'], { cwd: root, env: { ...env, ...changes }, timeout: 58_000 }, (error, stdout, stderr) => resolve({ code: error === null ? 0 : error.code, output: stdout + stderr }))
  })
}
