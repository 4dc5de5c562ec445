import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createLegacyPluginConfigs, type LegacyPluginConfigs } from '../../runner/legacy-plugin-config.ts'

describe('the configuration of a plugin on a volume of v5', () => {
  let dir: string
  let configs: LegacyPluginConfigs
  beforeEach(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'vivarium-plugin-config-'))
    configs = createLegacyPluginConfigs(path.join(dir, 'plugins'))
  })
  afterEach(async () => { await rm(dir, { recursive: true }) })

  it('is none while no volume is mounted, and found as soon as one is', async () => {
    assert.equal(await configs.read('@a-b-1'), undefined)
    await mkdir(path.join(dir, 'plugins'))
    await writeFile(path.join(dir, 'plugins', '@a-b-1-config.json'), '{"greeting":"hello"}')
    assert.deepEqual(await configs.read('@a-b-1'), { greeting: 'hello' })
    assert.equal(await configs.read('@a-b-2'), undefined)
  })

  it('is never looked for outside of the folder', async () => {
    await mkdir(path.join(dir, 'plugins'))
    await writeFile(path.join(dir, 'other-config.json'), '{}')
    for (const artefact of ['../other', '@scope/other', '..\\other', 'x\0', 'x'.repeat(300)]) assert.equal(await configs.read(artefact), undefined, artefact)
  })

  it('that cannot be read is told, so that its plugin does not run without it', async () => {
    await mkdir(path.join(dir, 'plugins', 'folder-config.json'), { recursive: true })
    for (const [name, text, message] of [
      ['broken', '{ "a": ', 'plugins/broken-config.json of the old volume is no JSON'],
      ['list', '[]', 'plugins/list-config.json of the old volume holds no object'],
      ['large', JSON.stringify('x'.repeat(1024 * 1024)), 'plugins/large-config.json of the old volume has 1048578 bytes, at most 1048576 are read']
    ] as const) {
      await writeFile(path.join(dir, 'plugins', `${name}-config.json`), text)
      await assert.rejects(configs.read(name), { message })
    }
    await assert.rejects(configs.read('folder'), { code: 'EISDIR' })
  })
})
