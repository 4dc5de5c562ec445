import assert from 'node:assert/strict'
import { getHttpErrorMessage, prepareAxiosError } from '../../../sandbox/guest/http-error.ts'

/** What upstream's tests call an axios error. */
function axiosError () {
  return {
    message: 'Request failed',
    stack: 'Error: Request failed\n    at somewhere',
    response: {
      status: 404,
      statusText: 'Not Found',
      headers: { location: '/elsewhere', 'x-secret': 'no' } as Record<string, unknown>,
      request: { socket: {} },
      data: 'missing',
      config: { method: 'get', url: 'http://x/y', params: { a: 1 }, data: { b: 2 }, headers: { 'x-apiKey': 'no' } } as Record<string, unknown>
    }
  }
}

describe('prepareAxiosError', () => {
  it('AXIOS-01 returns the error unchanged when there is no response', () => {
    const error = new Error('no response')
    assert.equal(prepareAxiosError(error), error)
  })

  it('AXIOS-02 shapes a response: keeps location header, drops everything else', () => {
    const error = axiosError()
    const shaped = prepareAxiosError(error) as Record<string, unknown>
    assert.deepEqual(shaped['headers'], { location: '/elsewhere' })
    assert.deepEqual(shaped['config'], { method: 'get', url: 'http://x/y', params: { a: 1 }, data: { b: 2 } })
    assert.equal(shaped['request'], undefined)
    assert.equal(shaped['message'], error.message)
    assert.equal(shaped['stack'], error.stack)
  })

  for (const [kind, stream] of Object.entries({ 'with a pipe': { pipe () {} }, readable: { _readableState: {} }, writable: { _writableState: {} } })) {
    it(`AXIOS-03 drops streaming request data and response body (${kind})`, () => {
      const error = axiosError()
      Object.assign(error.response, { data: stream })
      error.response.config['data'] = stream
      const shaped = prepareAxiosError(error) as { data?: unknown, config: { data?: unknown } }
      assert.equal(shaped.data, undefined)
      assert.equal(shaped.config.data, undefined)
    })
  }

  it('AXIOS-04 falls back to error.request.res when no response set', () => {
    const res = { statusCode: 500, headers: {} }
    const shaped = prepareAxiosError({ message: 'broken', request: { res } })
    assert.equal(shaped, res)
    assert.equal((shaped as { message?: unknown }).message, 'broken')
  })

  it('takes the config of the error when the response has none', () => {
    const shaped = prepareAxiosError({ message: 'm', response: { status: 500 }, config: { url: 'http://x/y', headers: {} } })
    assert.deepEqual((shaped as { config: unknown }).config, { url: 'http://x/y' })
  })

  for (const value of [null, undefined, 'text', 3]) {
    it(`returns ${value} unchanged`, () => assert.equal(prepareAxiosError(value), value))
  }
})

describe('getHttpErrorMessage', () => {
  it('AXIOS-05 returns undefined when no http status is present', () => {
    assert.equal(getHttpErrorMessage({ message: 'broken' }), undefined)
  })

  it('AXIOS-06 combines status, statusText and string data', () => {
    assert.equal(getHttpErrorMessage({ status: 404, statusText: 'Not Found', data: 'missing' }), '404 - Not Found - missing')
  })

  it('AXIOS-07 falls back to statusCode/statusMessage', () => {
    assert.equal(getHttpErrorMessage({ statusCode: 500, statusMessage: 'KO' }), '500 - KO')
  })

  it('AXIOS-08 JSON-stringifies object data', () => {
    assert.equal(getHttpErrorMessage({ status: 400, data: { error: 'x' } }), '400 - {"error":"x"}')
  })

  it('AXIOS-09 appends url from config when present', () => {
    assert.match(getHttpErrorMessage({ status: 400, config: { url: 'http://x/y' } }) ?? '', / \(http:\/\/x\/y\)$/)
  })

  it('AXIOS-10 strips known base urls from displayed url', () => {
    const error = { status: 400, config: { url: 'https://data.test/data-fair/api/v1/datasets' } }
    assert.match(getHttpErrorMessage(error, ['', 'https://data.test/data-fair']) ?? '', / \(\/api\/v1\/datasets\)$/)
  })

  it('AXIOS-11 falls back to err.message when no data', () => {
    assert.equal(getHttpErrorMessage({ status: 502, message: 'upstream broken' }), '502 - upstream broken')
  })

  it('takes no exit code and no word for an HTTP status', () => {
    assert.equal(getHttpErrorMessage({ status: 1, message: 'Command failed' }), undefined)
    assert.equal(getHttpErrorMessage({ status: 'error', message: 'x' }), undefined)
  })

  it('cuts a page of HTML, and keeps the url after it', () => {
    const message = getHttpErrorMessage({ status: 500, data: 'x'.repeat(1e6), config: { url: '/y' } }) ?? ''
    assert.ok(message.length < 5_000, `${message.length} characters`)
    assert.match(message, / \(\/y\)$/)
  })

  it('counts bytes that are no text', () => {
    assert.equal(getHttpErrorMessage({ status: 500, data: new Uint8Array(3) }), '500 - 3 bytes')
  })
})
