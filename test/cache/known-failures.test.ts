import assert from 'node:assert/strict'
import type { Failure } from '../../cache/build-tasks.ts'
import { KnownFailures, RETRY_MS } from '../../cache/known-failures.ts'
import { reason, type ReasonCode } from '../../cache/reasons.ts'

describe('KnownFailures', () => {
  let now = 0
  const failure = (code: ReasonCode, lasting: boolean): Failure => ({ code: 'plugin-invalid', reason: reason(code), lasting })

  it('keeps for good what these bytes will always have', () => {
    const known = new KnownFailures(() => now)
    known.note('content', failure('no-name', true))
    now += 1000 * RETRY_MS
    assert.equal(known.get('content')?.reason.code, 'no-name')
    assert.equal(known.get('other'), undefined)
  })

  it('keeps for ten minutes what the machine may have a part in', () => {
    const known = new KnownFailures(() => now)
    known.note('content', failure('bundle-slow', false))
    now += RETRY_MS - 1
    assert.equal(known.get('content')?.reason.code, 'bundle-slow')
    now += 1
    assert.equal(known.get('content'), undefined)
  })

  it('does not keep what is over at once', () => {
    const known = new KnownFailures(() => now)
    known.note('content', failure('not-prepared', false))
    assert.equal(known.get('content'), undefined)
  })

  it('forgets the oldest beyond its bound', () => {
    const known = new KnownFailures(() => now)
    for (let index = 0; index <= 10_000; index++) known.note(`content-${index}`, failure('no-name', true))
    assert.equal(known.get('content-0'), undefined)
    assert.notEqual(known.get('content-1'), undefined)
  })
})
