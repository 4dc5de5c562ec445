import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { openSandbox, type Sandbox } from './both-sides.ts'
import { comparePackage } from './packages/compare.ts'
import { DIFFERS } from './packages/differs.ts'
import { servedFiles } from './packages/files.ts'
import { pluginScripts } from './packages/stage.ts'
import { printTable } from './print-table.ts'
import { startRecordingServer, type RecordingServer } from './recording-server.ts'

const WANTED = 40
const scripts = await pluginScripts()

describe('packages do in a plugin what they do in plain Node', function () {
  this.timeout(120_000)
  let server: RecordingServer
  let sandbox: Sandbox
  const rows: string[][] = []

  before(async () => {
    assert.ok(existsSync(new URL('packages/node_modules', import.meta.url)), 'the packages are fetched by: npm run corpora')
    server = await startRecordingServer(servedFiles())
    sandbox = await openSandbox([server.host])
  })
  after(async () => {
    await sandbox?.close()
    await server?.close()
    printTable(['package', 'version', '', 'Node ms', 'folder ms', 'archive ms'], rows)
  })

  for (const [name, script] of scripts) {
    it(name, async () => {
      const { version, node, folder, archive, ms, nodeError } = await comparePackage(sandbox, server, name, script)
      const differs = DIFFERS[name]
      assert.equal(nodeError, undefined, 'in plain Node it works')
      assert.deepEqual(archive, folder, 'a folder and an archive come to the same')
      if (differs === undefined) assert.deepEqual(folder, node)
      else {
        assert.notDeepEqual(folder, node, `it no longer differs: ${differs.how}`)
        assert.match(JSON.stringify(folder), differs.shows)
      }
      rows.push([name, version, differs?.how ?? 'works', ...ms.map(time => time.toFixed(0))])
    })
  }

  it(`at least ${WANTED} of them work`, () => {
    const working = rows.filter(([, , state]) => state === 'works').length
    assert.ok(working >= WANTED, `${working} packages`)
  })
})
