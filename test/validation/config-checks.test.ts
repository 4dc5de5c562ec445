import assert from 'node:assert/strict'
import { createConfigChecks, type ConfigCheck, type ConfigChecks } from '../../validation/index.ts'
import { chain } from './hostile-schemas.ts'

describe('the check of a configuration', () => {
  let checks: ConfigChecks
  /** Longest time for which this thread could do nothing else, in ms. */
  let silence: number
  let beat: NodeJS.Timeout

  before(() => { checks = createConfigChecks() })
  after(async () => await checks.close())
  beforeEach(() => {
    let last = performance.now()
    silence = 0
    beat = setInterval(() => {
      silence = Math.max(silence, performance.now() - last)
      last = performance.now()
    }, 5)
  })
  afterEach(() => clearInterval(beat))

  let contents = 0
  const check = async (schema: Record<string, unknown>, config: Record<string, unknown> = {}, integrity = `content ${++contents}`): Promise<ConfigCheck> => await checks.check(integrity, schema, config)

  it('keeps the schemas of two contents apart, whatever their $id (W16)', async () => {
    assert.equal((await check({ $id: 'same', required: ['a'] }, {}, 'a')).kind, 'invalid')
    assert.equal((await check({ $id: 'same', required: ['b'] }, { b: 1 }, 'b')).kind, 'valid')
    assert.equal((await check({ $id: 'same', required: ['a'] }, { a: 1 }, 'a')).kind, 'valid')
  })

  it('knows the dialects', async () => {
    for (const dialect of ['http://json-schema.org/draft-07/schema#', 'https://json-schema.org/draft/2019-09/schema', 'https://json-schema.org/draft/2020-12/schema']) {
      assert.equal((await check({ $schema: dialect, type: 'object' })).kind, 'valid')
    }
    assert.equal((await check({ $schema: 'https://json-schema.org/draft/2020-12/schema', properties: { a: { prefixItems: [{ type: 'string' }] } } }, { a: [1] })).kind, 'invalid')
  })

  it('leaves keywords of forms and unknown formats alone', async () => {
    const schema = { type: 'object', layout: { comp: 'tabs' }, 'x-fromUrl': '/api', properties: { a: { type: 'string', format: 'of-our-own', 'x-display': 'textarea', layout: 'none' } } }
    assert.equal((await check(schema, { a: 'text' })).kind, 'valid')
  })

  it('tells every fault in both languages, with its place and its parameters', async () => {
    const result = await check({ required: ['b'], properties: { a: { type: 'string' }, c: { format: 'uri' } } }, { a: 1, c: 'no address' })
    assert.ok(result.kind === 'invalid')
    assert.deepEqual(result.faults, [
      { path: '', message: { en: "must have required property 'b'", fr: 'requiert la propriété b' }, params: { missingProperty: 'b' } },
      { path: '/a', message: { en: 'must be string', fr: 'doit être de type string' }, params: { type: 'string' } },
      { path: '/c', message: { en: 'must match format "uri"', fr: 'doit correspondre au format "uri"' }, params: { format: 'uri' } }
    ])
  })

  it('is not taken in by inherited properties or asynchronous schemas', async () => {
    assert.equal((await check({ required: ['toString'] })).kind, 'invalid')
    assert.equal((await check({ $async: true, required: ['a'] })).kind, 'invalid')
  })

  it('keeps what it tells of a fault small', async () => {
    const result = await check({ additionalProperties: { type: 'string' } }, { ['k'.repeat(90_000)]: 1 })
    assert.ok(result.kind === 'invalid' && JSON.stringify(result).length < 3_000)
    const many = await check({ properties: { a: { items: { type: 'string' } } } }, { a: Array.from({ length: 10_000 }, () => 1) })
    assert.ok(many.kind === 'invalid')
    assert.equal(many.faults.length, 50)
  })

  const deep = (): Record<string, unknown> => {
    const schema: Record<string, unknown> = {}
    for (let level = 0, at = schema; level < 3000; level++) at = at.not = {} as Record<string, unknown>
    return schema
  }
  const refused: [string, () => Record<string, unknown>, RegExp, RegExp][] = [
    ['an unknown type', () => ({ type: 'objet' }), /type/, /^le validateur dit « .*type/],
    ['a reference to elsewhere', () => ({ $ref: 'http://127.0.0.1/schema.json' }), /can't resolve reference/, /^le validateur dit «/],
    ['no regular expression', () => ({ properties: { a: { pattern: '(' } } }), /^the pattern "\(" cannot be used/, /^le motif "\(" est inutilisable/],
    ['a pattern that looks around', () => ({ properties: { a: { pattern: '^(?!x)' } } }), /looks around/, /regarde autour/],
    ['a pattern that refers back', () => ({ patternProperties: { '^(a)\\1$': { type: 'string' } } }), /refers back/, /en arrière/],
    ['a long pattern', () => ({ properties: { a: { pattern: 'a'.repeat(257) } } }), /257 characters, at most 256/, /257 caractères, 256 au plus/],
    ['too many levels', deep, /more than 64 levels/, /plus de 64 niveaux/],
    ['too many values', () => ({ properties: Object.fromEntries(Array.from({ length: 20_001 }, (_, index) => [`p${index}`, {}])) }), /more than 20000 values/, /plus de 20000 valeurs/],
    ['too many bytes', () => ({ description: 'x'.repeat(300_000) }), /at most 262144/, /262144 au plus/]
  ]
  for (const [what, schema, en, fr] of refused) {
    it(`refuses a schema with ${what}`, async () => {
      const result = await check(schema(), { a: 'x' })
      assert.ok(result.kind === 'bad-schema', JSON.stringify(result))
      assert.match(result.reason.en, en)
      assert.match(result.reason.fr, fr)
    })
  }

  it('matches patterns as JavaScript does, in linear time', async () => {
    const schema = { properties: { a: { pattern: '^(a+)+$' }, b: { pattern: '^[\\w.-]+/\\d{2,4}$' }, c: { pattern: '^\\u00e9t\\u00E9$' } } }
    assert.equal((await check(schema, { a: 'aaa', b: 'x-y/2024', c: 'été' })).kind, 'valid')
    assert.equal((await check(schema, { a: `${'a'.repeat(50_000)}!` })).kind, 'invalid', 'else it would have run into the limit of time')
  })

  for (const keyword of ['anyOf', 'allOf', 'oneOf'] as const) {
    it(`ends a schema that asks ${keyword} without end, blames it, and goes on`, async function () {
      const start = performance.now()
      const result = await check(chain(keyword), { a: keyword === 'allOf' ? 'x' : 1 }, `endless ${keyword}`)
      assert.ok(result.kind === 'too-costly' || result.kind === 'invalid', result.kind)
      if (keyword !== 'oneOf') assert.equal(result.kind, 'too-costly')
      assert.ok(performance.now() - start < 5_000)
      assert.ok(silence < 200, `${silence} ms of silence`)
      assert.equal((await check({ type: 'object' })).kind, 'valid')
    })
  }

  it('ends a schema that fills the memory while it is compiled', async () => {
    const wide = { anyOf: Array.from({ length: 60 }, () => ({ allOf: Array.from({ length: 100 }, () => ({ type: 'object', minProperties: 1 })) })) }
    const before = process.memoryUsage.rss()
    assert.equal((await check(wide)).kind, 'too-costly')
    assert.ok(process.memoryUsage.rss() - before < 200 * 2 ** 20)
    assert.equal((await check({ type: 'object' })).kind, 'valid')
  })

  it('tells the first fault when all of them would be too many, and does not blame the schema', async () => {
    const schema = { properties: { a: { items: { anyOf: Array.from({ length: 100 }, () => ({ type: 'object' })) } } } }
    const config = { a: Array.from({ length: 40_000 }, () => 1) }
    for (const turn of ['first', 'second']) {
      const result = await check(schema, config, 'many faults')
      assert.ok(result.kind === 'invalid', `${turn}: ${result.kind}`)
      assert.equal(result.faults[0]?.path, '/a/0')
    }
    assert.equal((await check(schema, { a: [{}] }, 'many faults')).kind, 'valid')
  })

  it('does not try a schema again that was too costly just now', async () => {
    const slow = createConfigChecks({ threads: 1, pauseMs: 2_000 })
    try {
      const all = await Promise.all(Array.from({ length: 20 }, async () => await slow.check('x', chain('allOf'), { a: 'x' })))
      assert.deepEqual(new Set(all.map(({ kind }) => kind)), new Set(['too-costly']))
      const start = performance.now()
      assert.equal((await slow.check('x', chain('allOf'), { a: 'x' })).kind, 'too-costly')
      assert.ok(performance.now() - start < 100)
    } finally {
      await slow.close()
    }
  })

  it('takes no more than may wait', async () => {
    const narrow = createConfigChecks({ threads: 1, waiting: 2 })
    try {
      const all = await Promise.all(Array.from({ length: 6 }, async (_, index) => await narrow.check(`n${index}`, { type: 'object' }, {})))
      assert.equal(all.filter(({ kind }) => kind === 'busy').length, 3)
    } finally {
      await narrow.close()
    }
  })

  it('remembers what was valid: no thread is asked again', async () => {
    const schema = { type: 'object' }
    await check(schema, { a: 1 }, 'known')
    const start = performance.now()
    for (let index = 0; index < 100; index++) assert.equal((await check(schema, { a: 1 }, 'known')).kind, 'valid')
    assert.ok(performance.now() - start < 100)
  })

  it('rejects when it was closed, also what waits', async () => {
    const closing = createConfigChecks({ threads: 1 })
    const waiting = Promise.allSettled([closing.check('a', {}, {}), closing.check('b', {}, {})])
    await closing.close()
    await closing.close()
    assert.deepEqual((await waiting).map(({ status }) => status), ['rejected', 'rejected'])
    await assert.rejects(closing.check('c', {}, {}), /no longer checked/)
  })
})
