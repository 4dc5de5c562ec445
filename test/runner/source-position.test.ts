import assert from 'node:assert/strict'
import { runInNewContext } from 'node:vm'
import { buildSync } from 'esbuild'
import { locate } from '../../runner/source-position.ts'

const script = '/plugin/index.ts'
const source = `interface Row { name: string }

function parse (row: Row | undefined): string {
  return row!.name.trim()
}

export async function run () {
  await null
  parse(undefined)
}
`

/** The error of a plugin that was bundled as the cache does it, and its source map. */
async function failingPlugin (): Promise<{ stack: string, sourceMap: string }> {
  const { outputFiles } = buildSync({ stdin: { contents: source, sourcefile: 'src/index.ts', loader: 'ts' }, bundle: true, format: 'cjs', sourcemap: 'external', outfile: 'out.js', write: false })
  const [sourceMap, code] = ['.map', '.js'].map(end => outputFiles.find(file => file.path.endsWith(end))?.text ?? '')
  const module = { exports: {} as { run (): Promise<void> } }
  runInNewContext(code as string, { module }, { filename: script })
  try {
    await module.exports.run()
  } catch (error) {
    return { stack: String((error as Error).stack), sourceMap: sourceMap as string }
  }
  throw new Error('the plugin was expected to fail')
}

describe('source position', () => {
  it("maps a stack to the plugin's own files, with the lines around", async () => {
    const { stack, sourceMap } = await failingPlugin()
    const found = locate(stack, { script, sourceMap })
    assert.equal(found.position, 'src/index.ts:4:15')
    assert.match(found.stack, /^TypeError: Cannot read properties of undefined \(reading 'name'\)\n {4}at parse \(src\/index\.ts:4:15\)\n {4}at .*run \(src\/index\.ts:9:3\)$/)
    assert.equal(found.frame, [
      '  3 | function parse (row: Row | undefined): string {',
      '> 4 |   return row!.name.trim()',
      '    |               ^',
      '  5 | }'
    ].join('\n'))
  })

  it('drops frames of the platform and of the host', () => {
    const { stack, position } = locate('Error: x\n    at f (/plugin/index.ts:3:5)\n    at Array.map (<anonymous>)\n    at call (vivarium:guest/context.js:1:2)\n    at Module.load (/srv/app/runner/run.ts:10:20)\n    at process.processTicks (node:internal:5:6)', { script })
    assert.equal(stack, 'Error: x\n    at f (index.ts:3:5)')
    assert.equal(position, 'index.ts:3:5')
  })

  it('works without a source map, with a broken one, and with one that lies', () => {
    const stack = 'Error: x\n    at /plugin/index.ts:3:5'
    for (const sourceMap of [undefined, '', '{', 'null', '[]', '{"version":3}', '{"version":3,"sources":[1],"mappings":"AAAA","names":[]}', '{"version":3,"sources":{},"mappings":";;;"}']) {
      assert.match(locate(stack, { script, ...(sourceMap === undefined ? {} : { sourceMap }) }).position ?? '', /3:5$/)
    }
  })

  it('has no position when no frame lies in the plugin', () => {
    assert.deepEqual(locate('just text', { script }), { stack: 'just text' })
    assert.deepEqual(locate('', { script }), { stack: '' })
  })

  it('makes hostile stacks harmless, quickly', () => {
    const hostile = [
      'a'.repeat(10_000_000),
      '    at f ('.repeat(1_000_000),
      ' '.repeat(1_000_000) + 'at',
      `at ${'('.repeat(100_000)}${':1'.repeat(100_000)})`,
      '\n'.repeat(1_000_000),
      'at f (/plugin/index.ts:99999999999999999999:1)',
      'at f (/plugin/index.ts:-1:0)',
      '\x1b]0;title\x07\x1b[2J\rforged'
    ]
    const startedAt = performance.now()
    for (const stack of hostile) {
      const found = locate(stack, { script })
      assert(found.stack.length <= 16_384)
      assert.doesNotMatch(found.stack, /\p{Cc}(?<!\n)/u)
      assert.equal(found.position, undefined)
    }
    assert(performance.now() - startedAt < 1_000)
  })

  it('shows a minified line around the position only', () => {
    const line = 'x'.repeat(5_000) + 'throw new Error()' + 'y'.repeat(5_000)
    const sourceMap = JSON.stringify({ version: 3, sources: ['min.js'], sourcesContent: [line], names: [], mappings: 'AAAoAA'.slice(0, 4) })
    const { frame } = locate('Error\n    at /plugin/index.ts:1:1', { script, sourceMap })
    assert.equal(frame?.split('\n').every(row => row.length < 140), true)
  })
})
