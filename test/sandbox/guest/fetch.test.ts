import assert from 'node:assert/strict'
import type { GuestHttpRequest } from '../../../sandbox/protocol.ts'
import { closeGuests, errorOf, evaluate, run, type CannedResponse } from './harness.ts'

const page: CannedResponse = { status: 200, headers: [['Content-Type', 'application/json'], ['X-A', '1'], ['x-a', '2']], chunks: ['{"a":', '"é"}'] }

describe('fetch', () => {
  after(closeGuests)

  it('answers a Response', async () => {
    assert.deepEqual(await evaluate(async () => {
      const response = await fetch('http://x.y/z#hash')
      return [response.ok, response.status, response.statusText, response.url, response.redirected, response.type, response.headers.get('x-a'), response.headers.get('none'), response.bodyUsed, await response.json(), response.bodyUsed, response instanceof Response]
    }, { http: () => page }), [true, 200, 'OK', 'http://x.y/z', false, 'basic', '1, 2', null, false, { a: 'é' }, true, true])
  })

  it('gives the body in every form, once', async () => {
    assert.deepEqual(await evaluate(async () => {
      const forms: unknown[] = [
        await (await fetch('http://x.y/')).text(),
        (await (await fetch('http://x.y/')).arrayBuffer()).byteLength,
        (await (await fetch('http://x.y/')).bytes()).length
      ]
      const chunks: string[] = []
      for await (const chunk of (await fetch('http://x.y/')).body ?? []) chunks.push(new TextDecoder().decode(chunk))
      const reader = (await fetch('http://x.y/')).body?.getReader()
      for (let next = await reader?.read(); next?.done === false; next = await reader?.read()) chunks.push(new TextDecoder().decode(next.value))
      const response = await fetch('http://x.y/')
      const copy = response.clone()
      const both = [await copy.text(), await response.text()]
      return [...forms, chunks.join('|'), ...both, await response.text().catch(({ name, message }: Error) => `${name} ${message}`)]
    }, { http: () => page }), ['{"a":"é"}', 10, 10, '{"a":|"é"}|{"a":|"é"}', '{"a":"é"}', '{"a":"é"}', 'TypeError Body is unusable: Body has already been read'])
  })

  it('sends method, headers and body, and not data-fair\'s credentials', async () => {
    const seen: (GuestHttpRequest & { body: string | undefined })[] = []
    await run(async () => {
      await fetch('http://x.y/', { method: 'post', body: JSON.stringify({ a: 1 }), headers: { 'Content-Type': 'application/json', 'X-B': 'c' } })
      await fetch(new Request('http://x.y/', { method: 'PUT', body: new URLSearchParams({ a: 'b c' }) }))
      await fetch(new URL('http://x.y/q'), { method: 'PATCH', body: Buffer.from('abcd').subarray(1, 3), headers: new Headers([['x-c', 'd']]) })
    }, {
      http: (request, body) => {
        seen.push({ ...request, body: body === undefined ? undefined : Buffer.from(body).toString() })
        return page
      }
    })
    assert.deepEqual(seen.map(({ method, url, body, context, redirects }) => [method, url, body, context, redirects]), [
      ['POST', 'http://x.y/', '{"a":1}', false, 20], ['PUT', 'http://x.y/', 'a=b+c', false, 20], ['PATCH', 'http://x.y/q', 'bc', false, 20]
    ])
    assert.deepEqual(seen[0]?.headers, [['content-type', 'application/json'], ['x-b', 'c'], ['accept', '*/*'], ['user-agent', 'node']])
    assert.deepEqual(seen[1]?.headers[0], ['content-type', 'application/x-www-form-urlencoded;charset=UTF-8'])
  })

  it('follows redirects, hands them over, or fails, as it is told', async () => {
    const redirects: number[] = []
    assert.deepEqual(await evaluate(async () => {
      const followed = await fetch('http://x.y/a')
      const manual = await fetch('http://x.y/a', { redirect: 'manual' })
      const refused = await fetch('http://x.y/a', { redirect: 'error' }).catch((error: Error & { cause: Error }) => `${error.name}: ${error.message}: ${error.cause.message}`)
      return [followed.redirected, manual.status, refused]
    }, {
      http: request => {
        redirects.push(request.redirects)
        return request.redirects > 0 ? { ...page, url: 'http://x.y/b' } : { status: 302, headers: [['location', '/b']] }
      }
    }), [true, 302, 'TypeError: fetch failed: unexpected redirect'])
    assert.deepEqual(redirects, [20, 0, 0])
  })

  it('fails as Node\'s, with the code in the cause', async () => {
    assert.deepEqual(await evaluate(async () => {
      const error = await fetch('http://x.y/').catch((error: Error & { cause: { code: string, message: string } }) => error) as Error & { cause: { code: string, message: string } }
      return [error instanceof TypeError, error.message, error.cause.code, error.cause.message]
    }, { http: () => ({ beforeHead: true, error: { code: 'ENOTFOUND', message: 'getaddrinfo ENOTFOUND x.y' } }) }), [true, 'fetch failed', 'ENOTFOUND', 'getaddrinfo ENOTFOUND x.y'])
    assert.equal(await evaluate(async () => await (await fetch('http://x.y/')).text().catch((error: Error) => error.message), { http: () => ({ chunks: ['a'], error: { code: 'ECONNRESET', message: 'socket hang up' } }) }), 'terminated')
    assert.match(String(await evaluate(() => fetch('/relative').catch((error: Error) => error.message))), /^Failed to parse URL from \/relative$/)
  })

  it('ends the run with the cause of a failure, not with the words of fetch alone', async () => {
    const { result } = await run(() => fetch('http://x.y/'), { http: () => ({ beforeHead: true, error: { code: 'ENOTFOUND', message: 'getaddrinfo ENOTFOUND x.y' } }) })
    const error = errorOf(result) as { message: string, stack?: string }
    assert.match(error.message, /fetch failed.*getaddrinfo ENOTFOUND x\.y/)
    assert.match(error.stack ?? '', /Caused by: Error: getaddrinfo ENOTFOUND x\.y/)
  })

  it('can be aborted, before, during and while the body comes', async () => {
    const { result, guest } = await run(async ({ log }) => {
      const tell = (error: Error): Promise<void> => log.info(`${error.name} ${error.message}`)
      await fetch('http://x.y/', { signal: AbortSignal.abort() }).catch(tell)
      await fetch('http://x.y/', { signal: AbortSignal.timeout(5) }).catch(tell)
      const controller = new AbortController()
      setTimeout(() => controller.abort(new Error('my reason')), 5)
      await fetch('http://x.y/', { signal: controller.signal }).catch(tell)
    }, { http: () => undefined })
    assert.equal(result.ok, true)
    assert.deepEqual(guest.lines, ['info: AbortError This operation was aborted', 'info: TimeoutError The operation was aborted due to timeout', 'info: Error my reason'])
    assert.equal(guest.of('http-cancel').length, 2)
  })

  it('has classes that work alone', async () => {
    assert.deepEqual(await evaluate(async () => {
      const headers = new Headers({ b: '2', A: '1' })
      headers.append('a', 'x')
      headers.append('set-cookie', 'a=1')
      headers.append('Set-Cookie', 'b=2')
      headers.delete('b')
      const response = new Response('text', { status: 201, headers: { x: 'y' } })
      const json = Response.json({ a: 1 })
      return [[...headers], headers.getSetCookie(), headers.has('B'), response.status, await response.text(), response.headers.get('content-type'), json.headers.get('content-type'), await json.json(), new Response(null).body, Response.error().status]
    }), [
      [['a', '1, x'], ['set-cookie', 'a=1'], ['set-cookie', 'b=2']], ['a=1', 'b=2'], false, 201, 'text', 'text/plain;charset=UTF-8', 'application/json', { a: 1 }, null, 0
    ])
  })

  it('refuses what it cannot send', async () => {
    const { result } = await run(() => fetch('http://x.y/', { method: 'POST', body: (async function * () {})() as never }))
    assert.match((errorOf(result) as { message: string }).message, /duplex option is required/)
    const { result: get } = await run(() => fetch('http://x.y/', { body: 'x' }))
    assert.match((errorOf(get) as { message: string }).message, /GET\/HEAD method cannot have body/)
    const { result: split } = await run(() => new Headers({ a: 'b\r\nc: d' }))
    assert.match((errorOf(split) as { message: string }).message, /invalid header value/)
  })
})
