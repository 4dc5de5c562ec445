import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import semver from 'semver'
import { openDatabase } from '../../store/mongo/database.ts'
import { scriptNames, upgradeScripts } from '../../upgrade/scripts.ts'
import type { Facts } from '../../upgrade/types.ts'

const FOLDER = fileURLToPath(new URL('../../upgrade', import.meta.url))

async function wanted (facts: Facts): Promise<string[]> {
  const database = openDatabase({ url: 'mongodb://127.0.0.1:1/none' }) // it does not connect
  try {
    const scripts = upgradeScripts(database, { plugins: { kind: 'dir', dir: '/nowhere' }, publish: { tmpDir: '/nowhere' }, interrupted: { code: 'interrupted', params: {}, message: '' } })
    return scripts.filter(script => script.unwanted(facts) === undefined).map(({ name }) => name)
  } finally {
    await database.close()
  }
}

describe('scripts of upgrades', () => {
  it('are named by their place, and ordered by version: the look for orphans, those of data-fair/processings, ours', async () => {
    for (const name of scriptNames) assert.ok(existsSync(path.join(FOLDER, `${name}.ts`)), name)
    const versions = scriptNames.filter(name => !name.startsWith('vivarium/')).map(name => name.split('/')[0] ?? '')
    assert.deepEqual(versions, semver.sort([...versions]))
    assert.equal(scriptNames.indexOf('vivarium/0.1.0/00-find-orphans'), 0)
    assert.equal(scriptNames.indexOf('vivarium/0.1.0/01-repair-runs-and-owners'), versions.length + 1)
    const folders = (await readdir(FOLDER, { withFileTypes: true })).filter(entry => entry.isDirectory()).map(({ name }) => name)
    assert.deepEqual(folders.filter(folder => !scriptNames.some(name => name.startsWith(`${folder}/`))), [])
  })

  it('of data-fair/processings are wanted when its record is not above theirs, and not without a record', async () => {
    const upstream = async (recorded: string | undefined): Promise<string[]> => (await wanted({ recorded, volume: false, movedIn: false })).filter(name => !name.startsWith('vivarium/'))
    assert.deepEqual(await upstream(undefined), [])
    assert.equal((await upstream('2.1.1')).length, 4)
    assert.deepEqual(await upstream('2.1.2'), ['2.3.0/scheduling-array', '5.2.0/01-publish-plugins-to-registry'])
    assert.deepEqual(await upstream('5.2.0'), ['5.2.0/01-publish-plugins-to-registry'])
    assert.deepEqual(await upstream('6.0.0'), [])
  })

  it('look for orphans once, when a database moves in, whatever version it has recorded', async () => {
    const looked = async (facts: Facts): Promise<boolean> => (await wanted(facts)).includes('vivarium/0.1.0/00-find-orphans')
    for (const recorded of ['2.1.0', '5.2.0', '6.2.0']) assert.ok(await looked({ recorded, volume: false, movedIn: false }), recorded)
    assert.ok(await looked({ recorded: undefined, volume: true, movedIn: false }))
    assert.ok(!await looked({ recorded: undefined, volume: false, movedIn: false }), 'a database that was never theirs')
    assert.ok(!await looked({ recorded: '6.2.0', volume: true, movedIn: true }))
  })

  it('publish what an old volume holds whatever is recorded, and delete nothing on the way', async () => {
    for (const recorded of ['6.1.0', undefined]) {
      assert.deepEqual((await wanted({ recorded, volume: true, movedIn: false })).filter(name => !name.startsWith('vivarium/')), ['5.2.0/01-publish-plugins-to-registry'])
    }
  })
})
