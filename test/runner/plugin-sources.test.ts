import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { buildSync } from 'esbuild'
import { pluginSources } from '../../runner/plugin-sources.ts'
import { temporaryFolder } from '../cache/temporary-folder.ts'

describe('plugin sources', () => {
  const folder = temporaryFolder()
  /** Of a bundle whose first line comes from src/index.js:2. */
  async function sources (): Promise<ReturnType<typeof pluginSources>> {
    const { outputFiles } = buildSync({ stdin: { contents: '\nthrowIt()\n', sourcefile: 'src/index.js' }, sourcemap: 'external', outfile: 'out.js', write: false })
    const file = path.join(folder(), 'bundle.js.map')
    await writeFile(file, outputFiles.find(({ path }) => path.endsWith('.map'))?.text ?? '')
    return pluginSources({ entry: 'index.js', sourceMapPath: file })
  }

  it('makes the stacks in a text readable, and leaves the words around them', async () => {
    const { readable } = await sources()
    assert.equal(readable('It failed: Error: x\n    at throwIt (/plugin/index.js:1:1)\n    at enter (vivarium:prelude:3:4)\nso I go on'), 'It failed: Error: x\n    at throwIt (src/index.js:2:1)\n\n  1 |\n> 2 | throwIt()\n    | ^\n  3 |\n\nso I go on')
  })

  it('leaves a text as it is when no frame leads into the plugin', async () => {
    const { readable } = await sources()
    for (const text of ['', 'a\n    at home', '/plugin/index.js:1:1', 'x\n    at f (/plugin/other.js:1:1)']) assert.equal(readable(text), text)
  })

  it('goes on without a map that is gone', () => {
    const { locate } = pluginSources({ entry: 'index.js', sourceMapPath: path.join(folder(), 'gone.map') })
    assert.equal(locate('Error: x\n    at f (/plugin/index.js:3:5)').position, 'index.js:3:5')
  })

  it('is quick with a text made of stacks', async () => {
    const { readable } = await sources()
    const hostile = 'x\n    at f (/plugin/index.js:1:1)\n'.repeat(50_000)
    const startedAt = performance.now()
    readable(hostile)
    readable(hostile)
    assert.ok(performance.now() - startedAt < 2_000)
  })
})
