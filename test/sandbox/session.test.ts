import assert from 'node:assert/strict'
import ivm from 'isolated-vm'
import { openIsolate } from '../../sandbox/isolate.ts'
import { buildPrelude, makeSnapshot } from '../../sandbox/prelude.ts'
import { Session } from '../../sandbox/session.ts'
import { job } from '../runner/cells/pool.ts'

describe('Session', function () {
  this.timeout(20_000)

  it('tells what is wrong with a bundle that cannot be compiled, and nothing of how it is run', async () => {
    const snapshot = new ivm.ExternalCopy(makeSnapshot(await buildPrelude({ size: 'core' })))
    const isolate = await openIsolate({ snapshot, heapMb: 128, onCatastrophe (message) { throw new Error(message) } })
    const session = new Session({ isolate, job, folders: undefined, post () {} })
    session.start(`(function (exports) { exports.run = () => ${'!'.repeat(1_000_000)}1 })`)
    const result = await session.result
    await session.close(1_000)
    assert.ok(!result.ok && result.error.code === 'plugin-invalid', JSON.stringify(result))
    assert.equal(result.error.message, 'Maximum call stack size exceeded')
    assert.doesNotMatch(JSON.stringify(result), /isolated-vm>:/)
  })
})
