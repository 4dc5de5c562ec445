import assert from 'node:assert/strict'
import { readFileSync, statSync } from 'node:fs'
import { realpath } from 'node:fs/promises'
import { createRequire, isBuiltin } from 'node:module'
import { join } from 'node:path'
import { createFinder } from '../../../sandbox/guest/find-module.ts'
import { temporaryFolder, writeFiles } from '../../cache/temporary-folder.ts'

const FILES = {
  'package.json': '{ "name": "p", "exports": { ".": "./index.js", "./own": "./lib/a.js" }, "imports": { "#a": "./lib/a.js", "#steps/*": "./lib/*.js", "#steps/private/*": null, "#which": { "import": "./index.js", "require": "./lib/named.js" }, "#dep": "main", "#nested": { "node": { "require": null, "default": "./index.js" }, "default": "./index.js" } } }',
  'index.js': '',
  'lib/a.js': '',
  'lib/data.json': '{}',
  'lib/folder/index.js': '',
  'lib/named.js': '',
  'lib/named/index.js': '',
  'node_modules/main/package.json': '{ "main": "./dist/start" }',
  'node_modules/main/dist/start.js': '',
  'node_modules/main/extra.js': '',
  'node_modules/plain/index.js': '',
  'node_modules/@scope/x/package.json': '{ "main": "x.cjs" }',
  'node_modules/@scope/x/x.cjs': '',
  'node_modules/exports/package.json': '{ "main": "no.js", "exports": { ".": { "import": "./m.mjs", "require": "./c.cjs" }, "./sub": "./sub.js", "./lib/*": "./src/*.js", "./lib/private/*": null, "./deep": [{ "browser": "./b.js" }, { "node": { "default": "./n.js" } }] } }',
  'node_modules/exports/c.cjs': '',
  'node_modules/exports/m.mjs': '',
  'node_modules/exports/sub.js': '',
  'node_modules/exports/src/one.js': '',
  'node_modules/exports/n.js': '',
  'node_modules/exports/hidden.js': '',
  'node_modules/string/package.json': '{ "exports": "./only.js" }',
  'node_modules/string/only.js': '',
  'node_modules/outer/index.js': '',
  'node_modules/outer/node_modules/plain/index.js': ''
}

describe('the names of a plugin\'s modules', () => {
  const folder = temporaryFolder()

  it('mean the files that they mean in Node', async () => {
    const root = await writeFiles(join(await realpath(folder()), 'plugin'), FILES)
    const finder = createFinder({
      isFile: path => statSync(path, { throwIfNoEntry: false })?.isFile() === true,
      read (path) {
        try {
          return readFileSync(path, 'utf8')
        } catch {
          return undefined
        }
      },
      isBuiltin
    })
    const requests = ['./a', './a.js', './data', './folder', './folder/', './named', './named/', '..', '../', '../index', './absent', 'main', 'main/extra', 'main/dist/start.js', 'plain', '@scope/x', 'exports', 'exports/sub', 'exports/lib/one',
      'exports/lib/private/x', 'exports/deep', 'exports/hidden.js', 'string', 'string/only.js', 'absent', join(root, 'lib/a'),
      'p', 'p/own', 'p/lib/a.js', '#a', '#steps/a', '#steps/folder/index', '#steps/private/a', '#which', '#dep', '#nested', '#absent', '.', './folder/..']
    for (const from of ['lib/a.js', 'node_modules/outer/index.js']) {
      const require = createRequire(join(root, from))
      for (const request of requests) {
        let wanted: string | undefined
        try {
          wanted = require.resolve(request)
        } catch {}
        assert.equal(finder.find(request, join(root, from, '..')), wanted, `${request} from ${from}`)
      }
    }
  })
})
