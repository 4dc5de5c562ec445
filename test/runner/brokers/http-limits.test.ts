import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import type { ServerResponse } from 'node:http'
import { BrokerError } from '../../../runner/brokers/guest-error.ts'
import { startTarget } from '../../servers/target.ts'
import type { TargetServer } from '../../servers/target.ts'
import { closing } from './closing.ts'
import { Guest, until } from './guest.ts'

describe('network limits of a run', () => {
  const open = closing()
  let held: ServerResponse[]
  let target: TargetServer

  beforeEach(async () => {
    held = []
    target = open(await startTarget((request, response) => {
      if (request.path === '/hold') held.push(response)
      else response.end('0123456789')
    }))
  })

  const guestWith = (options: Partial<ConstructorParameters<typeof Guest>[0]> = {}): Guest => open(new Guest({ allow: [target.host], ...options }))

  it('let so many requests go at once, and the next ones wait for their turn', async () => {
    const guest = guestWith({ limits: { concurrentRequests: 2 } })
    const answers = [1, 2, 3, 4].map(() => guest.ask(`${target.url}/hold`))
    await until(() => held.length === 2, 'two requests')
    await pause(50)
    assert.equal(held.length, 2)
    held.splice(0).forEach((response) => response.end('a'))
    await until(() => held.length === 2, 'two more requests')
    held.forEach((response) => response.end('a'))
    assert.equal((await Promise.all(answers)).length, 4)
  })

  it('bound the requests that wait', async () => {
    const guest = guestWith({ limits: { concurrentRequests: 1, waitingRequests: 1 } })
    guest.start(`${target.url}/hold`)
    guest.start(`${target.url}/hold`)
    await assert.rejects(guest.ask(target.url), { code: 'network-limit', message: 'The run reached its network limit (waiting requests: 1).' })
  })

  it('bound the bodies that are held, and forget those of requests that have ended', async () => {
    const guest = guestWith({ limits: { concurrentRequests: 1, heldRequestBytes: 10 } })
    const first = guest.start(`${target.url}/hold`, { method: 'POST', body: '12345' })
    const waiting = guest.start(target.url, { method: 'POST', body: '12345' })
    await assert.rejects(guest.ask(target.url, { method: 'POST', body: '1' }), { code: 'network-limit', message: /size of the request bodies under way: 10 bytes/ })
    guest.cancel(waiting.id)
    await until(() => held.length === 1, 'the first request')
    held[0]?.end('a')
    await first.response
    await pause(0)
    assert.equal((await guest.ask(target.url, { method: 'POST', body: '1234567890' })).status, 200)
  })

  it('count the requests, and name the key that raises the limit', async () => {
    const guest = guestWith({ limits: { requests: 2 }, limitKeys: { requests: 'RUN_HTTP_REQUESTS' } })
    await guest.ask(target.url)
    await guest.ask(target.url)
    await assert.rejects(guest.ask(target.url), { code: 'network-limit', message: 'The run reached its network limit (requests: 2). An administrator can raise `RUN_HTTP_REQUESTS`.' })
    assert.equal(target.requests.length, 2)
  })

  it('count the bytes that go out', async () => {
    const guest = guestWith({ limits: { requestBytes: 10 } })
    await guest.ask(target.url, { method: 'POST', body: '12345678' })
    await assert.rejects(guest.ask(target.url, { method: 'POST', body: '12345678' }), { code: 'network-limit', message: /bytes sent: 10 bytes/ })
  })

  it('count the bytes that come in, over all requests', async () => {
    const guest = guestWith({ limits: { responseBytes: 15 } })
    await guest.ask(target.url)
    await assert.rejects(guest.ask(target.url), { code: 'network-limit', message: /bytes received: 15 bytes/ })
  })

  it('show in the receipt, by host', async () => {
    const other = open(await startTarget())
    const guest = guestWith({ allow: [target.host, other.host] })
    await guest.ask(target.url)
    await guest.ask(target.url, { method: 'POST', body: 'abc' })
    await guest.ask(other.url)
    await assert.rejects(guest.ask('http://10.0.0.1/'))
    assert.deepEqual(guest.broker.usage(), {
      requests: 3,
      bytesIn: 25,
      bytesOut: 3,
      denied: 1,
      hosts: { [target.host]: { requests: 2, bytesIn: 20, bytesOut: 3 }, [other.host]: { requests: 1, bytesIn: 5, bytesOut: 0 } }
    })
  })

  it('time: the one that the plugin has set is reported as axios does', async () => {
    await assert.rejects(guestWith().ask(`${target.url}/hold`, { timeoutMs: 100 }), { code: 'ECONNABORTED', message: 'timeout of 100ms exceeded' })
    await until(() => target.sockets.size === 0, 'the end of the connection')
  })
})

