import assert from 'node:assert/strict'
import type { Account } from '../../../store/types.ts'
import { createDataFair } from '../../../runner/brokers/data-fair.ts'
import type { DataFairOptions } from '../../../runner/brokers/data-fair.ts'
import { createEgressPolicy } from '../../../runner/brokers/egress-policy.ts'
import { startDataFair } from '../../servers/data-fair.ts'
import type { DataFairServer } from '../../servers/data-fair.ts'
import { startTarget } from '../../servers/target.ts'
import { closing } from './closing.ts'
import { Guest } from './guest.ts'

const KEY = 'a-key-that-no-plugin-sees'
const owner: Account = { type: 'organization', id: 'koumoul', name: 'Koumoul é', department: 'dé', departmentName: 'Département' }
const caller = { _id: 'p1', title: 'Été à Nantes', owner, plugin: '@koumoul-processing-1' }
const at = (url: string, options: Partial<DataFairOptions> = {}) => createDataFair({ url, apiKey: KEY, ...options }, caller)

describe('what belongs to data-fair', () => {
  const dataFair = at('https://df.example.com/data-fair')

  for (const url of ['https://df.example.com/data-fair', 'https://df.example.com/data-fair/', 'https://df.example.com/data-fair/api/v1/datasets?q=1', 'HTTPS://DF.example.com:443/data-fair/x', 'https://df.example.com/data-fair/lines/a%2Fb']) {
    it(`yes: ${url}`, () => assert.ok(dataFair.owns(new URL(url))))
  }

  for (const url of [
    'https://df.example.com.evil.com/data-fair/', 'https://df.example.com@evil.com/data-fair/', 'https://df.example.com/data-fair-evil/', 'https://df.example.com/data-fairy',
    'http://df.example.com/data-fair/', 'https://df.example.com:8443/data-fair/', 'https://df.example.com/other', 'https://df.example.com/data-fair/../other',
    'https://df.example.com/data-fair/%2e%2e/other', 'https://df.example.com/data-fair/..%2fother', 'https://df.example.com/data-fair/%2e%2e%5cother', 'https://df.example.com/data-fair/x%2f%2e%2E%2f..%2fother'
  ]) {
    it(`no: ${url}`, () => assert.equal(dataFair.owns(new URL(url)), false))
  }

  it('is everything on its origin when it has no path', () => {
    assert.ok(at('http://localhost:5600').owns(new URL('http://localhost:5600/api')))
    assert.ok(at('http://localhost:5600/').owns(new URL('http://localhost:5600/')))
  })

  it('takes the private way for writes, and for reads when configured', () => {
    const both = { privateUrl: 'http://inside:8080/df/' }
    const url = new URL('https://df.example.com/data-fair/api?x=1')
    assert.deepEqual(at('https://df.example.com/data-fair', both).route(url, 'POST'), { url: new URL('http://inside:8080/df/api?x=1'), host: 'df.example.com' })
    assert.deepEqual(at('https://df.example.com/data-fair', both).route(url, 'GET'), { url })
    assert.equal(at('https://df.example.com/data-fair', { ...both, getFromPrivate: true }).route(url, 'GET').url.href, 'http://inside:8080/df/api?x=1')
    assert.equal(at('https://df.example.com/data-fair', both).toPublic(new URL('http://inside:8080/df/api?x=1')).href, url.href)
    assert.equal(at('https://df.example.com/data-fair', both).toPublic(new URL('http://inside:8080/dfx')).href, 'http://inside:8080/dfx')
  })
})

