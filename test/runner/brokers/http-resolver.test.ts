import assert from 'node:assert/strict'
import { createEgressPolicy } from '../../../runner/brokers/egress-policy.ts'
import { createResolver } from '../../../runner/brokers/http-resolver.ts'
import { startDns } from '../../servers/dns.ts'
import type { DnsServer } from '../../servers/dns.ts'
import { closing } from './closing.ts'
import { Guest } from './guest.ts'

describe('names of a plugin', () => {
  const open = closing()
  let dns: DnsServer

  beforeEach(async () => {
    dns = open(await startDns({
      'both.example': { a: ['93.184.215.14', '93.184.215.15'], aaaa: [Uint16Array.of(0x2606, 0x4700, 0, 0, 0, 0, 0, 0x1111)] },
      'rebind.example': { a: ['127.0.0.1'] },
      'inside.example': { a: ['93.184.215.14'], aaaa: [Uint16Array.of(0, 0, 0, 0, 0, 0, 0, 1)] },
      'empty.example': {},
      'mute.example': null
    }))
  })

  const resolver = () => {
    const made = createResolver({ servers: [dns.address], timeoutMs: 200, tries: 1 })
    open({ close: async () => made.close() })
    return made
  }

  it('are resolved to all of their addresses', async () => {
    assert.deepEqual(await resolver().resolve('both.example', false), [
      { address: '93.184.215.14', family: 4 }, { address: '93.184.215.15', family: 4 }, { address: '2606:4700::1111', family: 6 }
    ])
    assert.deepEqual(dns.questions.sort(), ['both.example A', 'both.example AAAA'])
  })

  it('that do not exist, or have no address, are not found', async () => {
    await assert.rejects(resolver().resolve('nowhere.example', false), { code: 'ENOTFOUND' })
    await assert.rejects(resolver().resolve('empty.example', false), { code: 'ENOTFOUND' })
  })

  it('that nobody answers for may be asked again', async () => {
    await assert.rejects(resolver().resolve('mute.example', false), { code: 'EAI_AGAIN' })
  })

  it('that the operator has opened take the way of the system', async () => {
    const [first] = await resolver().resolve('localhost', true)
    assert.ok(first?.address === '127.0.0.1' || first?.address === '::1')
    assert.deepEqual(dns.questions, [])
  })

  for (const name of ['rebind.example', 'inside.example']) {
    it(`N6: that lead inside are refused: ${name}`, async () => {
      const guest = open(new Guest({ policy: createEgressPolicy(), resolve: resolver().resolve }))
      await assert.rejects(guest.ask(`http://${name}/`), { code: 'network-denied' })
    })
  }
})
