import assert from 'node:assert/strict'
import { checkConfig } from '../../runner/check-config.ts'
import { createConfigChecks } from '../../validation/index.ts'
import { chain } from '../validation/hostile-schemas.ts'
import type { CachedPlugin } from '../../cache/types.ts'

describe('the configuration of a run', () => {
  const checks = createConfigChecks()
  after(async () => await checks.close())

  const plugin = (schema?: Record<string, unknown>): CachedPlugin => ({
    artefact: 'p', name: 'p', version: '1.0.0', integrity: `sha512-${JSON.stringify(schema)?.length}`, origin: 'dir', dir: '/p', bundle: Buffer.alloc(0), sourceMapPath: '', entry: 'index.js', builtins: [], async: false, ...(schema === undefined ? {} : { schema })
  })
  const strict = plugin({ required: ['url'], properties: { url: { type: 'string' } } })

  it('stands in the way when it does not fit', async () => {
    assert.deepEqual(await checkConfig(checks, strict, { config: { url: 1 } }), { by: 'config', path: '/url', problem: { en: 'must be string', fr: 'doit être de type string' } })
    assert.equal((await checkConfig(checks, strict, { config: {} }))?.by, 'config')
  })

  it('does not when it fits, when there is none, or when there is no schema', async () => {
    assert.equal(await checkConfig(checks, strict, { config: { url: 'x' } }), undefined)
    assert.equal(await checkConfig(checks, strict, {}), undefined)
    assert.equal(await checkConfig(checks, plugin(), { config: {} }), undefined)
  })

  it('does not for a schema that says nothing of it: a broken one, an endless one', async () => {
    assert.equal(await checkConfig(checks, plugin({ type: 'objet' }), { config: {} }), undefined)
    assert.equal(await checkConfig(checks, plugin(chain('allOf')), { config: { a: 'x' } }), undefined)
  })

  it('costs a run less than a millisecond, once it is known', async () => {
    const config = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`property${index}`, 'a text of some length']))
    await checkConfig(checks, strict, { config: { ...config, url: 'x' } })
    const times: number[] = []
    for (let turn = 0; turn < 50; turn++) {
      const start = performance.now()
      assert.equal(await checkConfig(checks, strict, { config: { ...config, url: 'x' } }), undefined)
      times.push(performance.now() - start)
    }
    assert.ok((times.sort((a, b) => a - b)[25] ?? Infinity) < 1, `${times[25]} ms`)
  })
})
