/** Whatever a plugin throws, and whatever it does wrong: what a person reads is a sentence, and shows nothing of the host. */
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { openTestService, type TestService } from './service.ts'

const plugins = fileURLToPath(new URL('../fixtures/plugins/bad/', import.meta.url))
const root = path.resolve(plugins, '../../../..')
const { ways } = createRequire(import.meta.url)(path.join(plugins, 'weird-errors')) as { ways: string[] }

/** Places of this machine, files of ours, names of what we run on. */
const INTERNALS = [root, tmpdir() + path.sep, 'file://', 'node:internal', 'isolated-vm', 'sandbox/', 'runner/', 'guest/', 'prelude', '__vivarium', 'vivarium-entry', 'vivariumM', 'BrokerError', 'piscina']

describe('what a person reads of errors of all kinds', function () {
  this.timeout(30_000)
  let service: TestService

  before(async () => { service = await openTestService({ PLUGINS_DIR: plugins }) })
  after(async () => { await service.close() })

  for (const way of ways) {
    it(way, async () => {
      const id = await service.create('weird-errors', { config: { way } })
      assert.equal((await service.call('PATCH', `/api/v1/processings/${id}`, { body: { debug: true } })).status, 200)
      const { _id, status, outcome, log } = await service.run(id)
      assert.equal(status, 'error')
      const french = (await service.call('GET', `/api/v1/runs/${_id}`, { headers: { 'accept-language': 'fr' } })).json as { log: object[] }
      const texts = JSON.stringify([outcome.code, outcome.message, log, french.log])
      // who makes stacks himself sees a frame of ours under its name, which is no path
      for (const name of INTERNALS.filter(name => name !== 'prelude' || way !== 'prepared stack')) assert.ok(!texts.includes(name), `${name} in ${texts}`)
      assert.notEqual(outcome.message, '')
      assert.notEqual(outcome.code, 'internal', texts)
    })
  }
})
