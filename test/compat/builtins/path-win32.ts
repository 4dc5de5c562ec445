import type { Snippets } from '../snippet.ts'

export default [
  { members: '*', run: (win32, require) => [win32 === require('path').win32, Object.keys(win32).sort()] }
] satisfies Snippets
