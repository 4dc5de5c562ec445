import assert from 'node:assert/strict'
import { cp, mkdir, symlink, writeFile } from 'node:fs/promises'
import { isBuiltin, createRequire, SourceMap } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runInThisContext } from 'node:vm'
import { BuildError } from '../../cache/build-tasks.ts'
import { bundlePackage, type Bundle } from '../../cache/bundle.ts'
import { BUNDLE_LIMITS, type BundleLimits } from '../../cache/options.ts'
import { temporaryFolder, writeFiles } from './temporary-folder.ts'
import { renderReason } from '../../cache/reasons.ts'

const FIXTURES = fileURLToPath(new URL('../fixtures/plugins/', import.meta.url))
const MANIFEST = '{ "name": "p", "version": "1.0.0" }'

type Exports = Record<string, (...args: unknown[]) => Promise<unknown>>

const bundleOf = async (dir: string, limits: Partial<BundleLimits> = {}): Promise<Bundle> =>
  await bundlePackage(dir, { ...BUNDLE_LIMITS, ...limits }, new Int32Array(new SharedArrayBuffer(4)))

/** Evaluates a bundle as the sandbox does: one function expression, `require` for builtins alone. */
async function load (bundle: Bundle): Promise<Exports> {
  const required: string[] = []
  const nodeRequire = createRequire(import.meta.url)
  const require = (name: string): unknown => {
    required.push(name.replace('node:', ''))
    if (!isBuiltin(name)) throw new Error(`the guest has no module ${name}`)
    return nodeRequire(name)
  }
  const module = { exports: {} as Exports }
  await runInThisContext(bundle.code)(module.exports, require, module, '/plugin/index.js', '/plugin')
  assert.deepEqual(required.filter((name) => !bundle.builtins.includes(name)), [], 'every builtin that is required is announced')
  return module.exports
}

