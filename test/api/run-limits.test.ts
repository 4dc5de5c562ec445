import assert from 'node:assert/strict'
import { toRunLimits } from '../../runner/limits.ts'
import { blue, openService, type Service } from './service.ts'

const PATH = '/api/v1/admin/limits'

describe('/api/v1/admin/limits', () => {
  let service: Service
  before(async () => { service = await openService({ runLimits: toRunLimits({ RUN_CELL_MEMORY_MB: 512, RUN_RESULT_BYTES: 2048 }) }) })
  after(() => service.close())

  const put = async (path: string, body: unknown): ReturnType<Service['call']> => await service.call('PUT', `${PATH}${path}`, { body })

  it('should keep what is set for an owner and for a plugin, list it, replace it, and forget it', async () => {
    const plugin = '@acme/import@^1.2'
    const { status, json } = await put('/owners/organization/blue', { RUN_CPU_SECONDS: 60, RUN_HEAP_MB: 512 })
    assert.equal(status, 200)
    assert.deepEqual([json.subject, json.values, json.updated.name], [{ kind: 'owner', owner: { type: 'organization', id: 'blue' } }, { RUN_CPU_SECONDS: 60, RUN_HEAP_MB: 512 }, 'Super-admin'])
    assert.equal((await put(`/plugins/${encodeURIComponent(plugin)}`, { RUN_TIMERS: 20 })).status, 200)
    assert.deepEqual(Object.keys(await service.store.runLimits.of(blue, plugin)), ['owner', 'plugin'])
    await put('/owners/organization/blue', { RUN_TIMERS: 30 })
    const list = (await service.call('GET', PATH)).json
    assert.deepEqual([list.results.map(({ values }: { values: unknown }) => values), list.count], [[{ RUN_TIMERS: 30 }, { RUN_TIMERS: 20 }], 2])
    for (const path of ['/owners/organization/blue', `/plugins/${encodeURIComponent(plugin)}`]) {
      assert.equal((await service.call('DELETE', PATH + path)).status, 204)
      const again = await service.call('DELETE', PATH + path)
      assert.deepEqual([again.status, again.text], [404, 'No limits of runs were set there.'])
    }
    assert.equal((await service.call('GET', PATH)).json.count, 0)
  })

  it('should tell what may be set, which follows the configuration', async () => {
    const { bounds } = (await service.call('GET', `${PATH}?size=0`)).json
    const of = (key: string): unknown => bounds.find((bound: { key: string }) => bound.key === key)
    assert.deepEqual(of('RUN_WALL_SECONDS'), { key: 'RUN_WALL_SECONDS', unit: 'seconds', configured: 3600, min: 1, max: 604_800 })
    assert.deepEqual(of('RUN_HEAP_MB'), { key: 'RUN_HEAP_MB', unit: 'MB', configured: 256, min: 16, max: 512 })
    assert.deepEqual(of('RUN_RESULT_BYTES'), { key: 'RUN_RESULT_BYTES', unit: 'bytes', configured: 2048, min: 1024, max: 2048 })
    assert.equal(of('RUN_CELL_MEMORY_MB'), undefined)
  })

  it('should refuse what is out of bounds, no number or no limit of one run, naming it', async () => {
    const wrong: readonly [unknown, RegExp][] = [
      [{}, /wanted at least one key of a limit/],
      [{ RUN_CPU_SECONDS: 0 }, /RUN_CPU_SECONDS: wanted an integer from 1 to 86400 \(seconds\), found 0/],
      [{ RUN_CPU_SECONDS: '60' }, /RUN_CPU_SECONDS: wanted an integer/],
      [{ RUN_CPU_SECONDS: 1.5 }, /RUN_CPU_SECONDS: wanted an integer/],
      [{ RUN_HEAP_MB: 1024 }, /RUN_HEAP_MB: wanted from 16 to 512 \(MB\), found 1024/],
      [{ RUN_RESULT_BYTES: 4096 }, /RUN_RESULT_BYTES: wanted from 1024 to 2048/],
      [{ RUN_CELL_MEMORY_MB: 256 }, /Unknown field RUN_CELL_MEMORY_MB/],
      [{ CIPHER_PASSWORD: 1 }, /Unknown field CIPHER_PASSWORD/]
    ]
    for (const [body, sentence] of wrong) {
      const { status, text } = await put('/owners/organization/blue', body)
      assert.equal(status, 400, JSON.stringify(body))
      assert.match(text, sentence)
    }
    assert.equal((await put('/owners/team/blue', { RUN_TIMERS: 20 })).status, 400)
    assert.equal((await put('/plugins/..%2F..%2Fetc', { RUN_TIMERS: 20 })).status, 400)
    assert.equal((await service.call('PUT', `${PATH}/owners/organization/blue`, { as: blue, body: { RUN_TIMERS: 20 } })).status, 403)
  })
})
