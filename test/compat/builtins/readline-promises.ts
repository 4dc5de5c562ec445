import type { Snippets } from '../snippet.ts'

export default [
  { members: 'createInterface Interface', run: async (readline, require) => { const { PassThrough } = require('stream'); const input = new PassThrough(); const rl = readline.createInterface({ input }); const asked = rl.question(''); input.write('ada\n'); return [await asked, rl instanceof readline.Interface] } }
] satisfies Snippets
