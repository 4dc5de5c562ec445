import assert from 'node:assert/strict'
import { covers, SIZES, sizeFor } from '../../sandbox/snapshot-size.ts'
import { WARM } from '../../sandbox/prelude.ts'

describe('the size of a snapshot', () => {
  it('follows from the builtins that a bundle requires', () => {
    assert.equal(sizeFor([]), 'core')
    assert.equal(sizeFor(['path', 'timers/promises', 'util']), 'core')
    assert.equal(sizeFor(['fs', 'path']), 'files')
    assert.equal(sizeFor(['stream']), 'files')
    assert.equal(sizeFor(['stream', 'crypto']), 'net')
    assert.equal(sizeFor(['worker_threads']), 'files', 'what nobody has thought of is loaded when it is required')
  })

  it('grows: a larger one serves what a smaller one does', () => {
    SIZES.forEach((size, i) => {
      SIZES.forEach((wanted, j) => assert.equal(covers(size, wanted), i >= j))
      const smaller = i === 0 ? undefined : SIZES[i - 1]
      if (smaller !== undefined) assert.deepEqual(WARM[smaller].builtins.filter(name => !WARM[size].builtins.includes(name)), [])
    })
  })
})
