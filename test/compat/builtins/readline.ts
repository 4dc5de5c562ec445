import type { Snippets } from '../snippet.ts'

export default [
  { members: 'createInterface Interface', run: async (readline, require) => { const { Readable } = require('stream'); const rl = readline.createInterface({ input: Readable.from(['a\r', '\nb\n\nc', 'd']), crlfDelay: Infinity }); const lines = []; for await (const line of rl) lines.push(line); return [lines, rl instanceof readline.Interface, rl.closed] } },
  { members: 'createInterface', run: async (readline, require) => { const { Readable } = require('stream'); const lines: string[] = []; return await new Promise(resolve => readline.createInterface({ input: Readable.from(['x\ny']) }).on('line', (line: string) => lines.push(line)).on('close', () => resolve(lines))) } },
  { members: 'createInterface', run: async (readline, require) => { const { PassThrough } = require('stream'); const input = new PassThrough(); const output = new PassThrough(); const rl = readline.createInterface({ input, output }); const asked = new Promise(resolve => rl.question('name? ', resolve)); input.write('ada\n'); return [await asked, String(output.read()), (rl.close(), rl.closed)] } },
  { members: 'promises', run: readline => typeof readline.promises.createInterface },
  { members: 'clearLine cursorTo moveCursor clearScreenDown emitKeypressEvents', run: readline => ['clearLine', 'cursorTo', 'moveCursor', 'clearScreenDown', 'emitKeypressEvents'].map(name => typeof readline[name]) }
] satisfies Snippets
