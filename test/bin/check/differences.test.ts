import assert from 'node:assert/strict'
import { knownDifferences, parseDifferences } from '../../../bin/check/differences.ts'

describe('vivarium check: differences from Node', () => {
  it('are those that a table of docs/node-compat.md names', () => {
    const found = parseDifferences('# Page\n\n| builtin | member | in the sandbox |\n|---|---|---|\n| `fs` | `watch` | refused (use a timer) |\n| `fs` | `fsync` | differs: does nothing |\n| node:os | cpus, totalmem | differs |\n| fs | utimes lutimes | differs | to the second |\n| fs | readFile | works |\n')
    assert.deepEqual([...found], [['fs fsync', 'does nothing'], ['os cpus', 'it differs from Node'], ['os totalmem', 'it differs from Node'], ['fs utimes', 'to the second'], ['fs lutimes', 'to the second']])
  })

  it('are none when there is no page', async () => {
    assert.equal((await knownDifferences('/nowhere/node-compat.md')).size, 0)
  })
})
