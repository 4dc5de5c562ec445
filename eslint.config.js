import neostandard from 'neostandard'

/**
 * Who may import whom (docs/architecture.md, section 2). What a layer does not name is closed to it: the parts of the service, its roots
 * (`main.ts`, `config.ts`), and what only tests and benches need. A test holds each rule against a violation.
 */
const FOLDERS = ['api', 'bench', 'bin', 'cache', 'config', 'runner', 'sandbox', 'store', 'test', 'testing', 'upgrade', 'validation']
const ROOTS = ['config', 'main']
/** `sandbox/protocol.ts` (types) and `sandbox/frames.ts` (a pure codec) are the two doors into the sandbox folder. */
const DOORS = 'sandbox(?!/(?:protocol|frames)\\.ts$)'
/** The demo shows a registry: the small one that the tests start. */
const REGISTRY = 'test(?!/servers/registry\\.ts$)'

/**
 * `open`: folders and roots (`x.ts`) that may be imported. `doors`: patterns for folders of which only some files are open. A dynamic
 * import() is an import too; `new URL()` is not: that is how the entry of a process or thread is named, which is a boundary of its own.
 */
function layer (files, own, open, message, doors = []) {
  const closed = FOLDERS.filter(folder => folder !== own && !open.includes(folder) && !doors.some(door => door.startsWith(`${folder}(`)))
  const roots = ROOTS.filter(root => root !== own && !open.includes(`${root}.ts`))
  const path = `^\\.{1,2}/(?:\\.\\./)*(?:(?:${[...closed, ...doors].join('|')})/${roots.length === 0 ? '' : `|(?:${roots.join('|')})\\.ts$`})`
  // Within a folder `./config.ts` is a neighbour: only what climbs leaves it.
  const regex = files.some(file => file.includes('/')) && own !== 'config' ? path.replace('^\\.{1,2}/', '^\\.\\./') : path
  return {
    files,
    rules: {
      'no-restricted-imports': ['error', { patterns: [{ regex, message }] }],
      'no-restricted-syntax': ['error', { selector: `ImportExpression > Literal[value=/${regex.replaceAll('/', '\\x2f')}/]`, message }]
    }
  }
}

const folder = (name, open, message, doors) => layer([`${name}/**/*.ts`], name, open, message, doors)

export default [
  ...neostandard({ ts: true, ignores: ['node_modules/**', 'data/**', 'tmp/**', 'coverage/**', 'test/fixtures/**'] }),
  folder('api', ['runner', 'cache', 'store', 'validation'], 'api may import runner, cache, store and validation'),
  folder('runner', ['cache', 'store', 'validation'], 'runner may import cache, store, validation, and of sandbox protocol.ts and frames.ts', [DOORS]),
  folder('upgrade', ['store', 'cache'], 'upgrade may import store and cache'),
  folder('cache', [], 'cache imports nothing of ours'),
  folder('store', [], 'store imports nothing of ours'),
  folder('sandbox', [], 'sandbox imports nothing of ours'),
  folder('validation', [], 'validation imports nothing of ours'),
  layer(['config.ts', 'config/**/*.ts'], 'config', [], 'config imports nothing of ours'),
  folder('bin', ['api', 'cache', 'config', 'runner', 'sandbox', 'store', 'upgrade', 'validation', 'config.ts', 'main.ts'], 'bin may import all that runs the service, nothing of tests and benches', [REGISTRY]),
  layer(['main.ts'], 'main', ['api', 'cache', 'config', 'runner', 'sandbox', 'store', 'upgrade', 'validation', 'config.ts'], 'main may import all that runs the service, and is imported by bin'),
  {
    files: ['runner/**/*.ts', 'api/**/*.ts', 'store/**/*.ts', 'cache/**/*.ts', 'sandbox/**/*.ts', 'validation/**/*.ts', 'upgrade/**/*.ts'],
    rules: {
      'no-restricted-properties': ['error', { object: 'process', property: 'env', message: 'only config.ts reads the environment; options come as arguments' }],
      '@typescript-eslint/no-explicit-any': 'error'
    }
  }
]
