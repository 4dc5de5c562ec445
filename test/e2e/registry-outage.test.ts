import assert from 'node:assert/strict'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { startNpmRegistry } from '../servers/npm-registry.ts'
import { packFolder, startRegistry, type TestRegistry } from '../servers/registry.ts'
import { ALICE, openTestService, type TestService } from './service.ts'

const PLUGIN = 'says-hello-1'
const dir = fileURLToPath(new URL('../fixtures/plugins/registry/says-hello', import.meta.url))
const messages = (run: { log: { msg: string }[] }): string[] => run.log.map(({ msg }) => msg)

describe('a registry in front of a service', function () {
  this.timeout(30_000)
  let registry: TestRegistry
  let service: TestService

  before(async () => {
    registry = await startRegistry({ secret: 's3cret', artefacts: { [PLUGIN]: { dir } }, protocol: 'slots' })
    service = await openTestService({ REGISTRY: 'datafair', PRIVATE_REGISTRY_URL: registry.url, SECRET_REGISTRY: 's3cret', REGISTRY_STALE_IF_ERROR: '3600' })
  })
  after(async () => {
    await service?.close()
    await registry?.close()
  })

  it('that goes down is stood in for, the log of the run says so, and its receipt too', async () => {
    const id = await service.create(PLUGIN)
    const before = await service.run(id)
    assert.deepEqual(messages(before), ['hello', 'The run is finished'])
    await registry.down()
    try {
      const during = await service.run(id)
      assert.equal(during.status, 'finished')
      const [warning, ...others] = during.log
      assert.deepEqual([warning.type, warning.code], ['warning', 'plugin-stale'])
      assert.match(warning.msg, /^The plugin registry is temporarily unavailable \(.+\)\. The content to which it confirmed access on \d\d\/\d\d\/\d{4}, \d\d:\d\d UTC is used\.$/)
      assert.deepEqual(others.map(({ msg }: { msg: string }) => msg), ['hello', 'The run is finished'])
      assert.ok(!Number.isNaN(Date.parse(during.receipt.plugin.staleSince)))
    } finally {
      await registry.up()
    }
  })

  it('and a pin: the content that was pinned is run, any other is refused with both', async () => {
    await registry.set(PLUGIN, { dir })
    const id = await service.create(PLUGIN)
    const until = performance.now() + 15_000
    let first = await service.run(id)
    while (first.receipt.plugin.staleSince !== undefined && performance.now() < until) first = await service.run(id) // the outage before is soon over
    const { integrity } = first.receipt.plugin
    const pinned = await service.call('PATCH', `/api/v1/processings/${id}`, { as: ALICE, body: { pluginIntegrity: integrity } })
    assert.deepEqual([pinned.status, pinned.json.pluginIntegrity], [200, integrity], pinned.text)
    assert.deepEqual(messages(await service.run(id)), ['hello', 'The run is finished'])
    const changed = await mkdtemp(path.join(tmpdir(), 'vivarium-changed-'))
    try {
      await cp(dir, changed, { recursive: true })
      await cp(fileURLToPath(import.meta.url), path.join(changed, 'added.txt'))
      await registry.set(PLUGIN, { dir: changed, updatedAt: new Date() })
      const refused = await service.run(id)
      assert.deepEqual([refused.status, refused.outcome.code], ['error', 'plugin-refused'])
      assert.ok(refused.outcome.message.includes(`${integrity} is pinned, and the registry now gives sha512-`), refused.outcome.message)
      const saved = await service.call('PATCH', `/api/v1/processings/${id}`, { as: ALICE, body: { config: { other: true } } })
      assert.equal(saved.status, 400)
      assert.match(saved.text, /is pinned, and the registry now gives/)
      assert.equal((await service.call('PATCH', `/api/v1/processings/${id}`, { as: ALICE, body: { pluginIntegrity: 'sha1-x' } })).status, 400)
      assert.equal((await service.call('PATCH', `/api/v1/processings/${id}`, { as: ALICE, body: { pluginIntegrity: null } })).status, 200)
      assert.deepEqual(messages(await service.run(id)), ['hello', 'The run is finished'])
    } finally {
      await rm(changed, { recursive: true })
    }
  })

  it('may be one of npm', async () => {
    const npm = await startNpmRegistry()
    const other = await openTestService({ NPM_SCOPES: JSON.stringify({ '@fixtures': npm.url }) })
    try {
      npm.set('@fixtures/says-hello', { versions: { '1.4.0': { archive: await packFolder(dir) } } })
      const run = await other.run(await other.create('@fixtures/says-hello@^1'))
      assert.deepEqual(messages(run), ['hello', 'The run is finished'])
      assert.deepEqual([run.receipt.plugin.artefact, run.receipt.plugin.origin], ['@fixtures/says-hello@^1', npm.url])
    } finally {
      await other.close()
      await npm.close()
    }
  })
})
