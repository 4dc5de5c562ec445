import assert from 'node:assert/strict'
import { tgz } from '../cache/tar-writer.ts'
import { startNpmRegistry, type NpmVersion, type TestNpmRegistry } from '../servers/npm-registry.ts'
import { openTestService, type TestService } from './service.ts'

function version (number: string): NpmVersion {
  return {
    archive: tgz([
      { path: 'package/package.json', data: JSON.stringify({ name: 'plugin', version: number, main: 'index.js' }) },
      { path: 'package/processing-config-schema.json', data: '{ "type": "object" }' },
      { path: 'package/index.js', data: `exports.run = async ({ log }) => { await log.info('version ${number}') }` }
    ])
  }
}

describe('a version that moves back in the registry', function () {
  this.timeout(60_000)
  const versions = { '1.0.0': version('1.0.0'), '1.1.0': version('1.1.0') }
  let registry: TestNpmRegistry
  let service: TestService

  before(async () => {
    registry = await startNpmRegistry()
    registry.set('plugin', { versions, tags: { latest: '1.1.0' } })
    service = await openTestService({ REGISTRY: 'npm', NPM_REGISTRY_URL: registry.url })
  })
  after(async () => {
    await service?.close()
    await registry.close()
  })

  it('is not followed: the run has the higher one, and its log says so', async () => {
    const id = await service.create('plugin')
    await service.run(id)
    registry.set('plugin', { versions, tags: { latest: '1.0.0' } })
    const run = await service.run(id)
    assert.equal(run.status, 'finished', JSON.stringify(run.log))
    assert.deepEqual(run.log.map(({ type, code, msg }: { type: string, code?: string, msg: string }) => [type, code ?? msg]), [['warning', 'plugin-held-back'], ['info', 'version 1.1.0'], ['info', 'finished']])
    assert.match(run.log[0].msg, /1\.0\.0.*1\.1\.0.*`plugin@1\.0\.0`/)
    assert.equal(run.receipt.plugin.version, '1.1.0')
    const other = await service.run(await service.create('plugin@1.0.0'))
    assert.equal(other.log[0].msg, 'version 1.0.0')
  })

  it('and its higher version withdrawn: the run ends with the way out', async () => {
    registry.set('plugin', { versions: { '1.0.0': versions['1.0.0'] }, tags: { latest: '1.0.0' } })
    const id = await service.create('plugin@1.0.0')
    assert.equal((await service.run(id)).status, 'finished')
    const refused = await service.call('POST', '/api/v1/processings', { as: { type: 'user', id: 'alice', name: 'Alice' }, body: { title: 'x', plugin: 'plugin', active: true, config: {} } })
    assert.ok(refused.status >= 400 && refused.text.includes('plugin@1.0.0'), refused.text)
  })
})
