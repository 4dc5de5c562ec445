import assert from 'node:assert/strict'
import { createEgressPolicy } from '../../../runner/brokers/egress-policy.ts'
import { createLookup } from '../../../runner/brokers/lookup.ts'

const ADDRESSES: Readonly<Record<string, string[]>> = {
  'open.example': ['93.184.216.34', '2606:2800:220:1::1'],
  'inside.example': ['10.0.0.7'],
  'both.example': ['93.184.216.34', '192.168.1.1'],
  'opened.example': ['10.0.0.8']
}

describe('names that a plugin looks up', () => {
  const asked: string[] = []
  const lookup = (lookups?: number) => createLookup({
    policy: createEgressPolicy({ allow: ['opened.example:80'] }),
    resolve: async (host) => {
      asked.push(host)
      const found = ADDRESSES[host]
      if (found === undefined) throw Object.assign(new Error(`queryA ETIMEOUT ${host} at 10.0.0.53`), { code: host === 'slow.example' ? 'EAI_AGAIN' : 'ENOTFOUND' })
      return found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
    },
    lookups
  })

  it('have their public addresses', async () => {
    assert.deepEqual(await lookup()('open.example'), [{ address: '93.184.216.34', family: 4 }, { address: '2606:2800:220:1::1', family: 6 }])
  })

  for (const host of ['inside.example', 'both.example', 'opened.example', 'localhost', 'nothing.example', '127.0.0.1', '0x7f.1', '::1', 'a b', 'x/y', '', 'a'.repeat(300), 5]) {
    it(`tell nothing of ${JSON.stringify(host).slice(0, 40)}`, async () => {
      await assert.rejects(lookup()(host), { code: 'ENOTFOUND' })
    })
  }

  it('never ask for the machine itself', () => {
    for (const name of ['localhost', '127.0.0.1', '::1', '0x7f.1']) assert.equal(asked.includes(name), false, name)
  })

  it('say that nobody could tell, without the words of the resolver', async () => {
    await assert.rejects(lookup()('slow.example'), { code: 'EAI_AGAIN', message: 'getaddrinfo EAI_AGAIN slow.example' })
  })

  it('are counted', async () => {
    const bounded = lookup(2)
    await bounded('open.example')
    await bounded('open.example')
    await assert.rejects(bounded('open.example'), { code: 'network-limit', message: /names looked up: 2/ })
  })
})
