import assert from 'node:assert/strict'
import { upgradeCommand } from '../../bin/upgrade.ts'

async function said (args: readonly string[], env: Record<string, string> = {}): Promise<{ code: number, text: string }> {
  let text = ''
  const code = await upgradeCommand(args, env, more => { text += more })
  return { code, text }
}

describe('vivarium upgrade', () => {
  it('says what it may be told, with the scripts that there are, when it is told something else', async () => {
    for (const args of [['--dry'], ['--again'], ['--again', 'none'], ['again']]) {
      const { code, text } = await said(args)
      assert.equal(code, 2, args.join(' '))
      assert.match(text, /--dry-run.+--allow-orphans.+--again.+5\.2\.0\/01-publish-plugins-to-registry/s)
    }
  })

  it('has nothing to do without MONGO_URL, and says why', async () => {
    const { code, text } = await said([])
    assert.equal(code, 0)
    assert.match(text, /^MONGO_URL is not set: .+SQLite/)
  })

  it('fails with one sentence when the configuration or the database cannot be used', async () => {
    assert.match((await said([], { MONGO_URL: 'nowhere' })).text, /^The configuration cannot be used:\n- MONGO_URL: wanted mongodb:\/\//)
    const { code, text } = await said(['--dry-run'], { MONGO_URL: 'mongodb://127.0.0.1:1/none?serverSelectionTimeoutMS=100' })
    assert.equal(code, 1)
    assert.match(text, /^the database none of 127\.0\.0\.1:1 does not answer: .+\n$/)
  })
})
