import type { Snippets } from '../snippet.ts'

export default [
  { members: '*', run: (strict, require) => [strict === require('assert').strict, strict.equal === strict.strictEqual, strict.deepEqual === strict.deepStrictEqual, Object.keys(strict).sort()] }
] satisfies Snippets
