import assert from 'node:assert/strict'
import { nextHop } from '../../../runner/brokers/http-redirect.ts'
import { startTarget } from '../../servers/target.ts'
import type { TargetServer } from '../../servers/target.ts'
import { closing } from './closing.ts'
import { Guest } from './guest.ts'

describe('redirects', () => {
  const open = closing()
  let home: TargetServer
  let away: TargetServer
  let guest: Guest

  beforeEach(async () => {
    away = open(await startTarget())
    home = open(await startTarget((request, response) => {
      const url = new URL(request.path, home.url)
      const to = url.searchParams.get('to')
      if (to === null) return response.end(`${request.method} ${request.body}`)
      response.writeHead(Number(url.searchParams.get('status') ?? 302), { location: to }).end('moved')
    }))
    guest = open(new Guest({ allow: [home.host, away.host] }))
  })

  const to = (location: string, status = 302) => `${home.url}/?status=${status}&to=${encodeURIComponent(location)}`

  it('are handed back when the caller wants to follow none', async () => {
    const response = await guest.ask(to('/there'))
    assert.equal(response.status, 302)
    assert.equal(response.headers.location, '/there')
    assert.equal(response.body.toString(), 'moved')
  })

  it('are followed as far as the caller wants, and never more than five', async () => {
    assert.equal((await guest.ask(to('/there'), { redirects: 1 })).url, `${home.url}/there`)
    await assert.rejects(guest.ask(to(to('/there')), { redirects: 1 }), { code: 'ERR_FR_TOO_MANY_REDIRECTS' })
    const loop = open(await startTarget((_request, response) => response.writeHead(302, { location: '/' }).end()))
    const looper = open(new Guest({ allow: [loop.host] }))
    await assert.rejects(looper.ask(loop.url, { redirects: 1000 }), { code: 'ERR_FR_TOO_MANY_REDIRECTS', message: 'Maximum number of redirects exceeded (5)' })
    assert.equal(loop.requests.length, 6)
    assert.equal(looper.broker.usage().requests, 6)
  })

  for (const location of ['http://169.254.169.254/latest/meta-data', 'http://localhost/', 'http://[::1]/', 'http://2130706433/', '//127.0.0.1/', 'http://example.com:22/']) {
    it(`N8: are decided anew: ${location}`, async () => {
      await assert.rejects(guest.ask(to(location), { redirects: 5 }), { code: 'network-denied' })
    })
  }

  for (const location of ['file:///etc/passwd', 'ftp://example.com/', 'data:text/plain,x']) {
    it(`N8: do not change the protocol: ${location}`, async () => {
      await assert.rejects(guest.ask(to(location), { redirects: 5 }), { code: 'network-denied', message: /protocol/ })
    })
  }

  it('N8: leave credentials behind when the origin changes', async () => {
    const headers = [['Authorization', 'Bearer x'], ['Cookie', 'a=1'], ['X-ApiKey', 'key'], ['X-Other', 'stays']] as const
    await guest.ask(to(away.url.replace('//', '//me:secret@')), { headers, redirects: 5 })
    const seen = away.requests[0]?.headers ?? assert.fail('nothing came')
    assert.deepEqual([seen.authorization, seen.cookie, seen['x-apikey'], seen['x-other']], [undefined, undefined, undefined, 'stays'])
    await guest.ask(to('/there'), { headers, redirects: 5 })
    const kept = home.requests.at(-1)?.headers
    assert.deepEqual([kept?.authorization, kept?.cookie, kept?.['x-apikey']], ['Bearer x', 'a=1', 'key'])
  })

  for (const [status, method, becomes, body] of [
    [301, 'POST', 'GET', ''], [302, 'POST', 'GET', ''], [303, 'POST', 'GET', ''], [303, 'PUT', 'GET', ''],
    [301, 'PUT', 'PUT', 'data'], [307, 'POST', 'POST', 'data'], [308, 'POST', 'POST', 'data']
  ] as const) {
    it(`turn ${method} into ${becomes} at ${status}`, async () => {
      const response = await guest.ask(to('/there', status), { method, body: 'data', headers: [['Content-Type', 'text/plain']], redirects: 5 })
      assert.equal(response.body.toString(), `${becomes} ${body}`)
      assert.equal(home.requests.at(-1)?.headers['content-type'], body === '' ? undefined : 'text/plain')
    })
  }

  it('count a write for each hop that writes', async () => {
    await guest.ask(to('/there', 307), { method: 'POST', body: 'x', redirects: 5 })
    await guest.ask(to('/there', 303), { method: 'POST', body: 'x', redirects: 5 })
    assert.equal(guest.writes, 3)
  })

  it('are read from the Location: no user, no fragment, an error when it is no URL', () => {
    const hop = { method: 'GET', url: new URL('http://example.com/'), headers: [] }
    assert.throws(() => nextHop(hop, 302, 'http://['), { code: 'ERR_FR_REDIRECTION_FAILURE' })
    assert.equal(nextHop(hop, 302, 'http://me:secret@example.org/x#part')?.url.href, 'http://example.org/x')
    assert.equal(nextHop(hop, 302, undefined), undefined)
    assert.equal(nextHop(hop, 304, '/x'), undefined)
  })

  it('that carry an endless body are followed all the same', async () => {
    const endless = open(await startTarget((request, response) => {
      if (request.path === '/end') return response.end('done')
      response.writeHead(302, { location: '/end' })
      const more = () => { while (!response.destroyed && response.write(Buffer.alloc(65_536))); }
      response.on('drain', more)
      more()
    }))
    const reader = open(new Guest({ allow: [endless.host] }))
    assert.equal((await reader.ask(endless.url, { redirects: 5, timeoutMs: 5000 })).body.toString(), 'done')
  })
})
