/** Programs that use Node's http, each run in Node and in an isolate against the same server. `url` is that of test/servers/http-behaviours.ts. */
type Snippet = (require: (name: string) => any, url: string) => unknown

export const snippets: Readonly<Record<string, Snippet>> = {
  'get of a text, its events in order': (require, url) => new Promise(resolve => {
    const seen: unknown[] = []
    const request = require('http').get(`${url}/text?a=b`, (response: any) => {
      seen.push(['response', response.statusCode, response.statusMessage, response.headers['content-type'], response.httpVersion, response.complete, response.req === request])
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => seen.push(['end', Buffer.concat(chunks).toString(), response.complete]))
      response.on('close', () => seen.push('response close'))
    })
    for (const event of ['socket', 'finish', 'abort', 'error']) request.on(event, () => seen.push(event))
    request.on('close', () => { seen.push(['close', request.destroyed, request.aborted]); resolve(seen) })
    seen.push([request.method, request.path, request.host, request.protocol, request.getHeader('host') === url.slice(7), request.finished, request.headersSent])
  }),
  'post with end(text), its length known': (require, url) => new Promise((resolve, reject) => {
    const request = require('http').request(`${url}/echo`, { method: 'POST', headers: { 'Content-Type': 'text/plain', 'X-Mine': 'yes' } }, (response: any) => {
      response.setEncoding('utf8')
      let text = ''
      response.on('data', (chunk: string) => { text += chunk }).on('end', () => resolve([JSON.parse(text), response.headers['x-many'], response.headers['set-cookie'], response.headersDistinct['x-many'], response.rawHeaders.includes('x-many')]))
    })
    request.on('error', reject)
    request.setHeader('Content-Length', 9)
    request.end('some text')
  }),
  'Expect: 100-continue: the body after continue': (require, url) => new Promise((resolve, reject) => {
    const seen: unknown[] = []
    const request = require('http').request(`${url}/echo`, { method: 'POST', headers: { Expect: '100-continue', 'Content-Length': 4 } }, async (response: any) => {
      seen.push(response.statusCode, JSON.parse(String(Buffer.concat(await response.toArray()))).body)
      resolve(seen)
    })
    request.on('error', reject)
    request.on('continue', () => { seen.push('continue'); request.end('body') })
  }),
  'post with write() and end(), chunked': (require, url) => new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url)
    const request = require('http').request({ hostname, port, path: '/echo', method: 'PUT', auth: 'me:p' }, async (response: any) => resolve(JSON.parse(String(Buffer.concat(await response.toArray())))))
    request.on('error', reject)
    request.write('first ')
    setTimeout(() => { request.write(Buffer.from('second ')); request.end('third') }, 5)
  }),
  'a large body piped in, with and without its length': async (require, url) => {
    const { Readable, promises: { pipeline } } = require('stream')
    const chunk = Buffer.alloc(300_000, 'abc')
    const post = (headers: object): Promise<unknown> => new Promise((resolve, reject) => {
      const request = require('http').request(`${url}/echo`, { method: 'POST', headers }, async (response: any) => resolve(JSON.parse(String(Buffer.concat(await response.toArray())))))
      pipeline(Readable.from([chunk, chunk, chunk, chunk]), request).catch(reject)
    })
    return [await post({}), await post({ 'content-length': 1_200_000 })]
  },
  'a large body piped out': async (require, url) => {
    const { promises: { pipeline } } = require('stream')
    const hash = require('crypto').createHash('md5')
    let largest = 0
    const response: any = await new Promise((resolve, reject) => require('http').get(`${url}/large?mb=5&known=1`, resolve).on('error', reject))
    await pipeline(response, async function * (source: AsyncIterable<Buffer>) { for await (const chunk of source) { largest = Math.max(largest, chunk.length); yield chunk } }, hash)
    return [response.headers['content-length'], hash.digest('hex'), largest > 0]
  },
  'no content, and HEAD': async (require, url) => {
    const ask = (options: object, path: string): Promise<unknown> => new Promise((resolve, reject) => require('http').request(`${url}${path}`, options, async (response: any) => resolve([response.statusCode, (await response.toArray()).length, response.headers['content-type']])).on('error', reject).end())
    return [await ask({}, '/empty'), await ask({ method: 'HEAD' }, '/text')]
  },
  'statuses, redirects and encodings are left to the caller': async (require, url) => {
    const ask = (path: string): Promise<unknown> => new Promise((resolve, reject) => require('http').get(`${url}${path}`, { headers: { 'accept-encoding': 'gzip' } }, async (response: any) => { const body = Buffer.concat(await response.toArray()); resolve([response.statusCode, response.statusMessage, response.headers.location, response.headers['content-encoding'], path === '/gzip' ? String(require('zlib').gunzipSync(body)) : String(body)]) }).on('error', reject))
    return [await ask('/missing'), await ask('/broken'), await ask('/redirect'), await ask('/gzip')]
  },
  'a response that nobody wants': (require, url) => new Promise(resolve => { require('http').get(`${url}/text`).on('close', () => resolve('closed')) }),
  'a server that is not there': require => new Promise(resolve => { const seen: unknown[] = []; require('http').get('http://127.0.0.1:12/').on('error', (error: any) => seen.push(error.code)).on('close', () => { seen.push('close'); resolve(seen) }) }),
  'a connection that is cut before the response': (require, url) => new Promise(resolve => { const seen: unknown[] = []; require('http').get(`${url}/hangs-up`).on('error', (error: any) => seen.push(error.code)).on('close', () => { seen.push('close'); resolve(seen) }) }),
  'a response that is cut': (require, url) => new Promise(resolve => {
    const seen: unknown[] = []
    const request = require('http').get(`${url}/cut`, (response: any) => {
      response.on('data', (chunk: Buffer) => seen.push(String(chunk))).on('aborted', () => seen.push('aborted')).on('error', (error: any) => seen.push(['response error', error.code, error.message])).on('end', () => seen.push('end'))
      response.on('close', () => { seen.push(['response close', response.complete, response.aborted]); setTimeout(() => resolve(seen), 20) })
    })
    request.on('error', (error: any) => seen.push(['error', error.code]))
  }),
  'destroy before the response': (require, url) => new Promise(resolve => {
    const seen: unknown[] = []
    const request = require('http').get(`${url}/slow`)
    for (const event of ['abort', 'close']) request.on(event, () => seen.push(event))
    request.on('error', (error: any) => seen.push([error.code, error.message]))
    request.on('socket', () => setTimeout(() => request.destroy(), 20))
    request.on('close', () => setTimeout(() => resolve([seen, request.destroyed]), 10))
  }),
  'destroy with an error': (require, url) => new Promise(resolve => { const request = require('http').get(`${url}/slow`); request.on('error', (error: any) => resolve([error.message, request.destroyed])); setTimeout(() => request.destroy(new Error('mine')), 20) }),
  'abort before it has begun': (require, url) => new Promise(resolve => { const seen: unknown[] = []; const request = require('http').get(`${url}/text`, () => seen.push('response')); request.on('error', (error: any) => seen.push(error.code)); request.on('abort', () => seen.push('abort')); request.on('close', () => setTimeout(() => resolve([seen, request.aborted]), 10)); request.abort() }),
  'a signal': (require, url) => new Promise(resolve => { const controller = new AbortController(); require('http').get(`${url}/slow`, { signal: controller.signal }).on('error', (error: any) => resolve([error.name, error.code])); setTimeout(() => controller.abort(), 20) }),
  'destroy of a response half-way': (require, url) => new Promise(resolve => { const seen: unknown[] = []; const request = require('http').get(`${url}/stalls`, (response: any) => { response.once('data', () => response.destroy()); response.on('close', () => seen.push('response close')).on('error', (error: any) => seen.push(error.code)) }); request.on('error', (error: any) => seen.push(['error', error.code])); request.on('close', () => setTimeout(() => resolve(seen), 20)) }),
  'a timeout tells, and ends nothing': (require, url) => new Promise(resolve => { const seen: unknown[] = []; const request = require('http').get(`${url}/slow`, { timeout: 50 }); request.on('timeout', () => { seen.push('timeout'); request.destroy() }); request.on('error', (error: any) => seen.push(error.code)); request.on('close', () => resolve(seen)) }),
  'setTimeout with a callback': (require, url) => new Promise(resolve => { const request = require('http').get(`${url}/slow`); request.on('error', () => {}); request.setTimeout(50, () => { request.destroy(); resolve('timeout') }) }),
  'headers can be read and changed until they are sent': (require, url) => new Promise(resolve => {
    const request = require('http').request(url, { headers: { 'X-One': '1', 'x-list': ['a', 'b'] } })
    request.on('error', () => {})
    const before = [request.getHeader('x-one'), request.hasHeader('X-ONE'), request.getHeaderNames(), request.getRawHeaderNames(), [...request.getHeaders()['x-list']]]
    request.removeHeader('x-one')
    request.appendHeader('x-list', 'c')
    const errors = [() => request.setHeader('a b', 'x'), () => request.setHeader('x', 'a\nb'), () => request.setHeader('x', undefined)].map(f => { try { return f() } catch (error) { return [(error as any).code, (error as Error).message] } })
    request.flushHeaders()
    try { request.setHeader('late', '1') } catch (error) { errors.push([(error as any).code, (error as Error).message]) }
    resolve([before.map(value => Array.isArray(value) ? value.filter(name => !/host/i.test(name)) : value), request.hasHeader('x-one'), request.getHeader('x-list'), errors, request.headersSent])
    request.destroy()
  }),
  'what is wrong is said at once': (require, url) => {
    const { request } = require('http')
    return [() => request('https://x.y/'), () => request('nonsense'), () => request({ path: '/a b' }), () => request({ method: 'A B' }), () => request({ method: 5 }), () => request({ hostname: 5 }), () => request(url, 'nonsense', 5), () => request({ agent: 5 })].map(f => { try { return typeof f() } catch (error) { return [(error as Error).name, (error as any).code] } })
  },
  'arguments in all their forms': async (require, url) => {
    const http = require('http')
    const { hostname, port } = new URL(url)
    const done = (start: (callback: (response: any) => void) => any): Promise<unknown> => new Promise((resolve, reject) => start(async response => resolve(JSON.parse(String(Buffer.concat(await response.toArray()))).url)).on('error', reject))
    return [
      await done(callback => http.get(new URL(`${url}/echo?a`), callback)), await done(callback => http.get(`${url}/echo`, { path: '/echo?b' }, callback)),
      await done(callback => http.get({ host: hostname, port, path: '/echo?c', agent: new http.Agent({ keepAlive: true }) }, callback)), await done(callback => http.get({ hostname, port: String(port), path: '/echo?d', agent: false, headers: ['host', 'x.y', 'x-mine', '1'] }, callback)),
      await done(callback => http.get(require('url').parse(`${url}/echo?e`), callback))
    ]
  },
  'the module': require => {
    const http = require('http')
    const https = require('https')
    const { EventEmitter } = require('events')
    class Mine extends http.Agent {}
    return [
      http.STATUS_CODES[404], http.METHODS.includes('PATCH'), http.METHODS.length, http.maxHeaderSize, new http.Agent().protocol, new https.Agent({ keepAlive: true }).keepAlive, new https.Agent() instanceof http.Agent, new Mine().defaultPort,
      https.globalAgent.protocol, http.globalAgent instanceof EventEmitter, http.Agent().maxSockets, typeof http.globalAgent.destroy(), new http.Agent().getName({ host: 'a', port: 1 }),
      [() => http.validateHeaderName('a b'), () => http.validateHeaderName('a'), () => http.validateHeaderValue('x', 'č'), () => http.validateHeaderValue('x', undefined)].map(f => { try { return f() } catch (error) { return [(error as any).code, (error as Error).message] } }),
      [http.Server, http.ServerResponse, http.OutgoingMessage, http.createServer, https.createServer, https.Server].map(value => typeof value)
    ]
  },
  'a socket has what libraries ask of it': (require, url) => new Promise(resolve => require('http').get(`${url}/text`, (response: any) => { response.resume(); const { socket } = response; resolve([socket === response.connection, socket.encrypted, typeof socket.setKeepAlive(true), typeof socket.setNoDelay(), typeof socket.ref(), socket.destroyed, socket.writable]) }))
}
