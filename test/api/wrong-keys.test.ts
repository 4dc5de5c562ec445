import assert from 'node:assert/strict'
import { createDirectory } from '../../api/callers/directory.ts'
import { openDirectory } from '../servers/directory.ts'
import { ADMIN_KEY, openService, type Service } from './service.ts'

const LIST = '/api/v1/processings'

describe('how often wrong credentials may be sent', () => {
  async function withService (use: (service: Service, call: (headers: Record<string, string>, path?: string) => ReturnType<Service['call']>, cookies: string) => Promise<void>): Promise<void> {
    const directory = await openDirectory()
    const service = await openService({ wrongKeys: 3 }, { directory: createDirectory({ url: directory.url }) })
    try {
      await use(service, async (headers, path = LIST) => await service.call('GET', path, { headers: { authorization: '', ...headers } }), await directory.cookies({ id: 'ada', name: 'Ada', email: 'ada@example.org', organizations: [] }))
    } finally {
      await service.close()
      await directory.close()
    }
  }

  it('should answer 429 with Retry-After from then on, to right keys too, wherever they are sent', async () => {
    await withService(async (service, call, cookie) => {
      for (const key of ['guess', 'viv_guess', 'other']) assert.equal((await call({ authorization: `Bearer ${key}` })).status, 401)
      const refused = await call({ authorization: `Bearer ${ADMIN_KEY}` })
      assert.deepEqual([refused.status, refused.headers.get('x-error-code')], [429, 'too-many-wrong-keys'])
      const seconds = Number(refused.headers.get('retry-after'))
      assert.ok(seconds > 50 && seconds <= 60, `${seconds}`)
      assert.equal(refused.text, `Too many wrong credentials have come from this address. Try again in ${seconds} seconds.`)
      assert.equal((await call({ authorization: 'Bearer guess' }, '/api/v1/runs')).status, 429)
      assert.equal((await fetch(`${service.url}/api/v1/nothing`, { headers: { authorization: 'Bearer guess' } })).status, 429)
      assert.equal((await call({ cookie })).status, 200, 'sessions are counted apart')
      assert.equal((await call({}, '/api/v1/_ping')).status, 200)
      assert.equal((await call({})).status, 401, 'who sends none is told so')
    })
  })

  it('should hold for sessions, which cost keys nothing', async () => {
    await withService(async (_service, call, cookie) => {
      for (let n = 0; n < 3; n++) assert.equal((await call({ cookie: `${cookie}x` })).status, 401)
      assert.equal((await call({ cookie })).status, 429)
      assert.equal((await call({ authorization: `Bearer ${ADMIN_KEY}` })).status, 200)
    })
  })

  it('should not count what is refused for another reason', async () => {
    await withService(async (_service, call) => {
      for (let n = 0; n < 5; n++) assert.equal((await call({ authorization: `Bearer ${ADMIN_KEY}`, 'x-account': 'none' })).status, 400)
      for (let n = 0; n < 5; n++) assert.equal((await call({})).status, 401)
      assert.equal((await call({ authorization: `Bearer ${ADMIN_KEY}` })).status, 200)
    })
  })
})
