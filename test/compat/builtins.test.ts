import assert from 'node:assert/strict'
import { closeGuests } from '../sandbox/guest/harness.ts'
import { compare, isPossible, snippetFiles, snippetsOf } from './compare.ts'

describe('what a plugin gets from a builtin is what Node gives', function () {
  this.timeout(20_000)
  after(closeGuests)

  for (const { builtin, file } of snippetFiles()) {
    it(builtin, async () => {
      const faults: string[] = []
      for (const snippet of await snippetsOf(file)) {
        if (!await isPossible(snippet)) continue
        const { node, guest } = await compare(builtin, snippet)
        const text = `${snippet.members}: ${snippet.run}`
        if (snippet.differs === undefined && node !== guest) faults.push(`${text}\n    node  ${node}\n    guest ${guest}`)
        if (snippet.differs !== undefined && node === guest) faults.push(`${text}\n    is said to differ (${snippet.differs}), and does not: ${guest}`)
      }
      assert.equal(faults.join('\n'), '')
    })
  }
})
