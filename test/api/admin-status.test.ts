import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import manifest from '../../package.json' with { type: 'json' }
import { openService, type Service } from './service.ts'

describe('the state of the service', () => {
  let service: Service
  let dataDir: string
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'vivarium-data-'))
    service = await openService({ dataDir })
  })
  afterEach(async () => {
    await service.close()
    await rm(dataDir, { recursive: true, force: true })
  })

  const ready = async (): Promise<[number, unknown]> => {
    const { status, json } = await service.call('GET', '/readyz', { headers: { authorization: '' } })
    return [status, json]
  }

  it('GET /api/v1/admin/info should tell the version', async () => {
    assert.deepEqual((await service.call('GET', '/api/v1/admin/info')).json, { version: manifest.version, node: process.version })
  })

  it('GET /api/v1/admin/status should try the store and the data folder', async () => {
    const { status, json } = await service.call('GET', '/api/v1/admin/status')
    assert.deepEqual([status, json.status, json.message], [200, 'ok', 'Service is ok'])
    assert.deepEqual(json.details.map(({ name, status }: { name: string, status: string }) => [name, status]), [['sqlite', 'ok'], ['data volume', 'ok']])
    assert.deepEqual(await readdir(dataDir), ['check-access.txt'])
  })

  it('should tell what is wrong, with status 200 and without a path of the host', async () => {
    await rm(dataDir, { recursive: true })
    const { status, json } = await service.call('GET', '/api/v1/admin/status')
    assert.deepEqual([status, json.status, json.message], [200, 'error', 'Problem with : data volume'])
    assert.equal(json.details[1].message, 'the data folder cannot be written to (ENOENT)')
  })

  it('GET /readyz should be 200, and 503 once the service stops', async () => {
    assert.deepEqual(await ready(), [200, { status: 'ok' }])
    service.closing.abort()
    assert.deepEqual(await ready(), [503, { status: 'stopping' }])
  })

  it('GET /readyz should be 503 while the store does not answer', async () => {
    const away = await openService()
    await away.store.close()
    const { status, json } = await away.call('GET', '/readyz', { headers: { authorization: '' } })
    assert.deepEqual([status, json], [503, { status: 'error' }])
    await away.close()
  })
})
