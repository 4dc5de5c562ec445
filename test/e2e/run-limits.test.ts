import assert from 'node:assert/strict'
import { fileURLToPath } from 'node:url'
import { startTarget, type TargetServer } from '../servers/target.ts'
import { ALICE, BOB, openTestService, type TestService } from './service.ts'

const PLUGINS_DIR = fileURLToPath(new URL('../fixtures/plugins/limits', import.meta.url))

describe('what a super-admin allows the runs of an owner or of a plugin', function () {
  this.timeout(30_000)
  let service: TestService
  let target: TargetServer
  before(async () => {
    target = await startTarget((_request, response) => response.end('ok'))
    service = await openTestService({ PLUGINS_DIR, EGRESS_ALLOW: target.host, RUN_TIMERS: '10', RUN_HTTP_REQUESTS: '4', RUN_LOG_ENTRIES: '10' })
  })
  after(async () => {
    await service?.close()
    await target?.close()
  })

  const set = async (subject: string, values: Record<string, number>): Promise<void> => {
    const { status, text } = await service.call('PUT', `/api/v1/admin/limits/${subject}`, { body: values })
    assert.equal(status, 200, text)
  }
  const play = async (scene: string, as = ALICE): Promise<any> => await service.run(await service.create('passes-limits', { as, config: { scene, url: target.url } }), as)

  it('holds in the sandbox, in the log and on the network, is told in the outcome, and is in the receipt; others have what is configured', async () => {
    await set('owners/user/alice', { RUN_TIMERS: 15, RUN_HTTP_REQUESTS: 2, RUN_LOG_ENTRIES: 12 })
    const timers = await play('timers')
    assert.equal(timers.status, 'finished') // it has 11 timers
    assert.deepEqual([timers.receipt.limits.timers, timers.receipt.limits.httpRequests, timers.receipt.limits.openFiles], [15, 2, 512])
    const requests = await play('http-requests')
    assert.deepEqual([requests.outcome.code, requests.outcome.params.limit, requests.receipt.network.requests], ['network-limit', 2, 2])
    assert.equal((await play('log-entries')).log.filter(({ msg }: { msg: string }) => msg.startsWith('line ')).length, 12)
    const other = await play('timers', BOB)
    assert.deepEqual([other.outcome.code, other.outcome.params.limit, other.receipt.limits.timers], ['timer-limit', 10, 10])
  })

  it('of the owner wins over that of the plugin; without either the configuration holds again', async () => {
    await set('owners/user/alice', { RUN_TIMERS: 10 })
    await set('plugins/passes-limits', { RUN_TIMERS: 20, RUN_WALL_SECONDS: 1 })
    assert.equal((await play('timers')).outcome.params.limit, 10)
    const allowed = await play('timers', BOB)
    assert.deepEqual([allowed.status, allowed.receipt.limits.timers], ['finished', 20])
    const wall = await play('wall', BOB)
    assert.deepEqual([wall.outcome.code, wall.outcome.params.limitMs], ['wall-limit', 1000])
    for (const subject of ['owners/user/alice', 'plugins/passes-limits']) assert.equal((await service.call('DELETE', `/api/v1/admin/limits/${subject}`)).status, 204)
    assert.equal((await play('timers', BOB)).outcome.params.limit, 10)
  })
})