describe('effects of a request', () => {
  const open = closing()
  let target: TargetServer
  beforeEach(async () => { target = open(await startTarget()) })

  it('are on record before it is sent, when it may write', async () => {
    let record = () => {}
    const guest = open(new Guest({ allow: [target.host], onWrite: async () => await new Promise<void>((resolve) => { record = resolve }) }))
    const answer = guest.ask(target.url, { method: 'DELETE' })
    await pause(50)
    assert.equal(target.requests.length, 0)
    record()
    await answer
    assert.equal(target.requests.length, 1)
  })

  for (const [method, writes] of [['GET', 0], ['HEAD', 0], ['OPTIONS', 0], ['POST', 1], ['PUT', 1], ['PATCH', 1], ['DELETE', 1], ['PROPFIND', 1]] as const) {
    it(`${method}: ${writes}`, async () => {
      const guest = open(new Guest({ allow: [target.host] }))
      await guest.ask(target.url, { method })
      assert.equal(guest.writes, writes)
    })
  }

  it('that cannot be recorded do not take place', async () => {
    const guest = open(new Guest({ allow: [target.host], onWrite: async () => { throw new BrokerError('interrupted', 'taken over') } }))
    await assert.rejects(guest.ask(target.url, { method: 'POST' }), { code: 'interrupted', message: 'taken over' })
    assert.equal(target.requests.length, 0)
  })

  it('do not take place when the request is cancelled while they are recorded, or is refused', async () => {
    let record = () => {}
    const guest = open(new Guest({ allow: [target.host], onWrite: async () => await new Promise<void>((resolve) => { record = resolve }) }))
    const { id } = guest.start(target.url, { method: 'POST' })
    await pause(20)
    guest.cancel(id)
    record()
    await pause(50)
    assert.equal(target.requests.length, 0)
    const refused = open(new Guest())
    await assert.rejects(refused.ask(target.url, { method: 'POST' }), { code: 'network-denied' })
    assert.equal(refused.writes, 0)
  })
})

describe('the end of requests', () => {
  const open = closing()
  let target: TargetServer

  beforeEach(async () => { target = open(await startTarget((_request, response) => response.writeHead(200).write('start'))) })

  it('a cancelled request says nothing more and leaves no connection', async () => {
    const guest = open(new Guest({ allow: [target.host] }))
    const { id } = guest.start(target.url)
    await until(() => guest.received === 5, 'the start')
    const said = guest.messages.length
    guest.cancel(id)
    await until(() => target.sockets.size === 0, 'the end of the connection')
    await pause(20)
    assert.equal(guest.messages.length, said)
    guest.cancel(id)
    guest.cancel(12345)
    assert.deepEqual(guest.faults, [])
  })

  it('a request cancelled while its name is looked up opens no connection', async () => {
    let found = (_addresses: { address: string, family: number }[]) => {}
    const host = `slow.example:${target.port}`
    const guest = open(new Guest({ allow: [host], resolve: async () => await new Promise((resolve) => { found = resolve }) }))
    const { id } = guest.start(`http://${host}/`)
    await pause(20)
    guest.cancel(id)
    found([{ address: '127.0.0.1', family: 4 }])
    await pause(50)
    assert.equal(target.connections, 0)
  })

  it('close ends all at once, says nothing, leaves no connection, and twice is harmless', async () => {
    const guest = open(new Guest({ allow: [target.host], limits: { concurrentRequests: 3 } }))
    for (let n = 0; n < 6; n++) guest.start(target.url)
    await until(() => guest.received === 15, 'three starts')
    const said = guest.messages.length
    await guest.close()
    await until(() => target.sockets.size === 0, 'the end of the connections')
    guest.start(target.url)
    await pause(20)
    assert.equal(guest.messages.length, said)
    assert.equal(target.connections, 3)
    await guest.close()
  })
})