describe('bundlePackage(folder)', () => {
  const folder = temporaryFolder()
  const invalid = async (dir: string, reason: RegExp | string, limits: Partial<BundleLimits> = {}): Promise<void> => {
    await assert.rejects(bundleOf(dir, limits), (error) => {
      assert.ok(error instanceof BuildError, `${error}`)
      assert.equal(error.failure.code, 'plugin-invalid')
      if (typeof reason === 'string') assert.equal(renderReason(error.failure.reason, 'en'), reason)
      else assert.match(renderReason(error.failure.reason, 'en'), reason)
      assert.ok(!renderReason(error.failure.reason, 'en').includes(folder()), 'a reason shows no path of the host')
      return true
    })
  }
  const plugin = async (files: Record<string, string>): Promise<string> => await writeFiles(join(folder(), 'plugin'), { 'package.json': MANIFEST, ...files })

  describe('shapes of plugins', () => {
    it('bundles CommonJS: builtins, JSON, each file in its own strictness, state shared by run and stop', async () => {
      const bundle = await bundleOf(join(FIXTURES, 'shape-commonjs'))
      assert.match(bundle.code, /^\(function \(exports, require, module, __filename, __dirname\) \{\n[^]*\n\}\)$/)
      assert.deepEqual([bundle.builtins, bundle.async, bundle.manifest.entry, bundle.manifest.version], [['path'], false, 'index.js', '1.2.3'])
      assert.deepEqual(bundle.manifest.schema, { type: 'object', properties: { name: { type: 'string' } } })
      const { run, stop } = await load(bundle)
      assert.deepEqual(await run({ name: 'ada' }), ['hello ada', 'sloppy', false])
      await stop()
      assert.deepEqual(await run({ name: 'ada' }), ['hello ada', 'sloppy', true])
    })

    it('bundles ES modules: import attributes, live bindings, builtins by import(), import.meta', async () => {
      const bundle = await bundleOf(join(FIXTURES, 'shape-es-module'))
      assert.deepEqual([bundle.builtins, bundle.async, bundle.manifest.schema?.title], [['fs', 'os', 'path'], false, 'from plugin.json'])
      const { run } = await load(bundle)
      assert.deepEqual(await run(), {
        builtins: ['function', 'function', '/'],
        label: 'bonjour',
        count: 1,
        here: ['file:///plugin/index.js', '/plugin', '/plugin/index.js'],
        stopped: false
      })
    })

    it('bundles TypeScript: types, subpath imports, a computed import() of files', async () => {
      const { run } = await load(await bundleOf(join(FIXTURES, 'shape-typescript')))
      assert.equal(await run({ type: 'reverse', text: 'abc' }), 'CBA')
      assert.equal(await run({ type: 'double', text: 'ab' }), 'ABAB')
      await assert.rejects(run({ type: 'absent', text: '' }), { code: 'MODULE_NOT_FOUND', message: "Cannot find module './transforms/absent.ts'" })
    })

    it('bundles top-level await as an asynchronous function without import statements', async () => {
      const bundle = await bundleOf(join(FIXTURES, 'shape-top-level-await'))
      assert.match(bundle.code, /^\(async function \(exports, require, module, __filename, __dirname\) \{\n[^]*\n\}\)$/)
      assert.deepEqual([bundle.async, bundle.builtins], [true, ['crypto', 'path']])
      assert.deepEqual(await (await load(bundle)).run(), [42, 'da39a3ee', 'index.ts'])
    })

    it('gives a CommonJS file of such a bundle the builtins by a require of its own place', async () => {
      const dir = await plugin({ 'package.json': '{ "name": "p", "type": "module" }', 'index.js': 'import isIP from "a"\nawait 0\nexport const run = async () => isIP("::1")', 'node_modules/a/package.json': '{ "name": "a" }', 'node_modules/a/lib.js': 'const net = require("node:net")\nmodule.exports = net.isIP', 'node_modules/a/index.js': 'module.exports = require("./lib.js")' })
      const asked: string[] = []
      const nodeRequire = createRequire(import.meta.url)
      const from = (filename: string) => (name: string): unknown => { asked.push(`${filename} ${name}`); return nodeRequire(name) }
      const module = { exports: {} as Exports }
      await runInThisContext((await bundleOf(dir)).code)(module.exports, Object.assign((name: string): unknown => nodeRequire(name), { from }), module, '/plugin/index.js', '/plugin')
      assert.equal(await module.exports.run?.(), 6)
      assert.deepEqual(asked, ['/plugin/node_modules/a/lib.js node:net'])
    })

    it('says of a file with a with statement why it cannot be in such a bundle', async () => {
      const dir = await plugin({ 'package.json': '{ "name": "p", "type": "module" }', 'index.js': 'import w from "./w.cjs"\nawait 0\nexport const run = () => w', 'w.cjs': 'with ({ a: 1 }) { exports.a = a }' })
      await invalid(dir, 'w.cjs:1:1: with (…) cannot be used in a plugin of which a module awaits at its top level: its bundle is strict')
    })

    it('rejects the load when what is awaited at the top throws', async () => {
      const dir = await plugin({ 'package.json': '{ "name": "p", "type": "module" }', 'index.js': 'await Promise.reject(new Error("no"))\nexport const run = () => {}' })
      await assert.rejects(load(await bundleOf(dir)), /^Error: no$/)
    })

    it('bundles the published hello-world plugin', async () => {
      const bundle = await bundleOf(fileURLToPath(new URL('../../node_modules/@data-fair/processing-hello-world', import.meta.url)))
      assert.deepEqual([bundle.manifest.name, bundle.manifest.version, bundle.builtins], ['@data-fair/processing-hello-world', '0.13.0', []])
      assert.equal(bundle.manifest.schema?.type, 'object')
      const exported = await load(bundle)
      assert.deepEqual([typeof exported.run, typeof exported.stop], ['function', 'function'])
    })

    it('bundles a CommonJS entry whose import() reaches a module with top-level await', async () => {
      const dir = await plugin({ 'index.js': 'exports.run = async () => (await import("./late.mjs")).value', 'late.mjs': 'import path from "path"\nexport const value = await Promise.resolve(path.sep)' })
      assert.equal(await (await load(await bundleOf(dir))).run(), '/')
    })
  })

  describe('the source map', () => {
    for (const shape of ['shape-commonjs', 'shape-top-level-await']) {
      it(`leads from a line of the bundle of ${shape} to the file of the package`, async () => {
        const bundle = await bundleOf(join(FIXTURES, shape))
        const map = JSON.parse(bundle.map)
        const needle = shape === 'shape-commonjs' ? 'return [hello +' : 'base + value'
        const lines = bundle.code.split('\n')
        const line = lines.findIndex((text) => text.includes(needle))
        const found = new SourceMap(map).findEntry(line, lines[line].indexOf(needle)) as { originalSource: string, originalLine: number }
        assert.deepEqual([found.originalSource, found.originalLine], shape === 'shape-commonjs' ? ['lib/greet.js', 4] : ['index.ts', 8])
        assert.match(map.sourcesContent[map.sources.indexOf(found.originalSource)], /greet|sha1/)
        assert.deepEqual(map.sources.filter((source: string) => source.startsWith('/') || source.includes('..')), [])
      })
    }

    it('does not read the files that a sourceMappingURL names', async () => {
      await writeFile(join(folder(), 'secret.map'), '{"version":3,"sources":["secret"],"sourcesContent":["TOP SECRET"],"mappings":"AAAA"}')
      const dir = await plugin({ 'index.js': 'exports.run = () => 1\n//# sourceMappingURL=../secret.map', 'other.js': '/*@ sourceMappingURL=../secret.map */ exports.a = 1' })
      await writeFile(join(dir, 'index.js'), `require('./other')\nexports.run = () => 1\n//# sourceMappingURL=file://${join(folder(), 'secret.map')}`)
      assert.ok(!(await bundleOf(dir)).map.includes('SECRET'))
    })
  })

  describe('files that cannot be read as code', () => {
    const failure = async (files: Record<string, string>): Promise<BuildError['failure']> => await bundleOf(await plugin(files)).then(() => assert.fail('it was expected to be refused'), (error: BuildError) => error.failure)

    it('are named with line, column and the lines around', async () => {
      const { reason, where } = await failure({ 'index.js': "const é = 'à'; require('./lib/parse.js'\nexports.run = () => {}\n" })
      assert.match(renderReason(reason, 'en'), /^index\.js:2:1: Expected "\)"/)
      assert.deepEqual(where, { position: 'index.js:2:1', frame: "  1 | const é = 'à'; require('./lib/parse.js'\n> 2 | exports.run = () => {}\n    | ^\n  3 |" })
    })

    it('count columns in characters, and lead there through static imports', async () => {
      const { where } = await failure({ 'package.json': '{ "name": "p", "type": "module" }', 'index.js': "import './lib/a.js'\nexport const run = () => {}", 'lib/a.js': "\n\nconst words = ['é', 'à' 'ü']" })
      assert.deepEqual(where, { position: 'lib/a.js:3:25', frame: "  2 |\n> 3 | const words = ['é', 'à' 'ü']\n    |                         ^" })
    })

    it('throw from their own line when they are required late, and the map shows the file', async () => {
      const bundle = await bundleOf(await plugin({ 'index.js': "exports.run = () => require('./late.js')", 'late.js': 'const a = 1\n\nexports.b = a +* 2\n' }))
      const { run } = await load(bundle)
      const error = await Promise.resolve().then(run).then(() => assert.fail('it was expected to throw'), (error: Error) => error)
      assert.match(error.message, /^late\.js:3:16: Unexpected/)
      const [, line, column] = /:(\d+):(\d+)\)?$/m.exec(error.stack ?? '') ?? []
      const map = JSON.parse(bundle.map)
      const entry = new SourceMap(map).findEntry(Number(line) - 1, Number(column) - 1)
      assert.deepEqual('originalSource' in entry && [entry.originalSource, entry.originalLine, entry.originalColumn], ['late.js', 2, 15])
      assert.equal(map.sourcesContent[map.sources.indexOf('late.js')], 'const a = 1\n\nexports.b = a +* 2\n')
    })
  })

  describe('TypeScript', () => {
    const refused: readonly (readonly [string, string, RegExp])[] = [
      ['an enum', 'export async function run () {}\n\n  enum Colour {\n  red\n}\nrun.colour = Colour', /^index\.ts:3:3: TypeScript enum cannot be erased \(types are removed, not compiled\): use an object with `as const`$/],
      ['a parameter property', 'class Reader { constructor (private readonly url: string) {} }\nexport const run = () => new Reader(\'\')', /^index\.ts:1:46: TypeScript parameter property cannot be erased/],
      ['a namespace', 'namespace Units { export const metre = 1 }\nexport const run = () => Units.metre', /^index\.ts:1:1: TypeScript namespace declaration cannot be erased/],
      ['an assertion in angle brackets', "const é = 'è'; const b = <any>é\nexport const run = () => b", /^index\.ts:1:26: TypeScript `<Type>value` cannot be erased .*write `value as Type`$/]
    ]
    for (const [what, code, reason] of refused) {
      it(`refuses ${what}, which no removal of types can erase`, async () => {
        await invalid(await plugin({ 'package.json': '{ "name": "p", "main": "index.ts" }', 'index.ts': code }), reason)
      })
    }

    it('refuses it in a file that the entry imports, throws it in one that is required late, and does not mind that of a dependency', async () => {
      const files = { 'package.json': '{ "name": "p", "main": "index.ts", "type": "module" }', 'late.ts': 'export enum Late { a }', 'node_modules/dep/package.json': '{ "name": "dep", "main": "dep.ts" }', 'node_modules/dep/dep.ts': 'export enum Dep { a = 7 }' }
      await invalid(await plugin({ ...files, 'index.ts': "import { Late } from './late.ts'\nexport const run = () => Late.a" }), /^late\.ts:1:8: TypeScript enum cannot be erased/)
      const { run, late } = await load(await bundleOf(await plugin({ ...files, 'index.ts': "import { Dep } from 'dep'\nexport const run = () => Dep.a\nexport const late = () => import('./late.ts')" })))
      assert.equal(run(), 7)
      await assert.rejects(late(), /late\.ts:1:8: TypeScript enum cannot be erased/)
    })
  })

  describe('packages of an unusual shape', () => {
    it('bundles thousands of files of one folder in seconds', async function () {
      this.timeout(40_000)
      const files = Array.from({ length: 6000 }, (_, file) => [`m${file}.js`, `module.exports = ${file}`] as const)
      const dir = await plugin({ 'index.js': files.map(([name], file) => `exports.m${file} = require('./${file % 2 === 0 ? name : `m${file}`}')`).join('\n'), ...Object.fromEntries(files) })
      const started = performance.now()
      const { m0, m5999 } = await load(await bundleOf(dir))
      assert.deepEqual([m0, m5999], [0, 5999])
      assert.ok(performance.now() - started < 20_000, 'it took a minute when each import read the folder again')
    })

    it('finds what Node finds when names are alike', async () => {
      const dir = await plugin({ 'index.js': "exports.run = () => [require('./a'), require('./a/'), require('./b'), require('./c.js'), require('./d')]", 'a.js': 'module.exports = "file"', 'a/index.js': 'module.exports = "folder"', b: 'module.exports = "bare"', 'b.js': 'module.exports = "b.js"', 'c.js/index.js': 'module.exports = "folder c"', 'd.json': '"d"' })
      const { run } = await load(await bundleOf(dir))
      assert.deepEqual(await run(), ['file', 'folder', 'bare', 'folder c', 'd'])
      assert.deepEqual(createRequire(join(dir, 'x.js'))('./index.js').run(), await run())
    })

    it('blames the code that brings the compiler down each time', async function () {
      this.timeout(40_000)
      await invalid(await plugin({ 'index.js': `module.exports = ${'!'.repeat(3_000_000)}1` }), 'the compiler breaks down on its code, each time')
    })
  })

  describe('modules that are not there', () => {
    it('become the errors of Node when they are required, and only then', async () => {
      const { run } = await load(await bundleOf(join(FIXTURES, 'shape-optional-dependencies')))
      assert.deepEqual(await run(), {
        absent: ['MODULE_NOT_FOUND', "Cannot find module 'not-installed'"],
        absentAgain: ['MODULE_NOT_FOUND', "Cannot find module 'not-installed'"],
        native: ['MODULE_NOT_FOUND', "Cannot find module './build/Release/binding.node'"],
        broken: [undefined, 'broken.js:1:6: Expected ";" but found "is"'],
        lazy: ['ERR_MODULE_NOT_FOUND', "Cannot find module 'also-not-installed'"]
      })
    })

    it('refuse the package when the entry imports them statically', async () => {
      await invalid(await plugin({ 'index.mjs': '', 'package.json': '{ "name": "p", "main": "a.mjs" }', 'a.mjs': 'import "./b.mjs"\nexport const run = () => {}', 'b.mjs': 'import x from "absent"\nx()' }), "cannot find module 'absent', which b.mjs imports")
    })

    it('do not when a module is imported later', async () => {
      const dir = await plugin({ 'index.js': 'exports.run = () => import("./late.mjs").catch((error) => error.code)', 'late.mjs': 'import x from "absent"\nx()' })
      assert.equal(await (await load(await bundleOf(dir))).run(), 'ERR_MODULE_NOT_FOUND')
    })

    it('are not looked for in the folders above the package', async () => {
      await writeFiles(folder(), { 'node_modules/host-only/index.js': 'module.exports = "host"' })
      const dir = await plugin({ 'index.js': 'exports.run = async () => { try { return require("host-only") } catch (error) { return error.code } }' })
      assert.equal(await (await load(await bundleOf(dir))).run(), 'MODULE_NOT_FOUND')
    })

    it('are not fetched: a URL is no module', async () => {
      for (const url of ['https://example.test/x.js', 'data:text/javascript,export default 1', 'blob:x']) {
        await invalid(await plugin({ 'package.json': '{ "name": "p", "type": "module" }', 'index.js': `import ${JSON.stringify(url)}\nexport const run = () => {}` }), `cannot find module '${url}', which index.js imports`)
      }
    })
  })

  it('prefers the builtins of Node to packages of their name', async () => {
    const junk = 'module.exports = "junk"'
    const dir = await plugin({
      'index.js': 'exports.run = async () => [typeof require("path").join, typeof require("stream").Readable, typeof (await import("util")).inspect, require("process/")]',
      'node_modules/path/index.js': junk,
      'node_modules/stream/index.js': junk,
      'node_modules/util/index.js': junk,
      'node_modules/process/index.js': junk
    })
    const bundle = await bundleOf(dir)
    assert.deepEqual(bundle.builtins, ['path', 'stream', 'util'])
    assert.deepEqual(await (await load(bundle)).run(), ['function', 'function', 'function', 'junk'])
  })

  it('follows a #name of the manifest to a builtin, and names a builtin that Node does not have', async () => {
    const dir = await plugin({
      'package.json': '{ "name": "p", "type": "module", "imports": { "#place": { "node": "path", "default": "./other.js" }, "#os": "os" } }',
      'index.js': 'import place, { sep } from "#place"\nimport { createRequire } from "module"\nexport const run = async () => [place.sep === sep, typeof (await import("#os")).cpus, await import("node:nothing").catch((error) => [error.code, error.message])]'
    })
    const bundle = await bundleOf(dir)
    assert.deepEqual(bundle.builtins, ['module', 'os', 'path'])
    assert.deepEqual(await (await load(bundle)).run(), [true, 'function', ['ERR_UNKNOWN_BUILTIN_MODULE', 'No such built-in module: node:nothing']])
  })

  it('ignores the files that would configure a bundler', async () => {
    const dir = await plugin({
      'tsconfig.json': '{ "extends": "../outside.json", "compilerOptions": { "paths": { "aliased": ["../outside.js"] }, "jsxImportSource": "../outside" } }',
      'index.js': 'exports.run = async () => { try { return require("aliased") } catch (error) { return [error.code, require("real")] } }',
      'package.json': '{ "name": "p", "browser": { "real": "../outside.js", "./index.js": "../outside.js" }, "esbuild": { "define": { "x": "1" } } }',
      'node_modules/real/package.json': '{ "name": "real", "main": "node.js", "module": "../../../outside.js", "browser": "../../../outside.js" }',
      'node_modules/real/node.js': 'module.exports = "real"'
    })
    await writeFiles(folder(), { 'outside.js': 'module.exports = "outside"', 'outside.json': '{}' })
    assert.deepEqual(await (await load(await bundleOf(dir))).run(), ['MODULE_NOT_FOUND', 'real'])
  })

  it('leaves out of a computed require what nothing else uses, and keeps the locales of a dependency', async () => {
    const dir = await plugin({
      'index.js': 'exports.run = async (name) => [require("./" + name), require("dep")("fr")]',
      'a.js': 'module.exports = "a"',
      'notes.md': '# not a module',
      'node_modules/unused/index.js': 'this is not JavaScript',
      'node_modules/dep/index.js': 'module.exports = (name) => require("./locale/" + name)',
      'node_modules/dep/locale/fr.js': 'module.exports = "fr"'
    })
    const bundle = await bundleOf(dir)
    assert.ok(!bundle.code.includes('not JavaScript'))
    assert.deepEqual(await (await load(bundle)).run('a.js'), ['a', 'fr'])
    assert.deepEqual(await (await load(bundle)).run('a'), ['a', 'fr'])
    await assert.rejects((await load(bundle)).run('node_modules/unused/index.js'), /Cannot find module/)
  })

  describe('escapes', () => {
    const escapes: [string, Record<string, string>, RegExp][] = [
      ['a static import', { 'index.js': 'import x from "../outside.js"\nexport const run = () => x' }, /^the import "\.\.\/outside\.js" in index\.js leads outside the package$/],
      ['a require in a try', { 'index.js': 'try { require("../outside.js") } catch {}' }, /"\.\.\/outside\.js" in index\.js leads outside/],
      ['a path to a file that does not exist', { 'index.js': 'try { require("../absent.js") } catch {}' }, /"\.\.\/absent\.js" in index\.js leads outside/],
      ['a folder whose name begins alike', { 'index.js': 'require("../plugin2/index.js")' }, /leads outside/],
      ['an absolute path', { 'index.js': 'require("/etc/passwd")' }, /"\/etc\/passwd" in index\.js leads outside/],
      ['a JSON import', { 'index.js': 'import x from "../outside.json" with { type: "json" }\nexport const run = () => x' }, /leads outside/],
      ['a text import', { 'index.js': 'import x from "../../../../../../../../etc/passwd" with { type: "text" }\nexport const run = () => x' }, /leads outside/],
      ['the main of a dependency', { 'index.js': 'require("dep")', 'node_modules/dep/package.json': '{ "main": "../../../outside.js" }' }, /"dep" in index\.js leads outside/],
      ['a computed require', { 'index.js': 'exports.run = (x) => require("../" + x)' }, /a computed import reaches files outside/],
      ['a computed import()', { 'index.js': "exports.run = (x) => import('../' + x + '.js')" }, /a computed import reaches files outside/]
    ]
    for (const [name, files, reason] of escapes) {
      it(`refuses ${name}`, async () => {
        await writeFiles(folder(), { 'outside.js': 'module.exports = "outside"', 'outside.json': '"outside"', 'plugin2/index.js': '' })
        await invalid(await plugin(files), reason)
      })
    }

    it('refuses exports and imports of a manifest that lead outside', async () => {
      await writeFiles(folder(), { 'outside.js': 'module.exports = "outside"' })
      const dir = await plugin({
        'package.json': '{ "name": "p", "type": "module", "imports": { "#x": "../outside.js", "#y": "./../outside.js" } }',
        'index.js': 'import "#x"\nexport const run = () => {}',
        'node_modules/dep/package.json': '{ "name": "dep", "exports": "./../../../outside.js" }'
      })
      await invalid(dir, /#x/)
      await writeFile(join(dir, 'index.js'), 'import "#y"\nexport const run = () => {}')
      await invalid(dir, /#y/)
      await writeFile(join(dir, 'index.js'), 'import "dep"\nexport const run = () => {}')
      await invalid(dir, /dep/)
    })

    it('refuses links to a file and to a folder outside, should one ever get there', async () => {
      await writeFiles(folder(), { 'outside.js': 'module.exports = "outside"', 'elsewhere/index.js': 'module.exports = "elsewhere"' })
      const dir = await plugin({ 'index.js': 'require("./link.js")' })
      await symlink(join(folder(), 'outside.js'), join(dir, 'link.js'))
      await invalid(dir, /"\.\/link\.js" in index\.js leads outside/)
      await mkdir(join(dir, 'node_modules'))
      await symlink(join(folder(), 'elsewhere'), join(dir, 'node_modules/dep'))
      await writeFile(join(dir, 'index.js'), 'require("dep")')
      await invalid(dir, /"dep" in index\.js leads outside/)
    })

    it('refuses a main outside the package', async () => {
      await writeFiles(folder(), { 'outside.js': '' })
      await invalid(await plugin({ 'package.json': '{ "name": "p", "main": "../outside.js" }' }), 'main in its package.json leads outside the package: "../outside.js"')
      const dir = await plugin({ 'package.json': '{ "name": "p", "main": "link.js" }' })
      await symlink(join(folder(), 'outside.js'), join(dir, 'link.js'))
      await invalid(dir, /leads outside the package/)
    })
  })

  describe('the manifest', () => {
    it('names the file when the entry is not there', async () => {
      await invalid(join(FIXTURES, 'shape-no-main-file'), 'missing source file: dist/index.js')
      await invalid(await plugin({}), 'missing source file: index.js')
    })

    it('finds a main without extension, and one that is a folder', async () => {
      const dir = await plugin({ 'package.json': '{ "name": "p", "main": "lib" }', 'lib/index.js': 'exports.run = () => {}' })
      assert.equal((await bundleOf(dir)).manifest.entry, 'lib/index.js')
      await writeFiles(dir, { 'lib.js': 'exports.run = () => {}' })
      assert.equal((await bundleOf(dir)).manifest.entry, 'lib.js')
    })

    for (const [name, text] of [['objects', '{"not":'.repeat(20_000) + '{}' + '}'.repeat(20_000)], ['objects two at a time', '{"properties":{"a":'.repeat(2000) + '{}' + '}}'.repeat(2000)], ['lists', `{"enum":${'['.repeat(20_000)}${']'.repeat(20_000)}}`]] as const) {
      for (const file of ['processing-config-schema.json', 'plugin.json', 'package.json']) {
        it(`may not nest ${name} without end: ${file}`, async () => {
          await invalid(await plugin({ [file]: text, 'index.js': '' }), `its ${file} is nested more than 64 levels deep`)
        })
      }
    }

    it('may nest 64 levels, and have long lists', async () => {
      const schema = `{"enum":${JSON.stringify(Array.from({ length: 36_000 }, (_, code) => `${code}`))},"a":${'['.repeat(63)}${']'.repeat(63)}}`
      assert.equal((await bundleOf(await plugin({ 'processing-config-schema.json': schema, 'index.js': '' }))).manifest.schema?.['enum'] instanceof Array, true)
      await invalid(await plugin({ 'processing-config-schema.json': `{"enum":[${'0,'.repeat(100_000)}0]}` }), 'its processing-config-schema.json has more than 100000 values')
    })

    it('must be a JSON object with a name', async () => {
      await invalid(await writeFiles(join(folder(), 'none'), { 'index.js': '' }), 'it has no package.json')
      await invalid(await plugin({ 'package.json': '[]' }), 'its package.json is not a JSON object')
      await invalid(await plugin({ 'package.json': '{ "name": ' }), /its package.json is not JSON/)
      await invalid(await plugin({ 'package.json': '{}' }), 'its package.json has no name')
      await invalid(await plugin({ 'package.json': `{ "name": "p", "x": "${'x'.repeat(2_000_000)}" }` }), 'its package.json is too large (limit 1 MB, found 1.9 MB)')
    })

    it('must have a schema that is a JSON object, if it has one', async () => {
      const files = { 'index.js': 'exports.run = () => {}' }
      assert.equal((await bundleOf(await plugin(files))).manifest.schema, undefined)
      await invalid(await plugin({ ...files, 'processing-config-schema.json': '"text"' }), 'its processing-config-schema.json is not a JSON object')
      await invalid(await plugin({ ...files, 'processing-config-schema.json': '{' }), /its processing-config-schema.json is not JSON/)
    })
  })

  it('names the place of a syntax error in the entry, and in what it imports', async () => {
    await invalid(await plugin({ 'index.js': 'exports.run = () => {\n  retrun 1 }' }), /^index\.js:2:\d+: Expected/)
    await invalid(await plugin({ 'package.json': '{ "name": "p", "type": "module" }', 'index.js': 'import "./other.js"', 'other.js': 'let = ;' }), /^other\.js:1:\d+: /)
    await invalid(await plugin({ 'package.json': '{ "name": "p", "type": "module" }', 'index.js': 'import { absent } from "./other.js"\nabsent()', 'other.js': 'export const there = 1' }), /^index\.js:1:\d+: No matching export/)
  })

  it('keeps to its limits', async () => {
    const files = { 'index.js': 'exports.run = () => require("./a")', 'a.js': `module.exports = "${'a'.repeat(5000)}"` }
    await invalid(await plugin(files), 'it imports too many files (limit 1)', { modules: 1 })
    await invalid(await plugin(files), 'the files that it imports are too large together (limit 4 KB)', { inputBytes: 4096 })
    await invalid(await plugin(files), /^its bundle is too large \(limit 1 KB, found \d\.\d KB; an administrator can raise `PLUGIN_BUNDLE_MB`\)$/, { outputBytes: 1024 })
  })

  it('kills esbuild when it takes too much memory', async function () {
    if (process.platform !== 'linux') {
      console.log('      only Linux tells the memory of another process: not run')
      return this.skip()
    }
    const dir = await plugin({ 'index.js': `exports.run = () => [${'{ a: [1, 2, 3], b: "text" },\n'.repeat(300_000)}]` })
    await invalid(dir, 'it cannot be bundled within 60 MB of memory', { memoryBytes: 60 * 1024 * 1024 })
  })

  it('depends on the bytes alone: two copies give the same bundle and map', async () => {
    const [one, two] = ['one', 'two/deeper'].map((name) => join(folder(), name))
    for (const dir of [one, two]) await cp(join(FIXTURES, 'shape-typescript'), dir, { recursive: true })
    const [a, b] = [await bundleOf(one), await bundleOf(two)]
    assert.deepEqual([a.code, a.map], [b.code, b.map])
  })
})