describe('requests to data-fair', () => {
  const open = closing()
  let server: DataFairServer

  beforeEach(async () => { server = open(await startDataFair({ apiKey: KEY })) })

  const guestOf = (options: Partial<DataFairOptions> = {}, allow: string[] = []): Guest => open(new Guest({
    policy: createEgressPolicy({ allow, dataFair: [options.url ?? server.url, ...(options.privateUrl === undefined ? [] : [options.privateUrl])] }),
    dataFair: at(server.url, options)
  }))
  const leaks = (guest: Guest, from = 0) => JSON.stringify(guest.messages.slice(from)).includes(KEY)

  it('are signed for titles and names that no longer may be stored: half of a surrogate pair, control characters', () => {
    const broken = { ...caller, title: 'a\ud800b\0', owner: { ...owner, name: '\udfff', departmentName: 'd\ud83d' } }
    const headers = Object.fromEntries(createDataFair({ url: server.url, apiKey: KEY, adminMode: true }, broken).sign([]))
    assert.equal(JSON.parse(headers['x-processing'] ?? '').title, encodeURIComponent('a\ufffdb\0'))
    assert.equal(JSON.parse(headers['x-account'] ?? '').name, encodeURIComponent('\ufffd'))
  })

  it('of the context reach it at a private address with our headers', async () => {
    const guest = guestOf()
    const response = await guest.ask(`${server.url}/api/v1/datasets`, { method: 'POST', context: true, headers: [['content-type', 'application/json']], body: '{"id":"d1"}' })
    assert.equal(response.status, 201)
    const { headers } = server.requests[0] ?? assert.fail('nothing came')
    assert.equal(headers['x-apikey'], KEY)
    assert.equal(headers['user-agent'], '@data-fair/processings (@koumoul-processing-1)')
    assert.deepEqual(JSON.parse(String(headers['x-processing'])), { _id: 'p1', title: encodeURIComponent('Été à Nantes') })
    assert.equal(headers['x-account'], undefined)
    assert.equal(leaks(guest), false)
  })

  it('name the account in admin mode', async () => {
    await guestOf({ adminMode: true }).ask(`${server.url}/api/v1/datasets`, { context: true })
    assert.deepEqual(JSON.parse(String(server.requests[0]?.headers['x-account'])), { ...owner, name: encodeURIComponent(owner.name), departmentName: 'D%C3%A9partement' })
  })

  it('cannot pass for another account, processing or key', async () => {
    await guestOf({ adminMode: true }).ask(`${server.url}/api/v1/datasets`, {
      context: true, headers: [['X-APIKEY', 'mine'], ['x-Account', '{"type":"user","id":"victim"}'], ['x-processing', '{}'], ['x-mine', 'stays']]
    })
    const { headers } = server.requests[0] ?? assert.fail('nothing came')
    assert.equal(headers['x-apikey'], KEY)
    assert.equal(JSON.parse(String(headers['x-account'])).id, 'koumoul')
    assert.equal(JSON.parse(String(headers['x-processing']))._id, 'p1')
    assert.equal(headers['x-mine'], 'stays')
  })

  it('get no credentials outside the context, and none beside the base path', async () => {
    const guest = guestOf()
    await guest.ask(`${server.url}/api/v1/datasets`, { headers: [['x-apikey', 'its own']] })
    await guest.ask(`${server.url}-other/api`, { context: true })
    await guest.ask(`${server.url}/..%2fother`, { context: true })
    assert.deepEqual(server.requests.map(({ headers }) => headers['x-apikey']), ['its own', undefined, undefined])
  })

  it('get none when the context asks somebody else', async () => {
    const other = open(await startTarget())
    await guestOf({}, [other.host]).ask(other.url, { context: true })
    assert.deepEqual([other.requests[0]?.headers['x-apikey'], other.requests[0]?.headers['x-processing']], [undefined, undefined])
  })

  it('keep the key to themselves when data-fair redirects elsewhere, and do not find it again on the way back', async () => {
    const other = open(await startTarget((_request, response) => response.writeHead(302, { location: `${server.url}/api/v1/datasets` }).end()))
    server.answerNext('GET', '/leave', { status: 302, headers: { location: other.url } })
    const response = await guestOf({}, [other.host]).ask(`${server.url}/leave`, { context: true, redirects: 5 })
    assert.equal(response.status, 401)
    assert.equal(other.requests[0]?.headers['x-apikey'], undefined)
    assert.deepEqual(server.requests.map(({ headers }) => headers['x-apikey']), [KEY, undefined])
  })

  it('keep the key on a redirect within data-fair', async () => {
    server.answerNext('GET', '/old', { status: 301, headers: { location: `${server.url}/api/v1/datasets` } })
    assert.equal((await guestOf().ask(`${server.url}/old`, { context: true, redirects: 5 })).status, 200)
  })

  it('do not carry the key into an answer that comes from somebody else', async () => {
    const other = open(await startTarget())
    await guestOf({}, [other.host]).ask(`${other.url}/?next=${encodeURIComponent(server.url)}`, { context: true, redirects: 5 })
    assert.equal(server.requests.length, 0)
  })

  it('go to the private address under the public name, and speak of the public one', async () => {
    const options = { url: 'https://df.example.com/data-fair', privateUrl: server.url }
    const guest = guestOf(options)
    const response = await guest.ask(`${options.url}/api/v1/datasets`, { method: 'POST', context: true, body: '{"id":"d1"}' })
    assert.equal(response.status, 201)
    assert.equal(response.url, `${options.url}/api/v1/datasets`)
    assert.equal(server.requests[0]?.headers.host, 'df.example.com')
    assert.deepEqual(Object.keys(guest.broker.usage().hosts), ['df.example.com'])
    await server.close()
    await assert.rejects(guest.ask(`${options.url}/api`, { method: 'POST', context: true }), (error: Error & { code: string }) => {
      assert.ok(['ECONNREFUSED', 'ECONNRESET'].includes(error.code), error.code)
      assert.ok(!error.message.includes('127.0.0.1'), error.message)
      return true
    })
    server = open(await startDataFair())
  })
})
