import assert from 'node:assert/strict'
import { usesOf } from '../../../bin/check/uses.ts'

/** `module.member` of each use, sorted; modules as a whole left out. */
function members (text: string, file = 'index.js'): string[] {
  return usesOf(file, text).uses.filter(({ module, member }) => member !== '' && module !== 'globals').map(({ module, member }) => `${module}.${member}`).sort()
}

function globals (text: string): string[] {
  return usesOf('index.js', text).uses.filter(({ module }) => module === 'globals').map(({ member }) => member).sort()
}

describe('vivarium check: what a source file uses', () => {
  const forms: readonly (readonly [string, string, readonly string[]])[] = [
    ['require', "const fs = require('node:fs')\nfs.readFile('x')", ['fs.readFile']],
    ['a member of require', "require('zlib').gzipSync('')", ['zlib.gzipSync']],
    ['taking apart', "const { exec, promises: { readFile: read }, spawn = 1 } = require('child_process')", ['child_process.exec', 'child_process.promises.readFile', 'child_process.spawn']],
    ['taking apart a name', "const fs = require('fs')\nconst { stat } = fs", ['fs.stat']],
    ['a part in a variable', "const fs = require('fs').promises\nfs.readFile('x')", ['fs.promises', 'fs.promises.readFile']],
    ['import', "import fs, { stat as s } from 'node:fs'\nimport * as p from 'path'\nfs.watch('.'); p.join()", ['fs.stat', 'fs.watch', 'path.join']],
    ['import()', "const { createHash } = await import('crypto')\nconst fs = await import('fs')\nfs.default.openSync('x')", ['crypto.createHash', 'fs.openSync']],
    ['a name in brackets', "const fs = require('fs')\nfs['unlinkSync']('x'); fs[name]()", ['fs.unlinkSync']],
    ['the global process', 'process.exit(1)', ['process.exit']],
    ['a process of its own', "const process = require('./process')\nprocess.exit(1)", []],
    ['an imported process of its own', "import process from './process.js'\nprocess.exit(1)", []],
    ['the global crypto', 'crypto.subtle.importKey(x)', ['crypto.subtle.importKey']],
    ['a crypto of its own', "import crypto from './crypto.js'\ncrypto.encrypt()", []],
    ['no builtin', "const fs = require('fs-extra')\nfs.readJson('x')", []]
  ]
  for (const [what, text, expected] of forms) it(`sees ${what}`, () => assert.deepEqual(members(text), expected))

  const globalForms: readonly (readonly [string, string, readonly string[]])[] = [
    ['globals of Node that are used', "new WebSocket(''); [1].map(x => new SharedArrayBuffer(x)); unknown()", ['SharedArrayBuffer', 'WebSocket']],
    ['none that are the names of members', 'a.WebSocket(); const b = { WebSocket: 1, localStorage () {} }; class C { navigator = 1 }', []],
    ['short properties', 'use({ WebSocket })', ['WebSocket']],
    ['none that the file binds', "import WebSocket from 'ws'\nfunction f (navigator, { localStorage } = {}) { return new WebSocket(navigator, localStorage) }\ntry {} catch (Atomics) { Atomics }", []],
    ['none that the file asks for', "const Socket = typeof WebSocket === 'undefined' ? undefined : WebSocket", []]
  ]
  for (const [what, text, expected] of globalForms) it(`sees ${what}`, () => assert.deepEqual(globals(text), expected))

  it('reads TypeScript, and gives the line of the first use', () => {
    const { uses } = usesOf('index.ts', "import type { Stats } from 'node:fs'\nimport { statSync } from 'node:fs'\n\nexport const a = (s: Stats): number => statSync('x').size as number\n")
    assert.deepEqual(uses.filter(({ module, member }) => member !== '' && module !== 'globals'), [{ module: 'fs', member: 'statSync', line: 2 }])
  })

  it('sees the hosts of URLs in texts, with the port that is written, and no comments', () => {
    const { hosts } = usesOf('index.js', "// see https://docs.example.org\nfetch('https://api.example.org/v1'); const url = `http://user:pw@localhost:8080/` + x; const no = 'not-a-url'; const again = \"https://API.example.org\"")
    assert.deepEqual(hosts, ['api.example.org', 'localhost:8080'])
  })

  it('survives what cannot be parsed, and trees that are deeper than a stack', () => {
    assert.deepEqual(usesOf('index.js', 'const = ;'), { uses: [], hosts: [] })
    assert.deepEqual(usesOf('index.js', `${'a+'.repeat(3_000)}a; require('fs').stat()`).uses.filter(({ module }) => module === 'fs').map(({ member }) => member), ['stat', ''])
  })
})
