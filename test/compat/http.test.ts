import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { closeGuests, evaluate } from '../sandbox/guest/harness.ts'
import { startBehavingServer, type BehavingServer } from '../servers/http-behaviours.ts'
import { snippets } from './http/snippets.ts'
import { outcomeOf } from './snippet.ts'

const nodeRequire = createRequire(import.meta.url)

describe('Node\'s http, in a plugin as in Node', function () {
  this.timeout(10_000)
  let server: BehavingServer

  before(async () => { server = await startBehavingServer() })
  after(async () => {
    await closeGuests()
    await server.close()
  })

  for (const [name, snippet] of Object.entries(snippets)) {
    it(name, async () => {
      const node = await outcomeOf(() => snippet(nodeRequire, server.url))
      const guest = await evaluate(`async (context, require) => await (${outcomeOf})(() => (${snippet})(require, ${JSON.stringify(server.url)}))` as never, { network: [server.host, '127.0.0.1:12'] })
      assert.equal(guest, node)
    })
  }
})
