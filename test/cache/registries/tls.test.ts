/** The way to a registry cannot be bent: certificates are checked, TLS is not left, proxies of the environment are not used. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { startRegistry } from '../../servers/registry.ts'

const CERTIFICATE = fileURLToPath(new URL('../../fixtures/tls/certificate.pem', import.meta.url))
const KEY = fileURLToPath(new URL('../../fixtures/tls/key.pem', import.meta.url))
const HELLO = fileURLToPath(new URL('../../../examples/hello', import.meta.url))
const ASKS = fileURLToPath(new URL('tls-process.ts', import.meta.url))

interface Answer { readonly kind?: string, readonly code?: string, readonly reason?: string, readonly detail?: string, readonly line?: string }

describe('the way to a registry', function () {
  this.timeout(30_000)
  const servers: Server[] = []
  const listen = async (server: Server): Promise<string> => {
    servers.push(server)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return `127.0.0.1:${(server.address() as AddressInfo).port}` // it listens on TCP
  }
  const secure = async (answer: RequestListener): Promise<string> => `https://${await listen(createServer({ cert: await readFile(CERTIFICATE), key: await readFile(KEY) }, answer))}`
  afterEach(async () => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    }
  })

  async function ask (url: string, env: Record<string, string> = {}): Promise<Answer> {
    const child = spawn(process.execPath, [ASKS, JSON.stringify({ url })], { env: { PATH: process.env.PATH, ...env }, stdio: ['ignore', 'pipe', 'inherit'] })
    return JSON.parse(await text(child.stdout))
  }

  it('over TLS with a certificate that nobody vouches for is refused, with the friendly line, before the secret is sent', async () => {
    let requests = 0
    const url = await secure((_request, response) => { requests++; response.end() })
    const { code, reason, detail, line } = await ask(url)
    assert.deepEqual([code, reason, requests], ['registry-unavailable', 'unreachable', 0])
    assert.match(detail ?? '', /DEPTH_ZERO_SELF_SIGNED_CERT/)
    assert.equal(line, 'The plugin registry is temporarily unavailable. Nothing was started; the next run will try again.')
  })

  it('over TLS with a certificate of another name is refused, though its authority is trusted', async () => {
    const url = (await secure((_request, response) => { response.end() })).replace('127.0.0.1', 'localhost')
    const { code, detail } = await ask(url, { NODE_EXTRA_CA_CERTS: CERTIFICATE })
    assert.equal(code, 'registry-unavailable')
    assert.match(detail ?? '', /ERR_TLS_CERT_ALTNAME_INVALID/)
  })

  it('does not leave TLS: a redirect to http is refused and not followed', async () => {
    let followed = 0
    const plain = await listen(createHttpServer((_request, response) => { followed++; response.end() }))
    const url = await secure((_request, response) => { response.writeHead(302, { location: `http://${plain}/archive.tgz` }).end() })
    const { code, reason } = await ask(url, { NODE_EXTRA_CA_CERTS: CERTIFICATE })
    assert.deepEqual([code, reason, followed], ['registry-misconfigured', 'redirect-insecure', 0])
  })

  it('passes by the proxies of the environment', async () => {
    let proxied = 0
    const proxy = createHttpServer((_request, response) => { proxied++; response.end() })
    proxy.on('connect', (_request, socket) => { proxied++; socket.destroy() })
    const address = `http://${await listen(proxy)}`
    const registry = await startRegistry({ secret: 's3cret', artefacts: { hello: { dir: HELLO } } })
    try {
      const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NPM_HTTPS_PROXY']
      const env = Object.fromEntries(names.flatMap(name => [[name, address], [name.toLowerCase(), address]]))
      assert.deepEqual(await ask(registry.url, env), { kind: 'tarball' })
      const url = await secure((_request, response) => { response.writeHead(200).end('archive') })
      assert.deepEqual(await ask(url, { ...env, NODE_EXTRA_CA_CERTS: CERTIFICATE }), { kind: 'tarball' })
      assert.equal(proxied, 0)
    } finally {
      await registry.close()
    }
  })
})
