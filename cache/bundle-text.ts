/**
 * The text is one function expression, to be called with what Node gives a CommonJS module:
 *
 *   (function (exports, require, module, __filename, __dirname) {
 *   …
 *   })
 *
 * `async function` when top-level await is used: it is then to be awaited. `require` is only called for builtins of Node and
 * with names that are computed. The source map counts the lines from the start of this text.
 *
 * Each CommonJS file of the package has the `module`, `require`, `__filename` and `__dirname` of its own place below /plugin, each ES module
 * the `import.meta`. The sandbox gives its `require` a method `from(filename, modules)` that makes the one of a file; `modules` holds, by path
 * in the package, a function that answers the exports of each CommonJS file of the bundle. Without that method all files share one `require`.
 * A package with links begins by handing them to the method `links`: `[[link, target], …]`, of package-links.ts.
 */
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { PackageLinks } from './package-links.ts'

/** Where a plugin believes that it lies. */
const VIRTUAL_ROOT = '/plugin'

/** esbuild's helper for computed imports knows full file names only; in Node, `require('./' + name)` also finds extensions. */
const GLOB_HELPER = `var __glob = (map) => (path) => {
  var fn = map[path];
  if (fn) return fn();
  throw new Error("Module not found in bundle: " + path);
};`
/** As many lines: the source map stays true. */
const OUR_GLOB_HELPER = `var __glob = (map) => (path) => {
  var key = [path, path + ".js", path + ".json", path + "/index.js"].find((key) => Object.hasOwn(map, key));
  if (key !== undefined) return map[key]();
  throw Object.assign(new Error("Cannot find module '" + path + "'"), { code: "MODULE_NOT_FOUND" });
};`

/** esbuild's helper for CommonJS files, which knows nothing of where they lie. The name of the inner function differs with the format. */
const MODULE_HELPER = /^var __commonJS = \(cb, mod\) => function (__require\d*)\(\) \{\n {2}try \{\n {4}return mod \|\| \(0, cb\[__getOwnPropNames\(cb\)\[0\]\]\)\(\(mod = \{ exports: \{\} \}\)\.exports, mod\), mod\.exports;\n {2}\} catch \(e\) \{\n {4}throw mod = 0, e;\n {2}\}\n\};$/m
/** As many lines, and the same behaviour: a module that throws is evaluated again when it is required again. */
const ourModuleHelper = (name: string): string => `var __commonJS = (cb, mod) => { const name = __getOwnPropNames(cb)[0]; return vivariumModules[name] = function ${name}() {
  try {
    return mod || ((mod = vivariumModule(name)), (0, cb[name])(mod.exports, mod, mod.require, mod.filename, mod.path, mod.require), mod.loaded = true), mod.exports;
  } catch (e) {
    throw mod = 0, e;
  }
} };`
/** How esbuild begins such a file: a method named by its path, with the parameters that it uses. In a bundle of ES modules it calls require() `__require`. */
const MODULE_HEAD = /^(var \w+ = __commonJS\(\{\n {2}"(?:[^"\\\n]|\\.)*")\((\w*)(?:, (\w+))?\) \{$/gm

/** The functions that the code uses beside its parameters. Nothing of it is computed before a file is evaluated. */
const SCOPE = `vivariumModules = Object.create(null), vivariumModule = (name) => { const filename = "${VIRTUAL_ROOT}/" + name; return { id: filename, path: filename.slice(0, filename.lastIndexOf("/")), exports: {}, filename, loaded: false, children: [], paths: [], require: require.from === undefined ? require : require.from(filename, vivariumModules) } }, vivariumMetaOf = (meta) => require.from === undefined ? meta : Object.assign(meta, { resolve: require.from(meta.filename, vivariumModules).resolveUrl })`

const PARAMETERS = '(exports, require, module, __filename, __dirname)'

/** `code` and `map` of esbuild, as a function expression and the map of that text. */
export function wrapBundle (entry: string, code: string, map: string, async: boolean, links: PackageLinks): { code: string, map: string } {
  const head = headOf(entry, async, !code.includes('__commonJS('), links)
  const text = withScopes(code.replace(GLOB_HELPER, () => OUR_GLOB_HELPER))
  // Maps are large: not parsed. Within a string of JSON every quote has a backslash, so that this is the key itself.
  const shifted = map.replace('"mappings": "', `"mappings": "${';'.repeat(head.length)}`)
  return { code: `${head.join('\n')}\n${text}})`, map: shifted }
}

/** Both or none: a head without the helper would have parameters that nobody passes. */
function withScopes (code: string): string {
  const text = code.replace(MODULE_HELPER, (_, name: string) => ourModuleHelper(name))
  return text === code ? code : text.replaceAll(MODULE_HEAD, moduleHead)
}

function moduleHead (_line: string, start: string, exports: string, module: string | undefined): string {
  return `${start}(${exports === '' ? 'vivariumUnused' : exports}, ${module ?? 'vivariumUnused2'}, require, __filename, __dirname, __require) {`
}

/** Code of the module that carries the `import.meta` of one file (package-modules.ts). `path` is relative to the package. */
export function metaModule (path: string): string {
  return `export default vivariumMetaOf(${JSON.stringify(metaOf(path))})`
}

/** Where a plugin sees a file of its package. */
export function virtualPath (path: string): string {
  return join(VIRTUAL_ROOT, path)
}

function metaOf (path: string): { url: string, dirname: string, filename: string, main: false } {
  const filename = virtualPath(path)
  return { url: pathToFileURL(filename).href, dirname: dirname(filename), filename, main: false }
}

/**
 * The lines before the bundled code: the function, and the names that the code uses beside its parameters. ES modules are strict; they can be
 * so here while no CommonJS file, which need not be, lies in the same function.
 */
function headOf (entry: string, async: boolean, isStrict: boolean, links: PackageLinks): string[] {
  const linked = links.all.length === 0 ? '' : `require.links?.(${JSON.stringify(links.all)}); `
  const constants = `${isStrict ? "'use strict'; " : ''}${linked}const vivariumMeta = ${JSON.stringify(metaOf(entry))}, ${SCOPE}`
  return async
    ? [`(async function ${PARAMETERS} {`, `${constants}, vivariumExports = (plugin) => { module.exports = plugin }`]
    : [`(function ${PARAMETERS} {`, constants]
}
