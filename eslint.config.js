import neostandard from 'neostandard'

/**
 * Who may import whom (docs/architecture.md, section 2): each folder lists what it must not reach.
 * `sandbox/protocol.ts` (types) and `sandbox/frames.ts` (a pure codec) are the two doors into the sandbox folder.
 */
const layer = (folder, forbidden, message) => ({
  files: [`${folder}/**/*.ts`],
  rules: {
    'no-restricted-imports': ['error', {
      patterns: [{ regex: `^(\\.\\./)+(${forbidden})(/|\\.ts$)`, message }]
    }]
  }
})

export default [
  ...neostandard({ ts: true, ignores: ['node_modules/**', 'data/**', 'tmp/**', 'coverage/**', 'test/fixtures/**'] }),
  layer('api', 'sandbox|upgrade|bin|main|config', 'api may import runner, cache and store'),
  layer('runner', '(sandbox(?!/(protocol|frames)\\.ts))|api|upgrade|bin|main|config', 'runner may import cache, store and the protocol of sandbox'),
  layer('cache', 'sandbox|runner|api|store|upgrade|bin|main|config', 'cache imports nothing of ours'),
  layer('store', 'sandbox|runner|api|cache|upgrade|bin|main|config', 'store imports nothing of ours'),
  layer('sandbox', 'runner|api|store|cache|upgrade|bin|main|config', 'sandbox imports nothing of ours'),
  layer('upgrade', 'sandbox|runner|api|bin|main|config', 'upgrade may import store and cache'),
  {
    files: ['runner/**/*.ts', 'api/**/*.ts', 'store/**/*.ts', 'cache/**/*.ts', 'sandbox/**/*.ts', 'upgrade/**/*.ts'],
    rules: {
      'no-restricted-properties': ['error', { object: 'process', property: 'env', message: 'only config.ts reads the environment; options come as arguments' }],
      '@typescript-eslint/no-explicit-any': 'error'
    }
  }
]
