import assert from 'node:assert/strict'
import type { Account, Run } from '../../../store/types.ts'
import type { Fixture } from '../contract.ts'
import { at, entry, finish, outcome, processing, run } from './samples.ts'

export const HOSTILE = [
  "quote ' double \" back ` slash \\ dollar $1 ${x}", // eslint-disable-line no-template-curly-in-string
  "'; DROP TABLE runs; --",
  'nul \0 inside',
  '{"$ne": null}',
  '$ne',
  '$where.a.b',
  'é e\u0301 \u{1F600} \u202E \uFEFF ﷽',
  'line\nbreak\r\ttab \u2028',
  '__proto__',
  'constructor',
  '%_*?[a-z]',
  ' ',
  'ended:r1',
  'long '.repeat(2000)
]

/** Keys that a careless copy would follow, rather than keep. */
const CONFIG = '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"$ne":1,"a.b":{"$gt":""},"":null,"toString":"x"}'

export function testHostileStrings (fixture: Fixture): void {
  describe('hostile strings', () => {
    for (const text of HOSTILE) {
      it(`come back as they were from every field: ${JSON.stringify(text).slice(0, 50)}`, async () => {
        const { processings, runs, logs, runners } = fixture.store
        const owner: Account = { type: 'organization', id: text, name: text, department: text, departmentName: text }
        const signature = { id: text, name: text, date: at(0) }
        const document = processing(text, {
          title: text, owner, plugin: text, webhookKey: text, created: signature, updated: signature, config: { [text]: text, list: [text] }, active: true, secrets: { [text]: { alg: text, iv: text, data: text } }
        })
        await processings.insert(document)
        assert.deepEqual(await processings.get(text), document)
        assert.deepEqual((await processings.list({ owner }, { size: 1, skip: 0 })).results, [document])
        assert.equal((await processings.list({ owner, q: text }, { size: 1, skip: 0 })).count <= 1, true)

        const waiting = run(`run ${text}`, text, { owner, plugin: text, processing: { _id: text, title: text } })
        assert.deepEqual(await runs.replacePending(waiting), { ok: true, run: { ...waiting, attempt: 0 } })
        assert.equal((await runs.list({ owner, processings: [text] }, { size: 1, skip: 0 })).count, 1)
        assert.equal((await runs.claim(waiting._id, text, at(1)))?.runner, text)
        assert.deepEqual(await processings.mergeConfig(text, waiting._id, 1, { extra: text }), { ...document.config, extra: text })

        const line = entry(1, { msg: text, extra: { [text]: text }, code: text, params: { [text]: text } })
        await logs.append(waiting._id, 1, [line])
        assert.deepEqual(await logs.read(waiting._id, { limit: 1 }), [line])

        const end = finish({ outcome: { code: text, params: { [text]: text }, message: text, adminDetail: text }, receipt: { [text]: text } })
        assert.deepEqual(await runs.finish(waiting._id, 1, end), { ...waiting, attempt: 1, startedAt: at(1), ...end } satisfies Run)
        assert.equal((await processings.get(text))?.lastRun?.outcome?.message, text)
        assert.equal((await runs.lastEnded(text, 1)).length, 1)

        const record = { id: text, host: text, pid: 1, startedAt: at(0), heartbeatAt: at(0) }
        await runners.beat(record)
        assert.deepEqual(await runners.list(), [record])
        assert.equal(await processings.remove(text), true)
        assert.equal(await logs.last(waiting._id), 0)
      })
    }

    it('as keys of a config are kept as own keys and pollute nothing', async () => {
      const { processings, runs } = fixture.store
      await processings.insert(processing('p1', { config: JSON.parse(CONFIG) }))
      await runs.replacePending(run('r1', 'p1'))
      await runs.claim('r1', 'runner-1', at(1))
      assert.equal(JSON.stringify((await processings.get('p1'))?.config), CONFIG)
      await processings.patch('p1', { config: JSON.parse(CONFIG), title: 'again' })
      const merged = await processings.mergeConfig('p1', 'r1', 1, JSON.parse('{"__proto__":{"merged":true}}'))
      assert.deepEqual(Object.getOwnPropertyDescriptor(merged, '__proto__')?.value, { merged: true })
      assert.equal(Object.getPrototypeOf(merged), Object.prototype)
      assert.equal(JSON.stringify((await processings.get('p1'))?.config), CONFIG.replace('polluted', 'merged'))
      assert.equal('polluted' in {} || 'merged' in {}, false)
    })

    it('that are no valid Unicode come back from documents', async () => {
      const half = 'half a pair \uD800'
      await fixture.store.processings.insert(processing('p1', { title: half, config: { [half]: half } }))
      assert.deepEqual(await fixture.store.processings.get('p1'), processing('p1', { title: half, config: { [half]: half } }))
    })

    it('as ids never match another document', async () => {
      const { processings, runs } = fixture.store
      await processings.insert(processing('p1'))
      await runs.replacePending(run('p1', 'p1')) // a run may bear the id of its processing
      await runs.claim('p1', 'runner-1', at(1))
      await runs.finish('p1', 1, finish({ outcome }))
      assert.equal((await runs.replacePending(run('r2', 'p1'))).ok, true)
      for (const id of ['', '%', 'P1', 'p1\0', "p1' OR '1'='1", { $ne: null } as unknown as string]) {
        const found = await processings.get(id).catch(() => undefined) // a value that is no string may throw, it may not match
        assert.equal(found, undefined)
      }
    })
  })
}
