import type { Snippets } from '../snippet.ts'

export default [
  { members: 'isBuiltin', run: m => ['fs', 'node:fs', 'node:test', 'test', 'x', 'node:x', 'fs/promises'].map(m.isBuiltin) },
  { members: 'builtinModules', run: m => [...m.builtinModules].sort() },
  { members: 'createRequire', run: m => { const r = m.createRequire('/plugin/x.js'); return [typeof r, r('path').sep, typeof r.resolve, r.resolve('fs')] } },
  { members: 'createRequire', run: m => { try { m.createRequire('/plugin/x.js')('not-there') } catch (e) { return (e as any).code } } },
  { members: 'Module', run: m => [m.Module === m, new m.Module('x').id] },
  { members: 'wrap', run: m => m.wrap('x') },
  { members: 'syncBuiltinESMExports findSourceMap', run: m => [m.syncBuiltinESMExports(), m.findSourceMap('/x')] }
] satisfies Snippets
