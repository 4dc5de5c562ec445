import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { create } from 'tar'
import { writeFiles } from '../cache/temporary-folder.ts'
import { openTestService, type TestService } from './service.ts'

interface Layout { readonly files: Readonly<Record<string, string>>, readonly links: Readonly<Record<string, string>> }

const RUN = 'exports.run = async context => { await context.log.info("found", JSON.stringify(exports.found())) }\n'
const manifest = (name: string, more: object = {}): string => JSON.stringify({ name, version: '1.0.0', ...more })

/** Each plugin exports `found()`, and logs what it answers. */
const LAYOUTS: Record<string, Layout> = {
  workspaces: {
    files: {
      'package.json': manifest('workspaces'),
      'index.js': `const a = require('a'), name = 'a'\nexports.found = () => [a.shared, require.resolve('a'), require(name) === a, require('./packages/a/i.js') === a, require(name + '/late').text, a.filename]\n${RUN}`,
      'packages/shared.js': 'exports.text = "shared"',
      'packages/a/package.json': manifest('a', { main: 'i.js' }),
      'packages/a/i.js': 'exports.shared = require("../shared.js").text\nexports.filename = __filename',
      'packages/a/late.js': 'exports.text = require("../" + "shared.js").text + " late, " + __filename'
    },
    links: { 'node_modules/a': '../packages/a' }
  },
  pnpm: {
    files: {
      'package.json': manifest('pnpm'),
      'index.js': `exports.found = () => [require('foo').bar, require('foo').own === require('.pnpm/bar@2/node_modules/bar').own, require('foo').place, require('foo').back]\n${RUN}`,
      'node_modules/.pnpm/foo@1/node_modules/foo/package.json': manifest('foo', { exports: './lib/index.js' }),
      'node_modules/.pnpm/foo@1/node_modules/foo/lib/index.js': 'const bar = require("bar")\nexports.bar = bar.text\nexports.own = bar.own\nexports.place = require.resolve("bar/package.json")\nexports.back = bar.back()',
      'node_modules/.pnpm/bar@2/node_modules/bar/package.json': manifest('bar'),
      'node_modules/.pnpm/bar@2/node_modules/bar/index.js': 'exports.text = "bar 2"\nexports.own = {}\nexports.back = () => require("foo").own === exports.own'
    },
    links: {
      'node_modules/foo': '.pnpm/foo@1/node_modules/foo',
      'node_modules/.pnpm/foo@1/node_modules/bar': '../../bar@2/node_modules/bar',
      'node_modules/.pnpm/bar@2/node_modules/foo': '../../foo@1/node_modules/foo'
    }
  },
  modules: {
    files: {
      'package.json': manifest('modules', { type: 'module', main: 'lib/index.js' }),
      'src/index.js': "import { text } from '@me/lib'\nimport { createRequire } from 'node:module'\nconst require = createRequire(import.meta.url)\nexport const found = () => [text, import.meta.filename, require('@me/lib/late.cjs').text]\nexport const run = async context => { await context.log.info('found', JSON.stringify(found())) }\n",
      'packages/lib/package.json': manifest('@me/lib', { type: 'module', main: 'index.js' }),
      'packages/lib/index.js': "import { word } from '../word.js'\nexport const text = word + ', ' + import.meta.url.split('/').slice(-3).join('/')",
      'packages/lib/late.cjs': 'exports.text = require("../word.cjs")',
      'packages/word.js': 'export const word = "word"',
      'packages/word.cjs': 'module.exports = "late word"'
    },
    links: { lib: 'src', 'node_modules/@me/lib': '../../packages/lib' }
  }
}

/** What Node itself finds in the folder, with its place written as a plugin sees it. */
async function inNode (folder: string): Promise<unknown> {
  const main = path.join(folder, JSON.parse(LAYOUTS[path.basename(folder)]?.files['package.json'] ?? '{}').main ?? 'index.js')
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', `const { found } = require(${JSON.stringify(main)}); console.log(JSON.stringify(found()))`])
  return JSON.parse(stdout.replaceAll(folder, '/plugin'))
}

describe('a package with symbolic links', function () {
  this.timeout(60_000)
  let top: string
  let service: TestService

  before(async () => {
    top = await mkdtemp(path.join(tmpdir(), 'vivarium-linked-'))
    for (const [name, { files, links }] of Object.entries(LAYOUTS)) {
      const folder = await writeFiles(path.join(top, 'plugins', name), { 'processing-config-schema.json': '{ "type": "object" }', ...files })
      for (const [link, target] of Object.entries(links)) {
        await mkdir(path.dirname(path.join(folder, link)), { recursive: true })
        await symlink(target, path.join(folder, link))
      }
      await create({ file: path.join(top, 'plugins', `${name}-packed.tgz`), cwd: folder, gzip: true, prefix: 'package' }, await readdir(folder))
    }
    service = await openTestService({ PLUGINS_DIR: path.join(top, 'plugins') })
  })
  after(async () => {
    await service?.close()
    await rm(top, { recursive: true, force: true })
  })

  for (const name of Object.keys(LAYOUTS)) {
    for (const plugin of [name, `${name}-packed`]) {
      it(`loads what Node loads: ${plugin}`, async () => {
        const run = await service.run(await service.create(plugin))
        assert.equal(run.status, 'finished', JSON.stringify(run.log))
        const line = run.log.find((entry: { msg: string }) => entry.msg === 'found')
        assert.deepEqual(JSON.parse(line.extra), await inNode(path.join(top, 'plugins', name)))
      })
    }
  }
})
