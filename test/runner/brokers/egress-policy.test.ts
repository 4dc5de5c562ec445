import assert from 'node:assert/strict'
import { createEgressPolicy } from '../../../runner/brokers/egress-policy.ts'

const policy = createEgressPolicy()
const reason = (text: string, from = policy) => {
  const decision = from.decide(new URL(text))
  return decision.ok ? 'allowed' : decision.reason
}

describe('egress policy: protocols and ports', () => {
  for (const url of ['file:///etc/passwd', 'data:text/plain,x', 'ftp://example.com/', 'gopher://example.com/', 'ws://example.com/', 'unix:/var/run/docker.sock', 'blob:http://example.com/1', 'javascript:1']) {
    it(`refuses ${url}`, () => assert.equal(reason(url), 'protocol'))
  }

  for (const port of [22, 25, 3306, 6379, 8080, 27017]) {
    it(`refuses port ${port}`, () => assert.equal(reason(`http://example.com:${port}/`), 'port'))
  }

  for (const url of ['http://example.com/', 'https://example.com/', 'http://example.com:443/', 'https://example.com:80/', 'https://93.184.215.14/', 'https://[2606:4700::1111]/']) {
    it(`allows ${url}`, () => assert.equal(reason(url), 'allowed'))
  }

  it('says what was named, for the text of the refusal', () => {
    assert.deepEqual(policy.decide(new URL('http://Example.COM.:8080/x')), { ok: false, reason: 'port', params: { host: 'example.com', port: '8080', protocol: 'http' } })
  })
})

describe('egress policy: every way to write an address that is not public', () => {
  const forms = {
    N1: ['127.0.0.1', 'localhost', 'localhost.', 'LOCALHOST', 'a.localhost', '[::1]', '0.0.0.0', '[::]'],
    N2: ['169.254.169.254', '[fd00:ec2::254]', '100.100.100.200', '168.63.129.16'],
    N3: ['2130706433', '0x7f.1', '0177.0.0.1', '127.1', '①②⑦.⓪.⓪.①', '127。0。0。1', '0x7f000001', '017700000001'],
    N4: ['[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[::ffff:10.0.0.1]', '[64:ff9b::7f00:1]', '[64:ff9b:1::a00:1]', '[2002:7f00:1::]', '[2001:0:7f00:1::]', '[fe80::1]', '[::127.0.0.1]', '[::7f00:1]', '[fec0::1]', '[100::1]'],
    N5: ['10.1.2.3', '172.16.0.1', '172.31.255.255', '192.168.1.1', '100.64.0.1', '192.0.0.8', '198.18.0.1', '198.19.255.255', '240.0.0.1', '224.0.0.1', '255.255.255.255', '192.0.2.1', '203.0.113.9', '[ff02::1]', '[2001:db8::1]', '[fc00::1]']
  }
  for (const [row, hosts] of Object.entries(forms)) {
    for (const host of hosts) it(`${row}: refuses ${host}`, () => assert.equal(reason(`http://${host}/`), 'private-address'))
  }

  it('judges addresses as sockets and resolvers give them', () => {
    for (const address of ['fe80::1%eth0', '::ffff:192.168.0.1', '127.0.0.1', '::', '', 'example.com', '127.1', '0x7f.1', '2130706433', '4000::1', 'fe80::%eth0', '10.0.0.1%eth0']) {
      assert.equal(policy.addressAllowed(address), false, address)
    }
    for (const address of ['93.184.215.14', '2606:4700::1111', '::ffff:93.184.215.14', '172.32.0.1', '100.128.0.1']) {
      assert.equal(policy.addressAllowed(address), true, address)
    }
  })
})

describe('egress policy: what an operator opens', () => {
  const opened = createEgressPolicy({ allow: ['Intranet.example:8080', '[::1]:8080', '10.0.0.5:80', 'localhost:9000'], dataFair: ['http://koumoul.internal:5600/data-fair'] })

  it('opens a host and port to any address', () => {
    assert.deepEqual(opened.decide(new URL('http://INTRANET.example:8080/x')), { ok: true, anyAddress: true })
    assert.deepEqual(opened.decide(new URL('http://[0:0::1]:8080/')), { ok: true, anyAddress: true })
    assert.deepEqual(opened.decide(new URL('http://10.0.0.5/')), { ok: true, anyAddress: true })
    assert.deepEqual(opened.decide(new URL('http://localhost:9000/')), { ok: true, anyAddress: true })
  })

  it('opens nothing else', () => {
    assert.equal(reason('http://intranet.example:8081/', opened), 'port')
    assert.equal(reason('http://intranet.example.evil.com:8080/', opened), 'port')
    assert.equal(reason('http://intranet.example:8080@10.0.0.1/', opened), 'private-address')
    assert.equal(reason('https://10.0.0.5/', opened), 'private-address')
    assert.equal(reason('ftp://10.0.0.5:80/', opened), 'protocol')
  })

  it('opens the origin of data-fair, not its host on another port or scheme', () => {
    assert.deepEqual(opened.decide(new URL('http://koumoul.internal:5600/elsewhere')), { ok: true, anyAddress: true })
    assert.equal(reason('https://koumoul.internal:5600/', opened), 'port')
    assert.deepEqual(opened.decide(new URL('http://koumoul.internal/')), { ok: true, anyAddress: false })
  })

  for (const entry of ['example.com', 'example.com:', 'http://example.com:80', 'example.com:80/path', 'a b:80', '::1:80', 'example.com:99999', 'user@example.com:80']) {
    it(`does not accept the entry "${entry}"`, () => assert.throws(() => createEgressPolicy({ allow: [entry] }), /must be host:port/))
  }
})
