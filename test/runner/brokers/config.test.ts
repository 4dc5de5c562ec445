import assert from 'node:assert/strict'
import { createConfigBroker } from '../../../runner/brokers/config.ts'
import { openTemporaryStore, processing } from '../temporary-store.ts'
import type { Store } from '../../../store/types.ts'
import { closing } from './closing.ts'

const now = '2026-01-01T00:00:00.000Z'

describe('patchConfig of a plugin', () => {
  const open = closing()
  let store: Store
  let effects: number
  let attempt: number

  beforeEach(async () => {
    const temporary = await openTemporaryStore()
    open({ close: async () => await temporary.dispose() })
    store = temporary.store
    effects = 0
    const document = processing('p1', { config: { datasetMode: 'create', dataset: { id: 'd1', title: 'One' } } })
    await store.processings.insert(document)
    await store.runs.replacePending({ _id: 'r1', owner: document.owner, processing: { _id: 'p1', title: document.title }, status: 'triggered', createdAt: now, scheduledAt: now })
    attempt = (await store.runs.claim('r1', 'runner-1', now))?.attempt ?? assert.fail('the run was not claimed')
  })

  const broker = (options: Partial<Parameters<typeof createConfigBroker>[0]> = {}) => createConfigBroker({
    processingId: 'p1', run: { id: 'r1', attempt }, store, onPatch: async () => { effects++ }, ...options
  })
  const stored = async () => (await store.processings.get('p1'))?.config

  it('merges the first level, and keeps the new configuration on this side', async () => {
    const expected = { datasetMode: 'update', dataset: { id: 'd2' } }
    assert.equal(await broker()({ datasetMode: 'update', dataset: { id: 'd2' } }), undefined)
    assert.deepEqual(await stored(), expected)
    assert.equal(effects, 1)
  })

  for (const [what, patch] of Object.entries({
    'no object': 'datasetMode',
    nothing: undefined,
    null: null,
    'a list': [1],
    'a prototype': JSON.parse('{"__proto__":{"admin":true}}'),
    'a prototype further inside': JSON.parse('{"a":[{"__proto__":{"admin":true}}]}'),
    'a constructor': { constructor: { prototype: {} } },
    'too much': { text: 'x'.repeat(2 ** 20) },
    'too many levels': JSON.parse('{"a":'.repeat(100) + '1' + '}'.repeat(100))
  })) {
    it(`is refused with ${what}`, async () => {
      await assert.rejects(broker()(patch), { code: /^ERR_INVALID_ARG_(TYPE|VALUE)$/ })
      assert.deepEqual(await stored(), { datasetMode: 'create', dataset: { id: 'd1', title: 'One' } })
      assert.equal(effects, 0)
    })
  }

  it('is refused when the configuration would become larger than the API takes it', async () => {
    const patchConfig = broker()
    await patchConfig({ first: 'x'.repeat(60_000) })
    await assert.rejects(patchConfig({ second: 'x'.repeat(60_000) }), { code: 'config-limit', message: 'The plugin wanted to make the configuration of the processing larger than 100 KB: it was not changed.' })
    assert.equal(effects, 1)
    await patchConfig({ first: 'short', second: 'x'.repeat(60_000) })
    assert.deepEqual(Object.keys(await stored() ?? {}), ['datasetMode', 'dataset', 'first', 'second'])
  })

  it('is bounded in size also by patches that arrive at once', async () => {
    const patchConfig = broker()
    const results = await Promise.allSettled(Array.from({ length: 20 }, async (_, index) => await patchConfig({ [`part${index}`]: 'x'.repeat(30_000) })))
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 3)
    assert.ok(JSON.stringify(await stored()).length <= 102_400)
  })

  it('is refused to an attempt that has been overtaken', async () => {
    await assert.rejects(broker({ run: { id: 'r1', attempt: attempt - 1 } })({ datasetMode: 'update' }), { code: 'interrupted' })
    assert.equal((await stored())?.datasetMode, 'create')
  })

  it('writes nothing that could not be put on record first', async () => {
    await assert.rejects(broker({ onPatch: async () => { throw new Error('no record') } })({ datasetMode: 'update' }), /no record/)
    assert.equal((await stored())?.datasetMode, 'create')
  })
})
