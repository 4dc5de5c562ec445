/** Processings whose plugin is there, is a build of a branch, is forbidden, or is gone, over a registry of data-fair. In brackets: what data-fair/processings tests. */
import assert from 'node:assert/strict'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { packFolder, startRegistry, type TestRegistry } from '../servers/registry.ts'
import { ALICE, BOB, openTestService, type TestAccount, type TestService } from './service.ts'

const SECRET = 'registry-secret'
const PLUGIN = '@fixtures-says-hello-1'
const BRANCH = '@fixtures-says-hello-feat-loud'
const GONE = '@fixtures-gone-1'
const RESTRICTED = '@fixtures-restricted-1'
const fixture = fileURLToPath(new URL('../fixtures/plugins/registry/says-hello', import.meta.url))
const messages = (run: { log: { msg: string }[] }): string[] => run.log.map(({ msg }) => msg)

describe('a processing, by what the registry says of its plugin', function () {
  this.timeout(30_000)
  let dir: string
  let registry: TestRegistry
  let service: TestService

  before(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'vivarium-broken-'))
    await cp(fixture, dir, { recursive: true })
    await writeFile(path.join(dir, 'processing-config-schema.json'), '{ "type": "object", "properties": { "colour": { "type": "string" } } }')
    registry = await startRegistry({ secret: SECRET, artefacts: { [PLUGIN]: { dir }, [RESTRICTED]: { dir, access: [BOB] } } })
    service = await openTestService({ PRIVATE_REGISTRY_URL: registry.url, SECRET_REGISTRY: SECRET, LOCALE: 'fr', MAX_FAILURES: '3', MAX_FAILURES_COOLDOWN: '0' })
  })
  after(async () => {
    await service?.close()
    await registry?.close()
    await rm(dir, { recursive: true })
  })

  const at = (id: string, rest = ''): string => `/api/v1/processings/${id}${rest}`
  /** As the super-admin, for an account that may have no access; active only with a configuration. */
  const make = async (plugin: string, owner: TestAccount, more: object = {}): Promise<{ status: number, text: string, json: any }> =>
    await service.call('POST', '/api/v1/processings', { body: { title: plugin, plugin, owner, ...more } })
  const idOf = async (answer: Promise<{ status: number, text: string, json: any }>): Promise<string> => {
    const { status, text, json } = await answer
    assert.equal(status, 200, text)
    return json._id
  }

  describe('that is available', () => {
    it('shows its plugin and its form (AVAIL-01)', async () => {
      const id = await service.create(PLUGIN)
      const plugin = await service.call('GET', at(id, '/plugin'), { as: ALICE })
      const { _id, format, packageName, version, integrity, origin } = plugin.json
      assert.deepEqual([_id, format, origin], [PLUGIN, 'npm', registry.url])
      const run = await service.run(id)
      assert.deepEqual([packageName, version, integrity], [run.receipt.plugin.name, run.receipt.plugin.version, run.receipt.plugin.integrity])
      assert.deepEqual((await service.call('GET', at(id, '/plugin-config-schema'), { as: ALICE })).json.properties, { colour: { type: 'string' } })
    })
  })

  describe('that is a build of a branch', () => {
    const publish = async (): Promise<void> => {
      const body = new FormData()
      body.append('category', 'processing')
      body.append('file', new Blob([new Uint8Array(await packFolder(dir))]), 'package.tgz')
      assert.equal((await fetch(`${registry.url}/api/v1/artefacts/npm/${encodeURIComponent(BRANCH)}`, { method: 'POST', headers: { 'x-secret-key': SECRET }, body })).status, 201)
      registry.edit(BRANCH, { public: true })
    }
    const updatedAt = async (): Promise<string> =>
      (await (await fetch(`${registry.url}/api/v1/artefacts/${encodeURIComponent(BRANCH)}`, { headers: { 'x-secret-key': SECRET } })).json() as { format: string, dataUpdatedAt: string }).dataUpdatedAt

    it('keeps its id word for word, and runs (BRANCH-01, BRANCH-02)', async () => {
      await publish()
      const id = await service.create(BRANCH)
      assert.equal((await service.call('GET', at(id), { as: ALICE })).json.plugin, BRANCH)
      const run = await service.run(id)
      assert.deepEqual([run.status, messages(run)[0]], ['finished', 'hello'])
    })

    it('runs what was uploaded last (BRANCH-03)', async () => {
      await publish()
      const id = await service.create(BRANCH)
      assert.equal(messages(await service.run(id))[0], 'hello')
      const before = await updatedAt()
      const entry = path.join(dir, 'index.js')
      const source = await readFile(entry, 'utf8')
      try {
        await writeFile(entry, source.replaceAll('hello', 'HELLO'))
        await new Promise(resolve => setTimeout(resolve, 1_010)) // dates of the registry's headers hold seconds
        await publish()
        assert.ok(Date.parse(await updatedAt()) > Date.parse(before))
        assert.equal(messages(await service.run(id))[0], 'HELLO')
      } finally {
        await writeFile(entry, source)
      }
    })
  })

  describe('that is gone', () => {
    let id: string
    beforeEach(async () => {
      await registry.set(GONE, { dir })
      id = await service.create(GONE, { as: BOB })
      await service.run(id, BOB)
      await registry.set(GONE, undefined)
    })

    it('can be read, and its history too (BRKAPI-01)', async () => {
      const read = await service.call('GET', at(id), { as: BOB })
      assert.deepEqual([read.status, read.json.plugin, read.json.lastRun.status], [200, GONE, 'finished'])
      const { json: { results } } = await service.call('GET', `/api/v1/runs?processing=${id}`, { as: BOB })
      assert.equal(results.length, 1)
      assert.equal((await service.call('GET', `/api/v1/runs/${results[0]._id}`, { as: BOB })).json.log[0].msg, 'hello')
    })

    it('can be renamed, stopped and shared (BRKAPI-05)', async () => {
      for (const body of [{ title: 'Another title' }, { active: false }, { permissions: [] }]) {
        const answer = await service.call('PATCH', at(id), { as: BOB, body })
        assert.equal(answer.status, 200, answer.text)
      }
      assert.equal((await service.call('GET', at(id), { as: BOB })).json.title, 'Another title')
    })

    it('takes no configuration: 404 with the id of the plugin (BRKAPI-02, BRKAPI-06)', async () => {
      const answer = await service.call('PATCH', at(id), { as: BOB, body: { config: { colour: 'red' } } })
      assert.deepEqual([answer.status, answer.text], [404, `Le plugin ${GONE} est introuvable dans le registre.`])
      for (const rest of ['/plugin', '/plugin-config-schema']) assert.equal((await service.call('GET', at(id, rest), { as: BOB })).status, 404)
    })

    it('can be deleted (BRKAPI-03)', async () => {
      assert.equal((await service.call('DELETE', at(id), { as: BOB })).status, 204)
      assert.equal((await service.call('GET', at(id), { as: BOB })).status, 404)
    })

    it('runs into the friendly sentence, at once, and each run counts once as a failure (BRKAPI-04)', async () => {
      for (const disabled of [false, false, true]) {
        const started = performance.now()
        const run = await service.run(id, BOB)
        assert.ok(performance.now() - started < 5_000)
        assert.deepEqual([run.status, run.log[0].type], ['error', 'error'])
        assert.match(run.log[0].msg, new RegExp(`^Le plugin ${GONE} n'est plus disponible \\(supprimé ou accès retiré\\)\\.`))
        assert.equal((await service.call('GET', at(id), { as: BOB })).json.active, !disabled)
      }
    })

    it('works again as soon as the plugin is back, without a restart', async () => {
      assert.equal((await service.run(id, BOB)).status, 'error')
      await registry.set(GONE, { dir })
      assert.equal((await service.run(id, BOB)).status, 'finished')
      assert.equal((await service.call('PATCH', at(id), { as: BOB, body: { config: { colour: 'red' } } })).status, 200)
      assert.equal((await service.call('GET', at(id, '/plugin'), { as: BOB })).json._id, GONE)
    })
  })

  describe('that its owner may not use', () => {
    it('can be made without a configuration, by a super-admin, and is broken (PLACC-01)', async () => {
      const id = await idOf(make(RESTRICTED, ALICE))
      const schema = await service.call('GET', at(id, '/plugin-config-schema'), { as: ALICE })
      assert.deepEqual([schema.status, schema.text], [403, `Le compte ${ALICE.name} n'a pas accès au plugin ${RESTRICTED}.`])
    })

    it('takes no configuration: 403 with the plugin and the owner (PLACC-02)', async () => {
      const id = await idOf(make(RESTRICTED, ALICE))
      const answer = await service.call('PATCH', at(id), { body: { config: { colour: 'red' } } })
      assert.deepEqual([answer.status, answer.text], [403, `Le compte ${ALICE.name} n'a pas accès au plugin ${RESTRICTED}.`])
      assert.equal((await make(RESTRICTED, ALICE, { config: { colour: 'red' } })).status, 403)
    })

    it('is none for an owner whom the plugin names (PLACC-03)', async () => {
      const { status, json } = await make(RESTRICTED, BOB, { config: { colour: 'red' } })
      assert.deepEqual([status, json.config], [200, { colour: 'red' }])
    })

    it('runs into the sentence that names plugin and owner, and works again once access is given', async () => {
      const id = await idOf(make(RESTRICTED, BOB, { config: {}, active: true }))
      await registry.set(RESTRICTED, { dir, access: [] })
      try {
        const run = await service.run(id, BOB)
        assert.deepEqual([run.status, run.outcome.code], ['error', 'plugin-forbidden'])
        assert.match(run.outcome.message, new RegExp(`${RESTRICTED}.+${BOB.name}`))
      } finally {
        await registry.set(RESTRICTED, { dir, access: [BOB] })
      }
      assert.equal((await service.run(id, BOB)).status, 'finished')
    })

    it('is judged for the owner, whoever looks: one who was given the processing reads its plugin (PLTRANS-01)', async () => {
      const id = await idOf(make(RESTRICTED, BOB))
      const { id: organization, name } = { id: 'carols', name: 'Carols' }
      const carol: TestAccount = { type: 'organization', id: organization, name }
      assert.ok([403, 404].includes((await service.call('GET', at(id, '/plugin'), { as: carol })).status))
      const permissions = [{ profile: 'read', target: { type: 'partner', organization: { id: organization, name }, roles: ['admin'] } }]
      assert.equal((await service.call('PATCH', at(id), { as: BOB, body: { permissions } })).status, 200)
      const plugin = await service.call('GET', at(id, '/plugin'), { as: carol })
      assert.deepEqual([plugin.status, plugin.json._id], [200, RESTRICTED])
    })

    it('tells its plugin to nobody, with the plugin\'s id (PLTRANS-02)', async () => {
      const id = await idOf(make(RESTRICTED, ALICE))
      const answer = await service.call('GET', at(id, '/plugin'), { as: ALICE })
      assert.equal(answer.status, 403)
      assert.ok(answer.text.includes(RESTRICTED))
    })
  })

  it('addresses at which plugins were installed are gone, and the answer names the registry', async () => {
    for (const [method, address] of [['GET', '/api/v1/plugins'], ['POST', '/api/v1/plugins'], ['PUT', '/api/v1/plugins/x/config'], ['GET', '/api/v1/plugins-registry'], ['GET', '/plugins-registry?q=a']] as const) {
      const answer = await service.call(method, address, { as: ALICE })
      assert.equal(answer.status, 410, address)
      assert.equal(answer.headers.get('x-error-code'), 'plugins-moved')
      assert.ok(answer.text.startsWith('Il n\'y a plus rien à l\'adresse /') && answer.text.includes(`ils sont publiés dans le registre des plugins (${registry.url}), qui décide`), answer.text)
    }
    assert.match((await service.call('GET', '/api/v1/plugins', { headers: { 'accept-language': 'en' } })).text, /^There is nothing at \/api\/v1\/plugins any more: plugins are no longer installed here, they are published in the plugin registry/)
    assert.equal((await service.call('GET', '/api/v1/plugins-of-mine', { as: ALICE })).status, 404)
    assert.equal((await fetch(`${service.url}/api/v1/plugins`)).status, 401)
  })
})
