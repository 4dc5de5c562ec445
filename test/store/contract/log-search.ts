import assert from 'node:assert/strict'
import type { LogEntry, LogFilter } from '../../../store/types.ts'
import type { Fixture } from '../contract.ts'
import { claimed, entry, processing } from './samples.ts'

export function testLogSearch (fixture: Fixture): void {
  describe('search in a log', () => {
    const found = async (filter: LogFilter, after = 0, limit = 100): Promise<number[]> =>
      (await fixture.store.logs.read('r1', { ...filter, after, limit })).map(({ seq }) => seq)
    const count = async (filter?: LogFilter): Promise<number> => await fixture.store.logs.count('r1', filter)

    beforeEach(async () => {
      await fixture.store.processings.insert(processing('p1'))
      await claimed(fixture.store, 'r1', 'p1')
      await fixture.store.logs.append('r1', 1, [
        entry(1, { type: 'step', msg: 'Lecture' }),
        entry(2, { msg: '100% of the ÉLÉMENTS_x read' }),
        entry(3, { type: 'error', msg: 'élément manquant', extra: { note: 'Lecture' } }),
        entry(4, { type: 'debug', msg: 'lecture faite' }),
        entry(5, { type: 'task', msg: 'Éléments', progress: 1, total: 2 })
      ])
    })

    it('finds the entries of some types', async () => {
      assert.deepEqual(await found({ types: ['error', 'task'] }), [3, 5])
      assert.deepEqual(await found({ types: ['step', 'info', 'warning', 'error', 'task'] }), [1, 2, 3, 5])
      assert.deepEqual(await found({ types: [] }), [])
      assert.deepEqual(await count({ types: ['error', 'debug'] }), 2)
    })

    it('finds a text in any case, as it is, in messages only', async () => {
      assert.deepEqual(await found({ q: 'LECTURE' }), [1, 4])
      assert.deepEqual(await found({ q: 'élément' }), [2, 3, 5])
      assert.deepEqual(await found({ q: '0%' }), [2])
      assert.deepEqual(await found({ q: 'S_X' }), [2])
      for (const q of ['.*', '%l%', 'note', '\\', 'msg']) assert.deepEqual(await found({ q }), [], q)
      assert.equal(await count({ q: 'élément' }), 3)
    })

    it('takes both filters together, an empty text for none, and goes on from a number', async () => {
      assert.deepEqual(await found({ q: 'élément', types: ['error', 'task'] }), [3, 5])
      assert.deepEqual(await found({ q: '' }), [1, 2, 3, 4, 5])
      assert.deepEqual(await found({ q: 'élément' }, 2, 1), [3])
      assert.deepEqual(await found({ q: 'élément' }, 3, 10), [5])
      assert.deepEqual(await found({ q: 'élément' }, 0, 0), [])
      assert.equal(await count({ q: 'lecture', types: ['debug'] }), 1)
    })

    it('counts all entries, and none of a log that does not exist', async () => {
      assert.equal(await count(), 5)
      assert.equal(await count({ q: '' }), 5)
      assert.equal(await fixture.store.logs.count('nobody'), 0)
      assert.equal(await fixture.store.logs.count('nobody', { q: 'x' }), 0)
    })

    it('gives back entries whole', async () => {
      const [task] = await fixture.store.logs.read('r1', { q: 'éléments', types: ['task'], limit: 1 })
      assert.deepEqual(task, entry(5, { type: 'task', msg: 'Éléments', progress: 1, total: 2 }))
    })

    it('looks through a long log to its end', async () => {
      const more = Array.from({ length: 3000 }, (_, n): LogEntry => entry(n + 6, { msg: n % 1000 === 999 ? 'Needle' : 'hay' }))
      await fixture.store.logs.append('r1', 1, more)
      assert.deepEqual(await found({ q: 'needle' }), [1005, 2005, 3005])
      assert.deepEqual(await found({ q: 'needle' }, 1005, 1), [2005])
      assert.equal(await count({ q: 'hay' }), 2997)
    })
  })
}
