import type { Snippets } from '../snippet.ts'

export default [{ members: 'isatty', run: tty => [tty.isatty(99), tty.isatty('x')] }] satisfies Snippets
