import assert from 'node:assert/strict'
import { get } from 'node:http'
import { Writable } from 'node:stream'
import pino from 'pino'
import { withoutSecrets } from '../../api/request.ts'
import { ADMIN_KEY, blue, openService, type Service } from './service.ts'

describe('every request', () => {
  let service: Service
  before(async () => { service = await openService() })
  after(() => service.close())

  /** The line of the log about the last request. */
  const lastLine = (): Record<string, unknown> => JSON.parse(service.log().trim().split('\n').at(-1) ?? '')

  it('should have a line in the log that says who has called what, by ids alone', async () => {
    const { _id } = await service.processing(blue, { active: true, config: {} })
    const { json: run } = await service.call('POST', `/api/v1/processings/${_id}/_trigger?delay=5`, { as: blue, headers: { 'x-request-id': 'line-1' } })
    const { requestId, method, route, path, processing, status, account, msg } = lastLine()
    assert.deepEqual({ requestId, method, route, path, processing, status, account, msg }, {
      requestId: 'line-1', method: 'POST', route: '/api/v1/processings/{id}/_trigger', path: `/api/v1/processings/${_id}/_trigger`, processing: _id, status: 200, account: 'organization:blue', msg: 'request'
    })
    await service.call('GET', `/api/v1/runs/${run._id}`, { as: blue })
    const line = lastLine()
    assert.deepEqual([line.run, line.processing], [run._id, _id])
  })

  it('should never put a key or a cookie into the log, whatever is thrown', () => {
    let text = ''
    const logger = withoutSecrets(pino({}, new Writable({ write (chunk, _encoding, done) { text += String(chunk); done() } })))
    const failed = Object.assign(new Error('Request failed'), { config: { headers: { Authorization: 'Bearer secret-1' } }, response: { headers: { 'set-cookie': 'secret-2' } }, request: { path: '/?key=secret-3' } })
    logger.error({ err: failed }, 'a request failed')
    logger.error({ err: new Error('outer', { cause: failed }) }, 'a request failed')
    logger.info({ headers: { authorization: 'secret-4', cookie: 'secret-5', 'x-webhook-key': 'secret-6' }, authorization: 'secret-7' }, 'a line')
    assert.ok(text.includes('Request failed') && !/secret-\d/.test(text), text)
  })

  it('should be answered with headers that keep browsers from guessing, framing and keeping', async () => {
    const { headers } = await service.call('GET', '/api/v1/_ping')
    assert.equal(headers.get('content-security-policy'), "default-src 'none';frame-ancestors 'none'")
    assert.equal(headers.get('x-frame-options'), 'DENY')
    assert.equal(headers.get('cache-control'), 'no-store')
    assert.equal(headers.get('strict-transport-security'), null, 'the proxy that serves HTTPS says so')
    assert.equal(headers.get('x-powered-by'), null)
  })

  /** fetch() would decompress. */
  const encodingOf = async (path: string): Promise<string | undefined> => await new Promise((resolve, reject) => {
    get(service.url + path, { headers: { authorization: `Bearer ${ADMIN_KEY}`, 'accept-encoding': 'gzip' } }, response => {
      resolve(response.headers['content-encoding'])
      response.destroy()
    }).on('error', reject)
  })

  it('should be compressed when it is long, never when it is followed as it comes', async () => {
    const { _id } = await service.processing(blue, { active: true, config: { text: 'x'.repeat(5000) } })
    const { json: run } = await service.call('POST', `/api/v1/processings/${_id}/_trigger`, { as: blue })
    assert.equal(await encodingOf(`/api/v1/processings/${_id}`), 'gzip')
    assert.equal(await encodingOf('/api/v1/_ping'), undefined)
    assert.equal(await encodingOf(`/api/v1/runs/${run._id}/log/stream`), undefined)
  })

  it('should be refused in the order: who, what, how', async () => {
    const { _id } = await service.processing(blue)
    const as = { type: 'organization', id: 'red' }
    const call = async (caller: typeof as | undefined, headers: Record<string, string>) => (await service.call('PATCH', `/api/v1/processings/${_id}?wrong=1`, { as: caller, body: '{', headers })).status
    assert.equal(await call(undefined, { authorization: '' }), 401)
    assert.equal(await call(as, {}), 404, 'a stranger\'s body is not read')
    assert.equal(await call(undefined, {}), 400)
  })
})
