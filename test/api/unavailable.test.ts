import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { CellStartError } from '../../runner/cells/start-error.ts'
import { blue, openService } from './service.ts'

const WAIT_MS = 1500

describe('a platform that cannot do its part at the moment', function () {
  this.timeout(20_000)

  it('should answer 503 while its database is locked, read on, and take the same call once it is free', async () => {
    const service = await openService({}, { busyTimeoutMs: WAIT_MS })
    const other = new DatabaseSync(service.databaseFile)
    try {
      const { _id } = await service.processing(blue, { active: true, config: {} })
      const trigger = async (headers = {}) => await service.call('POST', `/api/v1/processings/${_id}/_trigger`, { as: blue, headers })
      const create = async () => await service.call('POST', '/api/v1/processings', { as: blue, body: { title: 'T', plugin: 'takes-anything' } })
      other.exec('BEGIN IMMEDIATE')
      const refused = Promise.all([trigger({ accept: 'application/json' }), trigger({ 'accept-language': 'fr' }), create()])
      const start = performance.now()
      assert.equal((await service.call('GET', '/healthz')).status, 200)
      assert.equal((await service.call('GET', `/api/v1/processings/${_id}`, { as: blue })).status, 200)
      assert.ok(performance.now() - start < WAIT_MS / 2, 'nobody waits for those who want to write')
      const [json, french, created] = await refused
      for (const { status, headers } of [json, french, created]) {
        assert.deepEqual([status, headers.get('x-error-code'), headers.get('retry-after')], [503, 'store-unavailable', '5'])
      }
      assert.equal(json.json.detail, 'The database of the platform does not answer at the moment. Try again in 5 seconds.')
      assert.equal(french.text, 'La base de données de la plateforme ne répond pas en ce moment. Réessayez dans 5 secondes.')
      assert.match(service.log(), /database is locked/)
      assert.doesNotMatch(json.text, /sqlite|locked/)
      other.exec('COMMIT')
      assert.deepEqual([(await trigger()).status, (await create()).status], [200, 200])
    } finally {
      other.close()
      await service.close()
    }
  })

  it('should answer 503, and say so in /healthz, when its database is away', async () => {
    const service = await openService()
    try {
      await service.store.close()
      const answer = await service.call('GET', '/api/v1/processings')
      assert.deepEqual([answer.status, answer.headers.get('x-error-code')], [503, 'store-unavailable'])
      const health = await service.call('GET', '/healthz')
      assert.deepEqual([health.status, health.json.status, health.json.store.ok], [503, 'error', false])
      assert.ok(!health.text.includes('sqlite'))
    } finally {
      await service.close()
    }
  })

  it('should answer 503 to a configuration whose plugin has to prepare it, when no process can be started', async () => {
    const service = await openService({}, {
      async prepare () { throw new CellStartError({ stderr: 'spawn /nowhere ENOENT', options: { readyMs: 1000 } }) }
    })
    try {
      const body = { title: 'T', plugin: 'takes-anything', config: {} }
      const answer = await service.call('POST', '/api/v1/processings', { as: blue, body, headers: { accept: 'application/json' } })
      assert.deepEqual([answer.status, answer.headers.get('x-error-code'), answer.headers.get('retry-after')], [503, 'cells-unavailable', '30'])
      assert.equal(answer.json.detail, 'The platform cannot start the process in which the plugin prepares the configuration. Nothing was changed: try again in 30 seconds.')
      assert.match(service.log(), /ENOENT/)
      assert.doesNotMatch(answer.text, /nowhere/)
    } finally {
      await service.close()
    }
  })
})
