import assert from 'node:assert/strict'
import { closeGuests, evaluate } from './harness.ts'

describe('dns', () => {
  after(closeGuests)

  it('asks the platform for the addresses of a name', async () => {
    const addresses = [{ address: '93.184.216.34', family: 4 }, { address: '2606:2800:220:1::1', family: 6 }]
    const asked: unknown[] = []
    const value = await evaluate(((_: unknown, require: any) => {
      const dns = require('dns')
      const lookup = (...args: unknown[]): Promise<unknown> => new Promise(resolve => dns.lookup(...args, (...answer: unknown[]) => resolve(answer)))
      return Promise.all([lookup('open.example'), lookup('open.example', 6), lookup('open.example', { all: true }), require('dns/promises').lookup('open.example', { family: 4 }), dns.promises.resolve6('open.example'), new Promise(resolve => dns.resolve4('open.example', (...answer: unknown[]) => resolve(answer)))])
    }) as never, { answer: ({ method, args }) => { asked.push([method, args]); return { value: addresses } } })
    assert.deepEqual(value, [[null, '93.184.216.34', 4], [null, '2606:2800:220:1::1', 6], [null, addresses], addresses[0], ['2606:2800:220:1::1'], [null, ['93.184.216.34']]])
    assert.deepEqual(asked[0], ['lookup', ['open.example']])
  })

  it('tells that a name has none as Node does', async () => {
    const value = await evaluate(((_: unknown, require: any) => new Promise(resolve => require('dns').lookup('inside.example', ({ code, errno, syscall, hostname, message }: any) => resolve([code, errno, syscall, hostname, message])))) as never,
      { answer: () => ({ error: { code: 'ENOTFOUND', message: 'getaddrinfo ENOTFOUND inside.example' } }) })
    assert.deepEqual(value, ['ENOTFOUND', -3008, 'getaddrinfo', 'inside.example', 'getaddrinfo ENOTFOUND inside.example'])
  })

  it('knows localhost without asking', async () => {
    assert.deepEqual(await evaluate(((_: unknown, require: any) => Promise.all([
      new Promise(resolve => require('dns').lookup('localhost', (...answer: unknown[]) => resolve(answer))), require('dns/promises').lookup('localhost', { all: true }), require('dns/promises').lookup('LocalHost', 6)
    ])) as never, { answer: () => { throw new Error('asked') } }), [[null, '127.0.0.1', 4], [{ address: '127.0.0.1', family: 4 }, { address: '::1', family: 6 }], { address: '::1', family: 6 }])
  })

  it('refuses records of other kinds by name', async () => {
    assert.equal(await evaluate(((_: unknown, require: any) => { try { require('dns').resolveMx('x.y', () => {}) } catch (error) { return (error as Error).message } }) as never), 'node:dns resolveMx is not available in the sandbox: use context.axios, fetch or the http and https modules')
  })
})
