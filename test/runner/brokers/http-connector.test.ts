import assert from 'node:assert/strict'
import { createServer as createTlsServer } from 'node:tls'
import type { AddressInfo } from 'node:net'
import type { LookupAddress } from 'node:dns'
import { createEgressPolicy } from '../../../runner/brokers/egress-policy.ts'
import type { EgressPolicy } from '../../../runner/brokers/egress-policy.ts'
import { startTarget } from '../../servers/target.ts'
import type { TargetServer } from '../../servers/target.ts'
import { closing } from './closing.ts'
import { Guest } from './guest.ts'

/** The real policy, but for the ports: the servers of these tests listen on free ones. */
const real = createEgressPolicy()
const anyPort: EgressPolicy = {
  ...real,
  decide: (url) => {
    const copy = new URL(url)
    copy.port = ''
    return real.decide(copy)
  }
}

const four = (address: string): LookupAddress => ({ address, family: 4 })
const six = (address: string): LookupAddress => ({ address, family: 6 })

describe('connections of a plugin', () => {
  const open = closing()
  let target: TargetServer

  beforeEach(async () => { target = open(await startTarget()) })

  const denied = async (guest: Guest, url: string) => await assert.rejects(guest.ask(url), { code: 'network-denied' })

  it('N1, N7: are refused to a private literal, which is never looked up', async () => {
    let lookups = 0
    const guest = open(new Guest({ policy: anyPort, resolve: async () => { lookups++; return [four('93.184.215.14')] } }))
    for (const host of ['127.0.0.1', '[::1]', '0.0.0.0', '[::ffff:127.0.0.1]', '2130706433']) await denied(guest, `http://${host}:${target.port}/`)
    assert.equal(lookups, 0)
    assert.equal(target.connections, 0)
    assert.equal(guest.broker.usage().denied, 5)
  })

  it('N7: are refused to a private literal by the connector itself, whatever was decided before', async () => {
    let calls = 0
    const guest = open(new Guest({ policy: { ...anyPort, decide: (url) => calls++ === 0 ? { ok: true, anyAddress: false } : anyPort.decide(url) } }))
    await denied(guest, target.url)
    assert.equal(target.connections, 0)
  })

  it('N11: are refused to a closed port by the connector itself, whatever was decided before', async () => {
    let calls = 0
    const policy: EgressPolicy = { ...real, decide: (url) => calls++ === 0 ? { ok: true, anyAddress: false } : real.decide(url) }
    const guest = open(new Guest({ policy, resolve: async () => [four('93.184.215.14')], limits: { connectMs: 300 } }))
    await denied(guest, `http://public.example:${target.port}/`)
  })

  for (const [what, addresses] of Object.entries({
    'a private address': [four('127.0.0.1')],
    'a metadata service': [four('169.254.169.254')],
    'a public and a private address': [four('93.184.215.14'), four('127.0.0.1')],
    'a public address and a private one in IPv6': [four('93.184.215.14'), six('fd00:ec2::254')],
    'a v4-mapped private address': [six('::ffff:127.0.0.1')],
    'a NAT64 address': [six('64:ff9b::7f00:1')]
  })) {
    it(`N2, N6: are refused to a name that resolves to ${what}`, async () => {
      const guest = open(new Guest({ policy: anyPort, resolve: async () => addresses }))
      await denied(guest, `http://metadata.google.internal:${target.port}/`)
      assert.equal(target.connections, 0)
    })
  }

  it('N6: use the very addresses that were checked, so that a second answer of the name server changes nothing', async () => {
    let calls = 0
    const guest = open(new Guest({ policy: anyPort, resolve: async () => [four(calls++ === 0 ? '93.184.215.14' : '127.0.0.1')], limits: { connectMs: 300 } }))
    await assert.rejects(guest.ask(`http://rebind.example:${target.port}/`, { timeoutMs: 1000 }))
    assert.equal(calls, 1)
    assert.equal(target.connections, 0)
  })

  it('N6: are looked at once more when they stand, and nothing is sent on a wrong one', async () => {
    let calls = 0
    const guest = open(new Guest({ policy: { ...anyPort, addressAllowed: () => calls++ === 0 }, resolve: async () => [four('127.0.0.1')] }))
    await denied(guest, `http://shifty.example:${target.port}/`)
    assert.equal(calls, 2)
    assert.equal(target.requests.length, 0)
  })

  it('reach an opened host at a private address, under its own name', async () => {
    const host = `intranet.example:${target.port}`
    const guest = open(new Guest({ allow: [host], resolve: async (_host, opened) => opened ? [four('127.0.0.1')] : [] }))
    assert.equal((await guest.ask(`http://${host}/`)).body.toString(), 'hello')
    assert.equal(target.requests[0]?.headers.host, host)
  })

  it('fall back to the next address when the first does not answer', async () => {
    const host = `two.example:${target.port}`
    const guest = open(new Guest({ allow: [host], resolve: async () => [six('::1'), four('127.0.0.1')] }))
    assert.equal((await guest.ask(`http://${host}/`)).status, 200)
  })

  it('say the name to a TLS server, and no address', async () => {
    const names: string[] = []
    const tls = createTlsServer({ SNICallback: (name, done) => { names.push(name); done(new Error('no certificate here')) } })
    tls.on('tlsClientError', () => {})
    open({ close: async () => await new Promise((resolve) => tls.close(resolve)) })
    await new Promise<void>((resolve) => tls.listen(0, '127.0.0.1', resolve))
    const host = `secure.example:${(tls.address() as AddressInfo).port}`
    const guest = open(new Guest({ allow: [host], resolve: async () => [four('127.0.0.1')] }))
    await assert.rejects(guest.ask(`https://${host}/`), (error: Error) => !error.message.includes('127.0.0.1'))
    assert.deepEqual(names, ['secure.example'])
  })

  it('N14: are never shared by two runs, and kept within one', async () => {
    const [guest, other] = [open(new Guest({ allow: [target.host] })), open(new Guest({ allow: [target.host] }))]
    for (let n = 0; n < 3; n++) {
      await guest.ask(target.url)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    assert.equal(target.connections, 1)
    await other.ask(target.url)
    assert.equal(target.connections, 2)
  })

  it('end with a sentence that names what the plugin named', async () => {
    const host = `gone.example:${target.port}`
    await target.close()
    const resolve = async (name: string) => {
      if (name === 'gone.example') return [four('127.0.0.1')]
      throw Object.assign(new Error('queryA ESERVFAIL nowhere.example'), { code: 'EAI_AGAIN' })
    }
    const guest = open(new Guest({ allow: [host, 'nowhere.example:80'], resolve }))
    await assert.rejects(guest.ask(`http://${host}/`), { code: 'ECONNREFUSED', message: `connect ECONNREFUSED ${host}` })
    await assert.rejects(guest.ask('http://nowhere.example/'), { code: 'EAI_AGAIN', message: 'getaddrinfo EAI_AGAIN nowhere.example' })
  })

  it('are bounded in number', async () => {
    const hosts = [1, 2, 3].map((n) => `h${n}.example:${target.port}`)
    const guest = open(new Guest({ allow: hosts, resolve: async () => [four('127.0.0.1')], limits: { sockets: 2 } }))
    await guest.ask(`http://${hosts[0]}/`)
    await guest.ask(`http://${hosts[1]}/`)
    await assert.rejects(guest.ask(`http://${hosts[2]}/`), { code: 'network-limit', message: 'The run reached its network limit (open connections: 2).' })
  })
})
