import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { Growth } from '../../cache/growth.ts'

describe('Growth', () => {
  it('looks at once, then no more often than it may, and never forgets the last fetch', async () => {
    let bytes = 5
    const looks: number[] = []
    let prunes = 0
    const growth = new Growth({
      maxBytes: 10,
      lookMs: 100,
      measure: async () => { looks.push(bytes); return bytes },
      prune: async () => { prunes++; bytes = 0 }
    })
    for (let fetched = 0; fetched < 20; fetched++) growth.grown()
    await sleep(20)
    assert.deepEqual([looks, prunes], [[5], 0])
    bytes = 20
    growth.grown()
    await sleep(20)
    assert.equal(looks.length, 1)
    await sleep(150)
    assert.deepEqual([looks, prunes], [[5, 20, 0], 1])
    await growth.close()
    growth.grown()
    await sleep(150)
    assert.equal(looks.length, 3)
  })

  it('goes on after a failure', async () => {
    let looks = 0
    const growth = new Growth({ maxBytes: 1, lookMs: 1, measure: async () => { looks++; throw new Error('the folder is gone') }, prune: async () => {} })
    growth.grown()
    await sleep(20)
    growth.grown()
    await sleep(20)
    assert.equal(looks, 2)
    await growth.close()
  })
})
