import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { texts } from '../../api/texts.ts'
import { blue, openService, type Service } from './service.ts'

describe('errors', () => {
  let service: Service
  before(async () => { service = await openService() })
  after(() => service.close())

  const post = (body: unknown, headers: Record<string, string> = {}) => service.call('POST', '/api/v1/processings', { as: blue, body, headers })

  it('should be text in the caller\'s language, with a code and nothing to keep', async () => {
    const answer = await service.call('GET', '/api/v1/processings/unknown', { headers: { 'accept-language': 'fr' } })
    assert.equal(answer.text, 'Le traitement unknown n\'existe pas.')
    assert.match(answer.headers.get('content-type') ?? '', /^text\/plain/)
    assert.equal(answer.headers.get('x-error-code'), 'unknown-processing')
    assert.equal(answer.headers.get('cache-control'), 'no-cache')
    assert.equal(answer.headers.get('x-content-type-options'), 'nosniff')
  })

  it('should be in the language of the configuration for a caller who names none', async () => {
    const french = await openService({ locale: 'fr' })
    try {
      assert.equal((await french.call('GET', '/api/v1/runs/unknown')).text, 'L\'exécution unknown n\'existe pas.')
      assert.equal((await french.call('GET', '/api/v1/runs/unknown', { headers: { 'accept-language': 'en' } })).text, 'The run unknown does not exist.')
    } finally {
      await french.close()
    }
  })

  it('should be problem details for a caller who prefers JSON', async () => {
    for (const accept of ['application/json', 'application/problem+json', 'application/json, text/plain;q=0.5']) {
      const answer = await post({ title: 5, extra: 1 }, { accept })
      assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/)
      assert.equal(answer.json.status, 400)
      assert.equal(answer.json.requestId, answer.headers.get('x-request-id'))
      assert.deepEqual(answer.json.errors.map((error: { pointer: string, code: string }) => [error.pointer, error.code]), [['/plugin', 'missing-field'], ['/extra', 'unknown-field'], ['/title', 'bad-field']])
    }
    for (const accept of ['*/*', 'text/html', 'text/plain, application/json;q=0.9']) {
      assert.match((await post({}, { accept })).headers.get('content-type') ?? '', /^text\/plain/)
    }
  })

  it('should have the sentence as `message` beside `detail`, also for a configuration', async () => {
    const accept = 'application/problem+json'
    const { json } = await service.call('GET', '/api/v1/runs/unknown', { headers: { accept } })
    assert.deepEqual(json, { type: 'about:blank', title: json.detail, status: 404, code: 'unknown-run', detail: 'The run unknown does not exist.', message: json.detail, requestId: json.requestId })
    const body = { title: 'T', plugin: 'keeps-a-secret', config: { message: 5 } }
    const wrong = await post(body, { accept })
    assert.match(wrong.headers.get('content-type') ?? '', /^application\/problem\+json/)
    assert.deepEqual([wrong.json.code, wrong.json.errors], ['config-invalid', [{ path: '/message', pointer: '/config/message', code: 'config-invalid', message: 'must be string', params: { type: 'string' } }]])
    assert.match((await post(body, { accept: 'text/plain' })).headers.get('content-type') ?? '', /^application\/json/, 'JSON to everybody, as upstream')
  })

  it('should be text for a front end of upstream, which shows nothing else, and JSON for one that asks by name', async () => {
    const call = async (accept: string) => await service.call('GET', '/api/v1/runs/unknown', { headers: { authorization: '', cookie: 'id_token=a.b', accept } })
    const [shown, told] = [await call('application/json'), await call('application/problem+json')]
    assert.match(shown.headers.get('content-type') ?? '', /^text\/plain/)
    assert.match(told.headers.get('content-type') ?? '', /^application\/problem\+json/)
  })

  it('should say all that is wrong at once', async () => {
    assert.equal((await post({ title: 5, extra: 1 })).text.split('\n').length, 3)
  })

  const bodies: [string, string, Record<string, string>, number, string][] = [
    ['broken JSON', '{"title":', {}, 400, 'bad-json'],
    ['no JSON at all', 'title=x', {}, 400, 'bad-json'],
    ['an array', '[]', {}, 400, 'body-not-object'],
    ['a form', 'title=x', { 'content-type': 'application/x-www-form-urlencoded' }, 415, 'not-json-type'],
    ['text', '{}', { 'content-type': 'text/plain' }, 415, 'not-json-type'],
    ['a body of 200 kB', JSON.stringify({ title: 'x'.repeat(200_000) }), {}, 413, 'body-too-large'],
    ['a body of very many values', JSON.stringify({ list: Array.from({ length: 10_001 }, () => 0) }), {}, 400, 'body-too-many-values'],
    ['a form in parts', '--x--', { 'content-type': 'multipart/form-data; boundary=x' }, 415, 'not-json-type'],
    ['an encoding that it does not have', '{}', { 'content-encoding': 'gzip' }, 400, 'bad-encoding'],
    ['a reserved key', '{"title":"T","plugin":"p","__proto__":{"polluted":true}}', {}, 400, 'reserved-key'],
    ['a deep body', `${'{"a":'.repeat(1000)}1${'}'.repeat(1000)}`, {}, 400, 'body-too-deep'],
    ['an unknown encoding', '{}', { 'content-encoding': 'zz' }, 415, 'bad-encoding']
  ]
  for (const [what, body, headers, status, code] of bodies) {
    it(`should answer ${status} to ${what}`, async () => {
      const answer = await post(body, headers)
      assert.deepEqual([answer.status, answer.headers.get('x-error-code')], [status, code], answer.text)
      assert.ok(answer.text.length > 10)
      assert.ok(!('polluted' in {}))
    })
  }

  it('should say where the JSON breaks, in the caller\'s language', async () => {
    assert.equal((await post(`{"title": "${'a'.repeat(100)}" "plugin"}`)).text, 'The body is not JSON (see character 114).')
    assert.equal((await post('{"title": x}')).text, 'The body is not JSON.', 'V8 shows short texts, without a place')
    assert.equal((await post('{"title":', { 'accept-language': 'fr' })).text, 'Le corps n\'est pas du JSON.')
  })

  it('should bound a body after inflation', async () => {
    const bomb = gzipSync(JSON.stringify({ title: 'x'.repeat(20_000_000) }))
    const response = await fetch(`${service.url}/api/v1/processings`, {
      method: 'POST',
      headers: { authorization: 'Bearer test-admin-key', 'content-type': 'application/json', 'content-encoding': 'gzip' },
      body: bomb
    })
    assert.equal(response.status, 413)
  })

  it('should tell an unknown path from a wrong method', async () => {
    const unknown = await service.call('GET', '/api/v1/nothing')
    assert.deepEqual([unknown.status, unknown.text], [404, 'There is nothing at GET /api/v1/nothing.'])
    const wrong = await service.call('PUT', '/api/v1/processings')
    assert.equal(wrong.status, 405)
    assert.equal(wrong.headers.get('allow'), 'HEAD, GET, POST')
    assert.equal(wrong.text, 'PUT is not possible on /api/v1/processings; HEAD, GET and POST are.')
    const one = await service.call('GET', '/api/v1/processings/x/_trigger')
    assert.deepEqual([one.status, one.text], [405, 'GET is not possible on /api/v1/processings/x/_trigger; POST is.'])
    const french = async (path: string) => (await service.call('PUT', path, { headers: { 'accept-language': 'fr' } })).text
    assert.equal(await french('/api/v1/processings'), 'PUT n\'est pas possible sur /api/v1/processings ; HEAD, GET et POST le sont.')
    assert.equal(await french('/api/v1/processings/x/_trigger'), 'PUT n\'est pas possible sur /api/v1/processings/x/_trigger ; POST l\'est.')
  })

  it('should answer 400 to a path that cannot be decoded', async () => {
    assert.equal((await service.call('GET', '/api/v1/processings/%zz')).status, 400)
  })

  it('should keep the request id of a proxy, if it is sound', async () => {
    assert.equal((await service.call('GET', '/api/v1/_ping', { headers: { 'x-request-id': 'abc-1' } })).headers.get('x-request-id'), 'abc-1')
    assert.notEqual((await service.call('GET', '/api/v1/_ping', { headers: { 'x-request-id': 'a b"<' } })).headers.get('x-request-id'), 'a b"<')
  })

  it('should survive garbage on the wire', async () => {
    const { port } = new URL(service.url)
    for (const garbage of ['GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n', '\0\0\0\r\n\r\n', `GET /${'a'.repeat(100_000)} HTTP/1.1\r\n\r\n`]) {
      const answer = await new Promise<string>(resolve => {
        let text = ''
        const socket = connect(Number(port), '127.0.0.1', () => socket.end(garbage))
        socket.on('data', chunk => { text += String(chunk) }).on('close', () => resolve(text)).on('error', () => resolve(text))
      })
      assert.match(answer, /^HTTP\/1\.1 4\d\d /)
    }
    assert.equal((await service.call('GET', '/api/v1/_ping')).status, 200)
  })

  it('should name every parameter of a sentence in both languages', () => {
    for (const [code, { en, fr }] of Object.entries(texts)) {
      const places = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort()
      assert.deepEqual(places(en), places(fr), code)
    }
  })

  it('should have no sentence that nobody says', async () => {
    const api = fileURLToPath(new URL('../../api', import.meta.url))
    const files = (await readdir(api, { recursive: true })).filter(file => file.endsWith('.ts') && file !== 'texts.ts')
    const code = await Promise.all(files.map(async file => await readFile(join(api, file), 'utf8')))
    code.push(await readFile(join(api, '../runner/triggers.ts'), 'utf8')) // a trigger that is refused: its code is passed on
    const unsaid = Object.keys(texts).filter(name => !new RegExp(`['\`]${name}['\`]|^ *${name}:`, 'm').test(code.join('\n')))
    assert.deepEqual(unsaid, [])
  })

  describe('of the platform', () => {
    it('should answer a reference that the log carries too, and nothing else', async () => {
      const broken = await openService()
      try {
        const other = new DatabaseSync(broken.databaseFile)
        other.exec('ALTER TABLE processings RENAME TO gone') // what nobody expects
        other.close()
        const answer = await broken.call('GET', '/api/v1/processings')
        assert.equal(answer.status, 500)
        const reference = answer.headers.get('x-request-id') ?? ''
        assert.equal(answer.text, `An error of the platform prevented this (reference ${reference}).`)
        assert.ok(broken.log().split('\n').some(line => line.includes(reference) && line.includes('"err"')))
        const { json } = await broken.call('GET', '/api/v1/processings', { headers: { accept: 'application/json', 'x-request-id': 'ref-1' } })
        const sentence = 'An error of the platform prevented this (reference ref-1).'
        assert.deepEqual(json, { type: 'about:blank', title: sentence, status: 500, code: 'internal', detail: sentence, message: sentence, requestId: 'ref-1' })
      } finally {
        await broken.close()
      }
    })
  })
})
