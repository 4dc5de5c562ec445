import assert from 'node:assert/strict'
import type { IncomingHttpHeaders } from 'node:http'
import { doorOf, trustedProxies, type Door } from '../../../api/callers/door.ts'
import { isOurs, isSameOrigin } from '../../../api/callers/same-origin.ts'

const PROXY = '10.0.0.7'

const through = (headers: IncomingHttpHeaders, trusted: readonly string[] = [PROXY], remoteAddress = PROXY, encrypted = false): Door =>
  doorOf({ remoteAddress, encrypted, headers: { host: 'inside:8080', ...headers } }, trustedProxies(trusted))

describe('doorOf(arrival, trusted)', () => {
  const forwarded = { 'x-forwarded-for': '198.51.100.9', 'x-forwarded-host': 'example.org', 'x-forwarded-proto': 'https' }

  it('should believe a trusted proxy', () => {
    assert.deepEqual(through(forwarded), { address: '198.51.100.9', host: 'example.org', protocol: 'https', public: true })
  })

  it('should believe nobody else: not a caller who names himself, another host, another address', () => {
    assert.deepEqual(through(forwarded, []), { address: PROXY, host: 'inside:8080', protocol: undefined, public: true })
    assert.deepEqual(through(forwarded, [PROXY], '203.0.113.1'), { address: '203.0.113.1', host: 'inside:8080', protocol: undefined, public: true })
  })

  it('should take the last address that no trusted proxy has: what stands before it was written by the caller', () => {
    assert.equal(through({ 'x-forwarded-for': '1.1.1.1, 198.51.100.9' }).address, '198.51.100.9')
    assert.equal(through({ 'x-forwarded-for': '1.1.1.1, 198.51.100.9, 10.0.0.8' }, ['10.0.0.0/8']).address, '198.51.100.9')
    assert.equal(through({ 'x-forwarded-for': '10.0.0.9, 10.0.0.8' }, ['private']).address, '10.0.0.9')
    for (const lie of ['', ',', 'evil', 'evil, 10.0.0.300', '<script>']) assert.equal(through({ 'x-forwarded-for': lie }).address, PROXY, lie)
  })

  it('should be internal without x-forwarded-host, and public with it, whoever says so', () => {
    assert.equal(through({}).public, false)
    assert.equal(through({ 'x-forwarded-host': 'anything' }, []).public, true)
  })

  it('should put the port together as upstream does', () => {
    assert.equal(through({ 'x-forwarded-host': 'example.org', 'x-forwarded-port': '8443' }).host, 'example.org:8443')
    assert.equal(through({ 'x-forwarded-host': 'example.org:1', 'x-forwarded-port': '8443' }).host, 'example.org:8443')
    assert.equal(through({ 'x-forwarded-host': 'example.org', 'x-forwarded-port': 'evil' }).host, 'example.org')
  })
})

describe('trustedProxies(entries)', () => {
  const cases: readonly (readonly [string, readonly string[], boolean])[] = [
    ['127.0.0.1', ['loopback'], true], ['::1', ['loopback'], true], ['::ffff:127.0.0.1', ['loopback'], true], ['10.0.0.1', ['loopback'], false],
    ['10.0.0.1', ['private'], true], ['fd00::1', ['private'], true], ['127.0.0.1', ['private'], false], ['8.8.8.8', ['private', 'loopback'], false],
    ['10.1.2.3', ['10.0.0.0/8'], true], ['::ffff:10.1.2.3', ['10.0.0.0/8'], true], ['11.1.2.3', ['10.0.0.0/8'], false],
    ['2001:db8::5', ['2001:db8::/32'], true], ['10.0.0.1', ['2001:db8::/32'], false], ['', ['loopback'], false], ['evil', ['0.0.0.0/0'], false]
  ]
  for (const [address, entries, wanted] of cases) {
    it(`should say ${wanted} of "${address}" for ${entries.join(', ')}`, () => assert.equal(trustedProxies(entries)(address), wanted))
  }
  it('should throw for what is no address', () => assert.throws(() => trustedProxies(['example.org'])))
})

describe('isSameOrigin(sent, door) [A11]', () => {
  const door = { host: 'example.org', protocol: undefined } as const
  const from = (fetchSite: string, origin = '', method = 'POST'): boolean => isSameOrigin({ method, fetchSite, origin }, door)

  it('should let everybody read', () => assert.ok(from('cross-site', 'https://evil.example', 'GET')))
  it('should believe the browser that says where a page is from', () => {
    assert.ok(from('same-origin', 'https://elsewhere.example') && from('none'))
    for (const site of ['cross-site', 'same-site', 'anything']) assert.ok(!from(site, 'https://example.org'), site)
  })
  it('should compare the origin when the browser does not say', () => {
    assert.ok(from('', 'https://example.org') && from('', 'http://example.org'))
    for (const origin of ['https://evil.example', 'https://example.org.evil.example', 'https://sub.example.org', 'https://example.org:8443', 'null', 'example.org', 'file://example.org', 'https://evil.example/example.org']) assert.ok(!from('', origin), origin)
  })
  it('should let a program pass, which sends neither', () => assert.ok(from('')))
  it('should compare the protocol too where it is known', () => {
    assert.ok(isOurs('https://example.org', { host: 'example.org:443', protocol: 'https' }))
    assert.ok(!isOurs('http://example.org', { host: 'example.org', protocol: 'https' }))
  })
  it('should fit nothing when there is no host', () => assert.ok(!isOurs('https://example.org', { host: '', protocol: undefined })))
})
