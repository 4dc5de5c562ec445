import assert from 'node:assert/strict'
import { fileURLToPath } from 'node:url'
import { ESLint } from 'eslint'

const cwd = fileURLToPath(new URL('..', import.meta.url))

/** Where a file stands, and what it may import and what not, as it would write it. */
const layers: Readonly<Record<string, { readonly allowed: readonly string[], readonly refused: readonly string[] }>> = {
  'api/x.ts': { allowed: ['./config.ts', './main.ts', '../runner/types.ts', '../cache/types.ts', '../store/types.ts', '../validation/index.ts'], refused: ['../sandbox/protocol.ts', '../config.ts', '../config/table.ts', '../main.ts', '../bin/start.ts', '../test/servers/registry.ts', '../bench/x.ts', '../testing/log.js', '../upgrade/x.ts'] },
  'runner/brokers/x.ts': { allowed: ['./config.ts', '../limits.ts', '../../cache/types.ts', '../../store/types.ts', '../../sandbox/protocol.ts', '../../sandbox/frames.ts'], refused: ['../../sandbox/cell.ts', '../../sandbox/guest/log.ts', '../../api/index.ts', '../../config.ts', '../../main.ts', '../../bin/start.ts', '../../test/packages.ts'] },
  'cache/registries/x.ts': { allowed: ['./http.ts', '../types.ts', '../registries/http.ts'], refused: ['../../store/types.ts', '../../config.ts', '../../runner/limits.ts', '../../sandbox/protocol.ts', '../../validation/index.ts'] },
  'store/sqlite/x.ts': { allowed: ['../types.ts', './runs.ts'], refused: ['../../cache/types.ts', '../../config.ts', '../../runner/types.ts', '../../api/texts.ts'] },
  'sandbox/guest/x.ts': { allowed: ['../protocol.ts', './log.ts'], refused: ['../../runner/limits.ts', '../../cache/types.ts', '../../store/types.ts', '../../config.ts'] },
  'validation/x.ts': { allowed: ['./types.ts'], refused: ['../store/types.ts', '../runner/types.ts', '../config.ts'] },
  'upgrade/x.ts': { allowed: ['../store/types.ts', '../cache/types.ts'], refused: ['../runner/types.ts', '../api/index.ts', '../sandbox/protocol.ts', '../config.ts'] },
  'config.ts': { allowed: ['./config/table.ts'], refused: ['./runner/limits.ts', './store/types.ts', './cache/types.ts', './sandbox/protocol.ts', './api/index.ts', './main.ts', './bin/start.ts', './validation/index.ts'] },
  'config/x.ts': { allowed: ['./table.ts', '../config.ts'], refused: ['../runner/limits.ts', '../store/types.ts', '../cache/types.ts', '../sandbox/protocol.ts', '../api/index.ts', '../main.ts', '../bin/start.ts'] },
  'bin/run/x.ts': { allowed: ['../../main.ts', '../../config.ts', '../../runner/index.ts', '../../sandbox/protocol.ts', '../../test/servers/registry.ts', '../follow/index.ts'], refused: ['../../test/packages.ts', '../../test/servers/smtp.ts', '../../bench/x.ts', '../../testing/log.js'] },
  'main.ts': { allowed: ['./config.ts', './api/index.ts', './runner/index.ts', './store/types.ts'], refused: ['./bin/start.ts', './test/packages.ts', './bench/x.ts', './testing/log.js'] }
}

describe('the layers', function () {
  this.timeout(30_000)
  const eslint = new ESLint({ cwd })

  /** Which of the rules that hold the layers complain. */
  async function complaints (filePath: string, code: string): Promise<string[]> {
    const results = await eslint.lintText(code, { filePath })
    return results.flatMap(({ messages }) => messages.map(({ ruleId }) => ruleId)).filter((rule): rule is string => rule !== null && rule.startsWith('no-restricted'))
  }

  for (const [file, { allowed, refused }] of Object.entries(layers)) {
    it(`${file}: is refused what lies outside, by import, export and import()`, async () => {
      for (const path of refused) {
        assert.deepEqual(await complaints(file, `import '${path}'\n`), ['no-restricted-imports'], path)
        assert.deepEqual(await complaints(file, `import type { X } from '${path}'\nexport type Y = X\n`), ['no-restricted-imports'], path)
        assert.deepEqual(await complaints(file, `export { x } from '${path}'\n`), ['no-restricted-imports'], path)
        assert.deepEqual(await complaints(file, `export const x = await import('${path}')\n`), ['no-restricted-syntax'], path)
      }
    })

    it(`${file}: has what it may import`, async () => {
      for (const path of allowed) assert.deepEqual(await complaints(file, `import '${path}'\nexport const x = await import('${path}')\n`), [], path)
    })
  }

  it('leave the environment to the configuration', async () => {
    for (const folder of ['api', 'runner', 'store', 'cache', 'sandbox', 'validation', 'upgrade']) {
      assert.deepEqual(await complaints(`${folder}/x.ts`, 'export const home = process.env.HOME\n'), ['no-restricted-properties'], folder)
    }
    assert.deepEqual(await complaints('bin/x.ts', 'export const home = process.env.HOME\n'), [])
  })
})
