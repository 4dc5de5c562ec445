import assert from 'node:assert/strict'
import { decodeAnswer, encodeAnswer } from '../../cache/build-answers.ts'
import type { Answer } from '../../cache/build-tasks.ts'

describe('an answer of a build worker', () => {
  const nested = (levels: number): Answer<unknown> => {
    let value: object = {}
    for (let level = 0; level < levels; level++) value = { value }
    return { ok: true, value }
  }

  it('arrives as it was', () => {
    const answer: Answer<unknown> = { ok: true, value: { name: 'p', schema: { a: [1, undefined] } } }
    assert.deepEqual(decodeAnswer(encodeAnswer(answer)), answer)
  })

  it('becomes a failure of ours when it cannot be written', () => {
    const failed = decodeAnswer(encodeAnswer(nested(1_000_000)))
    assert.ok(!failed.ok)
    assert.equal(failed.failure.code, 'internal')
    assert.match(failed.failure.detail ?? '', /cannot be read: .*call stack/)
  })

  it('becomes a failure of ours when it cannot be read', () => {
    const bytes = encodeAnswer(nested(3))
    const failed = decodeAnswer(bytes.subarray(0, bytes.length - 8))
    assert.ok(!failed.ok)
    assert.deepEqual([failed.failure.code, failed.failure.reason.code, failed.failure.lasting], ['internal', 'not-prepared', false])
  })
})
