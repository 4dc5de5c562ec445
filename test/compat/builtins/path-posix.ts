import type { Snippets } from '../snippet.ts'

export default [
  { members: '*', run: (posix, require) => [posix === require('path').posix, posix === require('path'), Object.keys(posix).sort()] }
] satisfies Snippets
