import assert from 'node:assert/strict'
import axios from 'axios'
import type { GuestHttpRequest } from '../../../sandbox/protocol.ts'
import { closeGuests, errorOf, evaluate, run, type CannedResponse, type GuestOptions, type Run } from './harness.ts'

const json: CannedResponse = { headers: [['Content-Type', 'application/json']], chunks: ['{"hel', 'lo":"é"}'] }

/** The request that a plugin makes, its body as text. */
async function requestOf (plugin: Run, options: GuestOptions = {}): Promise<GuestHttpRequest & { body: string | undefined }> {
  let seen: GuestHttpRequest & { body: string | undefined } | undefined
  const { result } = await run(plugin, {
    http: (request, body) => {
      seen ??= { ...request, body: body === undefined ? undefined : Buffer.from(body).toString() }
      return json
    },
    ...options
  })
  assert.equal(result.ok, true, JSON.stringify(result))
  assert.ok(seen !== undefined, 'a request was made')
  return seen
}

const header = (request: GuestHttpRequest, name: string): string | undefined => request.headers.find(([key]) => key.toLowerCase() === name)?.[1]

/** What the plugin makes of a response. */
async function answered (plugin: (context: never) => unknown, response: CannedResponse): Promise<unknown> {
  return await evaluate(plugin, { http: () => response })
}

