import assert from 'node:assert/strict'
import type { Run } from '../../../store/types.ts'
import type { Fixture } from '../contract.ts'
import { at, claimed, entry, processing, run } from './samples.ts'

const RUNS = 500

export function testContention (fixture: Fixture): void {
  describe('contention', () => {
    it(`lets each of ${RUNS} runs be claimed once by two connections that want them all`, async () => {
      const other = await fixture.reopen()
      for (let n = 0; n < RUNS; n++) {
        await fixture.store.processings.insert(processing(`p${n}`))
        await fixture.store.runs.replacePending(run(`r${n}`, `p${n}`))
      }
      const won = { first: 0, other: 0 }
      for (let n = 0; n < RUNS; n++) {
        const first = (): Promise<Run | undefined> => fixture.store.runs.claim(`r${n}`, 'first', at(1))
        const second = (): Promise<Run | undefined> => other.runs.claim(`r${n}`, 'other', at(1))
        const claims = await Promise.all(n % 3 === 0 ? [second(), first()] : [first(), second()])
        const [winner, ...others] = claims.filter(claim => claim !== undefined)
        assert.deepEqual(others, [])
        assert.equal(winner?.attempt, 1)
        assert.equal((await other.runs.get(`r${n}`))?.runner, winner.runner)
        won[winner.runner === 'first' ? 'first' : 'other']++
      }
      assert.equal(won.first + won.other, RUNS)
    })

    it('lets one of many triggers of a processing through', async () => {
      const other = await fixture.reopen()
      await fixture.store.processings.insert(processing('p1'))
      const results = await Promise.all(Array.from({ length: 20 }, async (_, n) =>
        (n % 2 === 0 ? fixture.store : other).runs.replacePending(run(`r${n}`, 'p1'))))
      const winner = results.find(result => result.ok)?.run._id
      assert.equal(results.filter(result => result.ok).length, 1)
      for (const result of results) assert.equal(result.ok ? result.run._id : result.active._id, winner)
      assert.equal((await fixture.store.runs.list({}, { size: 0, skip: 0 })).count, 1)
    })

    it('keeps the log without gap or double when two writers hold the same attempt', async () => {
      const other = await fixture.reopen()
      await fixture.store.processings.insert(processing('p1'))
      await claimed(fixture.store, 'r1', 'p1')
      const written = await Promise.allSettled(Array.from({ length: 40 }, async (_, n) =>
        (n % 2 === 0 ? fixture.store : other).logs.append('r1', 1, [entry(Math.floor(n / 2) + 1)])))
      assert.equal(written.filter(result => result.status === 'fulfilled').length, 20)
      assert.deepEqual((await other.logs.read('r1', { limit: 100 })).map(({ seq }) => seq), Array.from({ length: 20 }, (_, n) => n + 1))
    })
  })
}
