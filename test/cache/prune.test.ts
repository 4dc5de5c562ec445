import assert from 'node:assert/strict'
import { PRUNE_LIMITS } from '../../cache/options.ts'
import { whatToRemove } from '../../cache/prune.ts'

const NOW = 1_000_000_000_000
const DAY = 24 * 3_600_000
const LIMITS = { ...PRUNE_LIMITS, bytes: 100 }
const kept = (content: string, unusedMs: number, bytes: number) => ({ content, usedAt: NOW - unusedMs, bytes })
const names = (removed: readonly { content: string }[]): string[] => removed.map(({ content }) => content)

describe('whatToRemove(contents, limits, now)', () => {
  it('removes what was not used for 30 days', () => {
    assert.deepEqual(names(whatToRemove([kept('old', 31 * DAY, 1), kept('young', 29 * DAY, 1)], LIMITS, NOW)), ['old'])
  })

  it('removes the least recently used until the rest fits', () => {
    const all = [kept('c', 1 * DAY, 50), kept('a', 3 * DAY, 50), kept('b', 2 * DAY, 50), kept('d', DAY / 2, 50)]
    assert.deepEqual(names(whatToRemove(all, LIMITS, NOW)), ['a', 'b'])
  })

  it('never removes what was used in the last 10 minutes, however large', () => {
    assert.deepEqual(names(whatToRemove([kept('now', 9 * 60_000, 1000), kept('before', 11 * 60_000, 1)], LIMITS, NOW)), ['before'])
  })

  it('removes nothing that fits', () => {
    assert.deepEqual(whatToRemove([kept('a', DAY, 100)], LIMITS, NOW), [])
  })
})
