import assert from 'node:assert/strict'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { ALICE, BOB, openTestService, type TestService } from './service.ts'

const PLUGINS_DIR = fileURLToPath(new URL('../fixtures/plugins/schemas', import.meta.url))

describe('schemas and configurations of plugins [slow]', function () {
  this.timeout(60_000)
  let service: TestService

  before(async () => { service = await openTestService({ PLUGINS_DIR }) })
  after(async () => await service.close())

  const post = async (plugin: string, config: unknown, as = ALICE, headers = {}) => await service.call('POST', '/api/v1/processings', { as, headers, body: { title: plugin, plugin, active: true, config } })
  const count = async (as = ALICE) => (await service.call('GET', '/api/v1/processings', { as })).json.count

  /** Asks without a pause until `stop` is called; answers the slowest answer in ms. */
  const watchHealth = (): { stop(): Promise<number> } => {
    let slowest = 0
    const asked = { toStop: false }
    const asking = (async () => {
      while (!asked.toStop) {
        const start = performance.now()
        assert.equal((await service.call('GET', '/healthz')).status, 200)
        slowest = Math.max(slowest, performance.now() - start)
        await wait(10)
      }
    })()
    return { async stop () { asked.toStop = true; await asking; return slowest } }
  }

  it('let nobody else wait, whatever a schema asks', async () => {
    for (const plugin of ['strict', 'slow-pattern', 'endless-any-of', 'endless-all-of']) await post(plugin, { url: 'x' }) // bundled
    const before = [await count(), await count(BOB)]
    const health = watchHealth()
    const hostile = await Promise.all([
      ...Array.from({ length: 10 }, async () => await post('endless-any-of', { a: 1 })),
      ...Array.from({ length: 10 }, async () => await post('endless-all-of', { a: 'x' })),
      ...Array.from({ length: 10 }, async () => await post('slow-pattern', { a: `${'a'.repeat(5_000)}!` }))
    ])
    const neighbour = await post('strict', { url: 'https://example.org' }, BOB)
    const slowest = await health.stop()
    assert.deepEqual(hostile.map(({ status }) => status), hostile.map(() => 400))
    assert.deepEqual([...new Set(hostile.map(({ headers }) => headers.get('x-error-code')))], ['schema-too-costly', 'config-invalid'])
    assert.equal(neighbour.status, 200, neighbour.text)
    assert.ok(slowest < 200, `an answer took ${slowest} ms`)
    assert.deepEqual([await count(), await count(BOB)], [before[0], before[1] + 1])
  })

  it('blame the plugin for a schema that is too costly, in the language of the reader', async () => {
    const english = await post('endless-all-of', { a: 'x' })
    assert.match(english.text, /^The configuration cannot be checked: the schema of the plugin endless-all-of needs more than (500 ms|64 MB of memory)\. This is a fault of the plugin: report it to its publisher\.$/)
    const french = await post('endless-all-of', { a: 'x' }, ALICE, { 'accept-language': 'fr' })
    assert.match(french.text, /^La configuration ne peut pas être vérifiée : le schéma du plugin endless-all-of demande plus de (500 ms|64 Mo de mémoire)\. C'est un défaut du plugin/)
  })

  const prepared: [string, RegExp, RegExp][] = [
    ['deep', /processingConfig is nested more than 31 levels deep/, /processingConfig est imbriqué sur plus de 31 niveaux/],
    ['prototype', /processingConfig has a key __proto__/, /processingConfig a une clé __proto__/],
    ['large', /processingConfig has 200011 bytes, at most 102400 are taken/, /102400 au plus sont acceptés/],
    ['misfit', /processingConfig does not fit the plugin's own schema: \/what must be string/, /\/what doit être de type string/],
    ['list', /processingConfig is not an object/, /processingConfig n'est pas un objet/],
    ['secrets', /secrets is not a map of texts/, /secrets n'est pas un ensemble de textes nommés/],
    ['large-secrets', /secrets has 200008 bytes/, /secrets a 200008 octets/],
    ['secret-prototype', /secrets has a key __proto__/, /secrets a une clé __proto__/]
  ]
  for (const [what, en, fr] of prepared) {
    it(`store nothing of a prepare() that returns something bad: ${what}`, async () => {
      const before = await count()
      const english = await post('prepares-badly', { what })
      assert.deepEqual([english.status, english.headers.get('x-error-code')], [400, 'prepare-invalid'], english.text)
      assert.match(english.text, /^The plugin prepares-badly has prepared a configuration that cannot be stored: .* This is a fault of the plugin/)
      assert.match(english.text, en)
      assert.match((await post('prepares-badly', { what }, ALICE, { 'accept-language': 'fr' })).text, fr)
      assert.equal(await count(), before)
    })
  }

  it('store nothing of a prepare() whose answer cannot even be sent', async () => {
    const before = await count()
    assert.equal((await post('prepares-badly', { what: 'very-deep' })).status, 400)
    assert.equal(await count(), before)
  })

  it('store what a prepare() has prepared well', async () => {
    const answer = await post('prepares-badly', { what: 'well' })
    assert.deepEqual([answer.status, answer.json.config], [200, { what: 'well prepared' }], answer.text)
  })

  it('are bounded in size when a run patches them: the plugin is told, and goes on', async () => {
    const id = await service.create('patches', { config: { size: 60_000 } })
    const run = await service.run(id)
    assert.equal(run.status, 'finished')
    const lines = run.log.map(({ msg }: { msg: string }) => msg)
    assert.ok(lines.includes('first is stored'))
    assert.ok(lines.some((line: string) => /^config-limit: The plugin wanted to make the configuration of the processing larger than 100 KB: it was not changed\.$/.test(line)), lines.join('\n'))
    const { config } = (await service.call('GET', `/api/v1/processings/${id}`)).json
    assert.deepEqual(Object.keys(config), ['size', 'first'])
  })

  it('end a run before it starts when the stored one no longer fits, in both languages', async () => {
    const id = await service.create('strict', { config: { url: 'x', spoil: true } })
    assert.equal((await service.run(id)).status, 'finished')
    const run = await service.run(id)
    assert.deepEqual([run.status, run.outcome.code], ['error', 'config-invalid'])
    assert.match(JSON.stringify(run.log), /The configuration no longer fits what the plugin strict expects: \/url must be string\. Open the processing and correct it\./)
    const french = await service.call('GET', `/api/v1/runs/${run._id}`, { headers: { 'accept-language': 'fr' } })
    assert.match(french.text, /La configuration ne correspond plus à ce que le plugin strict attend : \/url doit être de type string\. Ouvrez/)
  })
})