describe('context.axios', () => {
  after(closeGuests)

  describe('requests', () => {
    it('go to data-fair when their URL is relative, with and without a slash', async () => {
      for (const url of ['api/v1/datasets', '/api/v1/datasets']) {
        const request = await requestOf(`({ axios }) => axios.get(${JSON.stringify(url)})` as never)
        assert.equal(request.url, 'https://data.test/data-fair/api/v1/datasets')
        assert.deepEqual([request.method, request.context, request.redirects, request.timeoutMs], ['GET', true, 0, 0])
      }
    })

    it('keep an absolute URL, and a baseURL of the plugin', async () => {
      assert.equal((await requestOf(({ axios }) => axios.get('http://example.org/a'))).url, 'http://example.org/a')
      assert.equal((await requestOf(({ axios }) => axios.get('a', { baseURL: 'http://example.org/b/' }))).url, 'http://example.org/b/a')
    })

    it('need a URL', async () => {
      assert.equal((errorOf((await run(({ axios }) => axios({ method: 'get' }))).result) as { message: string }).message, 'missing url in axios request')
    })

    it('leave a relative URL to the platform to refuse when there is no data-fair', async () => {
      assert.equal((await requestOf(({ axios }) => axios.get('api/v1'), { job: { dataFairUrl: '' } })).url, 'api/v1')
    })

    it('carry params', async () => {
      const request = await requestOf(({ axios }) => axios.get('http://x.y/z?a=1', { params: { b: [1, 2], c: 'é &', d: null, e: new Date(0) } }))
      assert.equal(request.url, axios.getUri({ url: 'http://x.y/z?a=1', params: { b: [1, 2], c: 'é &', d: null, e: new Date(0) } }))
      assert.equal((await requestOf(({ axios }) => axios.get('http://x.y/z', { params: new URLSearchParams({ q: 'a b' }) }))).url, 'http://x.y/z?q=a+b')
    })

    it('carry JSON', async () => {
      const request = await requestOf(({ axios }) => axios.post('http://x.y/z', { a: 'é' }))
      assert.deepEqual([request.method, request.body, header(request, 'content-type')], ['POST', '{"a":"é"}', 'application/json'])
    })

    const bodies: Record<string, [Run, string, string | undefined]> = {
      text: [({ axios }) => axios.put('http://x.y/z', 'text', { headers: { 'content-type': 'text/csv' } }), 'text', 'text/csv'],
      'a form of URLSearchParams': [({ axios }) => axios.post('http://x.y/z', new URLSearchParams({ a: 'b c' })), 'a=b+c', 'application/x-www-form-urlencoded;charset=utf-8'],
      'an object as a form': [({ axios }) => axios.post('http://x.y/z', { a: 'b c', d: [1] }, { headers: { 'content-type': 'application/x-www-form-urlencoded' } }), 'a=b+c&d%5B%5D=1', 'application/x-www-form-urlencoded'],
      'a Buffer': [({ axios }) => axios.post('http://x.y/z', Buffer.from('bytes')), 'bytes', 'application/x-www-form-urlencoded'],
      'part of a Buffer': [({ axios }) => axios.post('http://x.y/z', Buffer.from('some bytes here').subarray(5, 10)), 'bytes', 'application/x-www-form-urlencoded'],
      'an ArrayBuffer': [({ axios }) => axios.post('http://x.y/z', new Uint8Array([97, 98]).buffer), 'ab', 'application/x-www-form-urlencoded'],
      'a transformRequest': [({ axios }) => axios.post('http://x.y/z', { a: 1 }, { transformRequest: [(data: unknown) => `<${JSON.stringify(data)}>`] }), '<{"a":1}>', 'application/x-www-form-urlencoded']
    }
    for (const [name, [plugin, body, type]] of Object.entries(bodies)) {
      it(`carry ${name}`, async () => {
        const request = await requestOf(plugin)
        assert.deepEqual([request.body, header(request, 'content-type')], [body, type])
      })
    }

    it('carry auth, headers, a timeout and redirects', async () => {
      const request = await requestOf(({ axios }) => axios.get('http://x.y/z', {
        auth: { username: 'me', password: 'é' }, headers: { 'X-Mine': 'yes', 'X-Not': null, authorization: 'other' }, timeout: 1234, maxRedirects: 4
      }))
      assert.equal(header(request, 'authorization'), `Basic ${Buffer.from('me:é').toString('base64')}`)
      assert.deepEqual([header(request, 'x-mine'), header(request, 'x-not'), request.timeoutMs, request.redirects], ['yes', undefined, 1234, 4])
      assert.equal(request.headers.filter(([name]) => name.toLowerCase() === 'authorization').length, 1)
      assert.match(header(request, 'accept') ?? '', /^application\/json/)
      assert.match(header(request, 'user-agent') ?? '', /^axios\/1\./)
    })

    it('exist in all of axios\' forms', async () => {
      const methods = await evaluate(async ({ axios }: { axios: import('axios').AxiosInstance }) => {
        await axios('http://x.y/')
        await axios({ method: 'PATCH', url: 'http://x.y/', data: {} })
        await axios.request({ url: 'http://x.y/' })
        await axios.delete('http://x.y/')
        await axios.head('http://x.y/')
        await axios.options('http://x.y/')
        await axios.create({ headers: { a: 'b' } }).get('http://x.y/')
        return [typeof axios.defaults, typeof axios.interceptors.request.use]
      }, { http: () => json })
      assert.deepEqual(methods, ['object', 'function'])
    })
  })

  describe('responses', () => {
    it('are parsed JSON, with status, lower-case headers and the last URL', async () => {
      const value = await answered(async ({ axios }: { axios: import('axios').AxiosInstance }) => {
        const { data, status, statusText, headers, request } = await axios.get('http://x.y/z')
        return [data, status, statusText, headers['content-type'], headers['x-many'], headers['set-cookie'], request.res.responseUrl, headers['Content-Type']]
      }, { ...json, status: 201, statusText: 'Created', url: 'http://x.y/last', headers: [['Content-Type', 'application/json'], ['X-Many', 'a'], ['x-many', 'b'], ['Set-Cookie', 'a=1'], ['set-cookie', 'b=2']] })
      assert.deepEqual(value, [{ hello: 'é' }, 201, 'Created', 'application/json', 'a, b', ['a=1', 'b=2'], 'http://x.y/last', null])
    })

    it('are text when they are no JSON, or when text is asked for', async () => {
      assert.equal(await answered(({ axios }: { axios: import('axios').AxiosInstance }) => axios.get('http://x.y/').then(({ data }) => data), { chunks: ['\ufeff{"a":'] }), '{"a":')
      assert.equal(await answered(({ axios }: { axios: import('axios').AxiosInstance }) => axios.get('http://x.y/', { responseType: 'text' }).then(({ data }) => data), json), '{"hello":"é"}')
      assert.equal(await answered(({ axios }: { axios: import('axios').AxiosInstance }) => axios.get('http://x.y/', { responseEncoding: 'latin1', responseType: 'text' }).then(({ data }) => data), { chunks: [new Uint8Array([0xe9])] }), 'é')
    })

    it('are a Buffer when arraybuffer is asked for', async () => {
      const value = await answered(async ({ axios }: { axios: import('axios').AxiosInstance }) => {
        const { data } = await axios.get('http://x.y/', { responseType: 'arraybuffer' })
        return [Buffer.isBuffer(data), data.toString('hex')]
      }, { chunks: [new Uint8Array([1, 2]), new Uint8Array([255])] })
      assert.deepEqual(value, [true, '0102ff'])
    })

    it('of a megabyte are decoded well and told of as they are read', async () => {
      const text = 'é€😀x'.repeat(100_000)
      const { result, guest } = await run(async ({ axios, log }) => {
        const { data } = await axios.get('http://x.y/')
        await log.info(`${data.length} ${data === 'é€😀x'.repeat(100_000)}`)
      }, { http: () => ({ chunks: Array.from({ length: 10 }, (_, i) => Buffer.from(text).subarray(i * 100_003, i === 9 ? undefined : (i + 1) * 100_003)) }) })
      assert.equal(result.ok, true)
      assert.deepEqual(guest.lines, [`info: ${text.length} true`])
      assert.equal(guest.of('http-ack').reduce((sum, { bytes }) => sum + bytes, 0), Buffer.byteLength(text))
    })

    it('are streams of Node when that is asked for, and tell where they come from', async () => {
      assert.deepEqual(await answered(async ({ axios }: { axios: import('axios').AxiosInstance }) => {
        const { data, request, status } = await axios.get('http://x.y/', { responseType: 'stream' })
        const chunks: string[] = []
        for await (const chunk of data) chunks.push(`${Buffer.isBuffer(chunk)} ${chunk}`)
        return [chunks, status, request.res.responseUrl, request.res === data, data.headers['content-type']]
      }, { ...json, url: 'http://x.y/last' }), [['true {"hel', 'true lo":"é"}'], 200, 'http://x.y/last', true, 'application/json'])
    })

    it('tell of their progress', async () => {
      const value = await answered(async ({ axios }: { axios: import('axios').AxiosInstance }) => {
        const seen: unknown[] = []
        await axios.post('http://x.y/', 'body', { onUploadProgress: ({ loaded, total, progress }) => seen.push(['up', loaded, total, progress]), onDownloadProgress: ({ loaded, total }) => seen.push(['down', loaded, total]) })
        return seen
      }, { headers: [['Content-Length', '4']], chunks: ['ab', 'cd'] })
      assert.deepEqual(value, [['up', 4, 4, 1], ['down', 2, 4], ['down', 4, 4]])
    })

    it('may be told to be no larger than so', async () => {
      const value = await answered(({ axios }: { axios: import('axios').AxiosInstance }) => axios.get('http://x.y/', { maxContentLength: 3, 'axios-retry': { retries: 0 } }).catch(({ code, message }) => [code, message]), { chunks: ['ab', 'cd'] })
      assert.deepEqual(value, ['ERR_BAD_RESPONSE', 'maxContentLength size of 3 exceeded'])
    })
  })

  describe('errors', () => {
    const failed = async (response: CannedResponse, config = '{}') => await evaluate(`({ axios }) => axios.post('http://x.y/', {}, ${config}).catch(error => ({
      name: error.name, class: error.constructor.name, code: error.code, message: error.message, status: error.status, responseStatus: error.response?.status, data: error.response?.data, isAxiosError: error.isAxiosError,
      isError: error instanceof Error, url: error.config.url }))` as never, { http: () => response }) as Record<string, unknown>

    it('of a status carry it twice', async () => {
      assert.deepEqual(await failed({ ...json, status: 400, statusText: 'Bad Request' }), {
        name: 'AxiosError', class: 'AxiosError', code: 'ERR_BAD_REQUEST', message: 'Request failed with status code 400', status: 400, responseStatus: 400, data: { hello: 'é' }, isAxiosError: true, isError: true, url: 'http://x.y/'
      })
      assert.equal((await failed({ status: 503 }))['code'], 'ERR_BAD_RESPONSE')
    })

    it('of a redirect that is not followed are statuses too', async () => {
      assert.equal((await failed({ status: 302, headers: [['location', '/b']] }))['status'], 302)
    })

    it('are the caller\'s to define', async () => {
      assert.equal(await evaluate(async ({ axios }: { axios: import('axios').AxiosInstance }) => (await axios.get('http://x.y/', { validateStatus: status => status === 418 })).status, { http: () => ({ status: 418 }) }), 418)
    })

    it('of the network carry the platform\'s code and sentence', async () => {
      const error = await failed({ beforeHead: true, error: { code: 'network-denied', message: 'Access to 10.0.0.1 is refused (private address).' } })
      assert.deepEqual([error['code'], error['message'], error['isAxiosError'], error['status']], ['network-denied', 'Access to 10.0.0.1 is refused (private address).', true, undefined])
    })

    it('in the middle of a body are errors', async () => {
      const error = await failed({ chunks: ['abc'], error: { code: 'ECONNRESET', message: 'socket hang up' } }, '{ "axios-retry": { retries: 0 } }')
      assert.deepEqual([error['code'], error['message']], ['ECONNRESET', 'socket hang up'])
    })

    it('of time are axios\' own', async () => {
      const response = { beforeHead: true, error: { code: 'ECONNABORTED', message: 'timeout of 5ms exceeded' } }
      assert.equal((await failed(response, '{ timeout: 5 }'))['code'], 'ECONNABORTED')
      assert.equal((await failed(response, '{ timeout: 5, timeoutErrorMessage: "too slow" }'))['message'], 'too slow')
      assert.equal((await failed(response, '{ timeout: 5, transitional: { clarifyTimeoutError: true }, "axios-retry": { retries: 0 } }'))['code'], 'ETIMEDOUT')
    })

    it('end the run as http-error, with what the server said', async () => {
      const { result } = await run(async ({ axios }) => {
        await axios.post('api/v1/datasets', { a: 1 }, { headers: { authorization: 'Bearer hidden' } })
      }, { http: () => ({ status: 403, statusText: 'Forbidden', headers: [['content-type', 'text/plain'], ['location', '/login']], chunks: ['no access'] }) })
      const error = errorOf(result) as { code: string, message: string, detail: string, stack: string }
      assert.deepEqual([error.code, error.message], ['http-error', '403 - Forbidden - no access (/api/v1/datasets)'])
      assert.match(error.detail, /location: '\/login'/)
      assert.doesNotMatch(error.detail, /hidden/)
      assert.match(error.stack, /plugin\/index\.js/)
    })

    it('end the run as plugin-error when there was no response', async () => {
      const { result } = await run(({ axios }) => axios.post('http://x.y/', {}, { 'axios-retry': { retries: 0 } }), { http: () => ({ beforeHead: true, error: { code: 'ECONNREFUSED', message: 'connect ECONNREFUSED x.y:80' } }), job: { debug: false } })
      assert.deepEqual({ ...errorOf(result), stack: '' }, { code: 'plugin-error', message: 'connect ECONNREFUSED x.y:80', name: 'AxiosError', stack: '' })
    })
  })

  describe('retries', () => {
    it('are three, later and later, and told', async () => {
      const times: number[] = []
      const { result, guest } = await run(({ axios }) => axios.get('api/v1/x'), {
        http: () => {
          times.push(Date.now())
          return { status: 503, statusText: 'Service Unavailable', chunks: ['busy'] }
        }
      })
      assert.equal(errorOf(result).code, 'http-error')
      assert.equal(times.length, 4)
      const waits = times.slice(1).map((time, i) => time - (times[i] ?? 0))
      assert.ok((waits[0] ?? 0) >= 195 && (waits[1] ?? 0) >= 395 && (waits[2] ?? 0) >= 795, waits.join())
      assert.deepEqual(guest.entries.map(entry => ({ ...entry, date: 0 })), [1, 2, 3].map(attempt => ({
        type: 'warning', code: 'http-retry', msg: '503 - Service Unavailable - busy (/api/v1/x)', date: 0, extra: { attempt, method: 'get', url: 'https://data.test/data-fair/api/v1/x' }
      })))
    })

    it('stop at the first success, and leave the error\'s response whole', async () => {
      const { result, guest } = await run(async ({ axios, log }) => { await log.info((await axios.put('http://x.y/', { a: 1 })).data.hello) }, { http: (_, body, count) => count === 1 ? { beforeHead: true, error: { code: 'ECONNRESET', message: 'socket hang up' } } : { ...json, chunks: [`{"hello":${Buffer.from(body ?? []).toString()}}`] } })
      assert.equal(result.ok, true)
      assert.deepEqual(guest.lines, ['warning: socket hang up', 'info: { a: 1 }'])
    })

    it('are not for what asking again cannot heal', async () => {
      const error = (code: string): [string, CannedResponse] => ['get', { beforeHead: true, error: { code, message: 'no' } }]
      for (const [method, response] of [
        ...['ERR_INVALID_HTTP_TOKEN', 'ERR_INVALID_CHAR', 'ERR_INVALID_URL', 'ERR_INVALID_ARG_TYPE', 'ERR_METHOD_NOT_SUPPORTED', 'ERR_FR_TOO_MANY_REDIRECTS', 'ERR_FR_REDIRECTION_FAILURE', 'ERR_HTTP_CONTENT_LENGTH_MISMATCH', 'CERT_HAS_EXPIRED', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'data-fair-unavailable', 'internal', 'interrupted'].map(error),
        ['post', { status: 503 }], ['get', { status: 404 }], ['get', { beforeHead: true, error: { code: 'network-denied', message: 'no' } }],
        ['get', { beforeHead: true, error: { code: 'network-limit', message: 'no' } }], ['get', { beforeHead: true, error: { code: 'ECONNABORTED', message: 'timeout of 5ms exceeded' } }]
      ] as [string, CannedResponse][]) {
        const { guest } = await run(`({ axios }) => axios.${method}('http://x.y/', { timeout: 5 })` as never, { http: () => response })
        assert.equal(guest.of('http').length, 1, `${method} ${JSON.stringify(response)}`)
      }
    })

    it('are for failures of the network', async () => {
      for (const code of ['ECONNREFUSED', 'ETIMEDOUT', 'EAI_AGAIN', 'ENOTFOUND', 'HPE_INVALID_CONSTANT']) {
        const { result, guest } = await run(({ axios }) => axios.get('http://x.y/'), { http: (_request, _body, count) => count === 1 ? { beforeHead: true, error: { code, message: 'no' } } : json })
        assert.deepEqual([result.ok, guest.of('http').length], [true, 2], code)
      }
    })
  })

  describe('cancelling', () => {
    it('by signal tells the platform', async () => {
      const { result, guest } = await run(async ({ axios, log }) => {
        const controller = new AbortController()
        setTimeout(() => controller.abort(), 5)
        await axios.get('http://x.y/', { signal: controller.signal }).catch((error: Error & { code: string }) => log.info(`${error.name} ${error.code}`))
        await axios.get('http://x.y/', { signal: AbortSignal.abort() }).catch((error: Error & { code: string }) => log.info(`${error.name} ${error.code}`))
      }, { http: () => undefined })
      assert.equal(result.ok, true)
      assert.deepEqual(guest.lines, ['info: CanceledError ERR_CANCELED', 'info: CanceledError ERR_CANCELED'])
      assert.deepEqual(guest.of('http-cancel').map(({ id }) => id), [guest.of('http')[0]?.id])
    })
  })

  it('sends a body that is larger than a message in pieces, with its length', async () => {
    const sizes: number[] = []
    const { result, guest } = await run(async ({ axios }) => { await axios.post('http://x.y/', Buffer.alloc(3e6)) }, {
      http: () => undefined,
      onMessage (message, to) {
        if (message.op === 'http') to.deliver({ op: 'http-drain', id: message.id, bytes: 262_144 })
        if (message.op === 'http-body') {
          const size = to.bodies.get(message.id)?.length ?? 0
          sizes.push(size)
          to.deliver({ op: 'http-drain', id: message.id, bytes: size })
        }
        if (message.op !== 'http-body-end') return
        to.deliver({ op: 'http-head', id: message.id, status: 200, statusText: 'OK', headers: [], url: 'http://x.y/' })
        to.deliver({ op: 'http-end', id: message.id })
      }
    })
    assert.equal(result.ok, true, JSON.stringify(result))
    assert.deepEqual(guest.of('http').map(({ request, stream }) => [request.bodyLength, stream]), [[3e6, true]])
    assert.deepEqual([sizes.reduce((sum, size) => sum + size, 0), Math.max(...sizes) <= 65_536], [3e6, true])
  })
})
