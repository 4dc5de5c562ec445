import assert from 'node:assert/strict'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { installPackages } from '../packages.ts'
import { startBehavingServer, type BehavingServer } from '../servers/http-behaviours.ts'
import { openTestService, type TestService } from './service.ts'

const fixture = fileURLToPath(new URL('../fixtures/plugins/http-clients', import.meta.url))

/** Probes that do not come to the same, and why. */
const DIFFERS: Readonly<Record<string, readonly string[]>> = {
  'context-axios': ['cut'] // tried again, and told by its code
}

describe('HTTP clients that people use, in a plugin as in plain Node [slow]', function () {
  this.timeout(60_000)
  let plugins: string
  let server: BehavingServer
  let service: TestService

  before(async () => {
    plugins = await mkdtemp(path.join(tmpdir(), 'vivarium-clients-'))
    await cp(fixture, path.join(plugins, 'http-clients'), { recursive: true })
    await installPackages(path.join(plugins, 'http-clients'))
    server = await startBehavingServer()
    service = await openTestService({ PLUGINS_DIR: plugins, EGRESS_ALLOW: `${server.host},127.0.0.1:12` })
  })
  after(async () => {
    await service?.close()
    await server?.close()
    await rm(plugins, { recursive: true, force: true })
  })

  for (const client of ['axios-0', 'axios-1', 'context-axios', 'got', 'node-fetch-2', 'node-fetch-3', 'fetch', 'form-data']) {
    it(client, async () => {
      const require = createRequire(path.join(plugins, 'http-clients/index.js'))
      const { probe } = require(`./clients/${client}.js`) as { probe (url: string): Promise<Record<string, unknown>> }
      const node = await probe(server.url)
      const run = await service.run(await service.create('http-clients', { config: { client, url: server.url } }))
      assert.equal(run.status, 'finished', JSON.stringify(run.log.slice(-3)))
      const line = run.log.find(({ msg }: { msg: string }) => msg === 'answers')
      const guest = JSON.parse(line.extra) as Record<string, unknown>
      for (const name of Object.keys(node)) {
        if (DIFFERS[client]?.includes(name) === true) assert.notDeepEqual(guest[name], node[name], `${name} no longer differs`)
        else assert.deepEqual(guest[name], node[name], name)
      }
      assert.deepEqual(Object.keys(guest), Object.keys(node))
    })
  }
})
