/** From a v5 volume and a v6 database to a service that runs every processing. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import type { Db } from 'mongodb'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { upgradeCommand } from '../../bin/upgrade.ts'
import { openTestService } from '../e2e/service.ts'
import { startRegistry } from '../servers/registry.ts'
import { makeV5Volume, V5_ORPHAN, V5_PLUGINS } from '../volumes/v5.ts'
import { fillV6Database, V6_CIPHER_PASSWORD, V6_PROCESSINGS, V6_TOKEN } from '../volumes/v6-database.ts'
import { testDatabase } from './mongo-server.ts'

const SECRET = 'secret of the platform'
const ENDED = 'L\'exécution est terminée'

/** Those that a processing of data-fair/processings may have: it refuses to save one with others. */
const V6_FIELDS = ['_id', 'title', 'active', 'created', 'updated', 'config', 'debug', 'owner', 'plugin', 'scheduling', 'secrets', 'permissions', 'userProfile', 'lastRun', 'nextRun', 'webhookKey']

async function unknownFields (db: Db): Promise<string[]> {
  const document = await readFile(new URL('../../docs/moving-from-processings.md', import.meta.url), 'utf8')
  const removed = [...(/\$unset: \{([^}]*)\}/.exec(document)?.[1] ?? '').matchAll(/(\w+): 1/g)].map(([, field]) => field)
  assert.ok(removed.length > 0)
  const found = new Set((await db.collection('processings').find().toArray()).flatMap(processing => Object.keys(processing)))
  return [...found].filter(field => !V6_FIELDS.includes(field) && !removed.includes(field))
}

async function upgrade (args: readonly string[], env: Readonly<Record<string, string>>): Promise<{ code: number, text: string }> {
  let text = ''
  const code = await upgradeCommand(args, env, more => { text += more })
  return { code, text }
}

describe('a deployment of data-fair/processings', function () {
  this.timeout(60_000)

  for (const protocol of ['download', 'slots'] as const) {
    it(`moves in by the documented steps: it looks, is stopped by an orphan, goes on, and every processing runs, with the configuration that the old volume has for its plugin and the secret that it was given there (a registry of ${protocol})`, async () => {
      const dir = await mkdtemp(path.join(tmpdir(), 'vivarium-move-in-'))
      const database = testDatabase()
      const registry = await startRegistry({ secret: SECRET, artefacts: {}, protocol, wantsGrants: protocol === 'slots' })
      try {
        await makeV5Volume(dir)
        await fillV6Database(database.db)
        const env = { MONGO_URL: database.url, PRIVATE_REGISTRY_URL: registry.url, SECRET_REGISTRY: SECRET, DATA_DIR: dir, CIPHER_PASSWORD: V6_CIPHER_PASSWORD, LOCALE: 'fr' }
        const looked = await upgrade(['--dry-run'], env)
        assert.equal(looked.code, 0, looked.text)
        assert.match(looked.text, /1 processings have a plugin that is nowhere: the upgrade will stop.+4 plugins on the old volume\..+4 to publish: .+Nothing was changed\.\n$/s)
        assert.equal(registry.document(V5_PLUGINS.title), undefined)
        const stopped = await upgrade([], env)
        assert.equal(stopped.code, 1)
        assert.match(stopped.text, /lost "Lost", plugin @fixtures-processing-gone-1.+two ways out.+--allow-orphans/s)
        assert.equal(registry.document(V5_PLUGINS.title), undefined)
        const moved = await upgrade(['--allow-orphans'], env)
        assert.equal(moved.code, 0, moved.text)
        assert.match((await upgrade([], env)).text, /there is nothing to do/)
        const service = await openTestService(env)
        try {
          const said: Record<string, string[]> = {}
          for (const { _id, owner } of V6_PROCESSINGS) said[_id] = (await service.run(_id, owner)).log.map(({ msg }: { msg: string }) => msg)
          assert.deepEqual(said, {
            'says-it': [`dépréciation : le plugin ${V5_PLUGINS.title} dépend encore de la configuration de plugin (plugin-config) de l'ancien volume`, 'title: Roads', 'bonjour', ENDED],
            'says-it-anew': ['title: Bridges', `sha256 of the token: ${createHash('sha256').update(V6_TOKEN).digest('hex')}`, ENDED],
            counts: ['rows: 3', ENDED],
            'counts-roads': ['rows: 1', ENDED],
            sums: ['sum: 6.5, by JavaScript', ENDED],
            lost: [`Le plugin ${V5_ORPHAN} n'est plus disponible (supprimé ou accès retiré). Le registre ne connaît plus ce plugin : demandez à son éditeur de le republier, ou choisissez-en un autre.`]
          })
        } finally {
          await service.close()
        }
        assert.deepEqual(await unknownFields(database.db), [], 'what docs/moving-from-processings.md takes away is all that v6 would refuse')
      } finally {
        await registry.close()
        await database.drop()
        await rm(dir, { recursive: true })
      }
    })
  }
})
