/**
 * The text is one function expression, to be called with what Node gives a CommonJS module:
 *
 *   (function (exports, require, module, __filename, __dirname) {
 *   …
 *   })
 *
 * `async function` when top-level await is used: it is then to be awaited. `require` is only called for builtins of Node and
 * with names that are computed. The source map counts the lines from the start of this text.
 */
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'

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

const PARAMETERS = '(exports, require, module, __filename, __dirname)'

/** `code` and `map` of esbuild, as a function expression and the map of that text. */
export function wrapBundle (entry: string, code: string, map: string, async: boolean): { code: string, map: string } {
  const head = headOf(entry, async)
  const text = code.replace(GLOB_HELPER, () => OUR_GLOB_HELPER)
  // Maps are large: not parsed. Within a string of JSON every quote has a backslash, so that this is the key itself.
  const shifted = map.replace('"mappings": "', `"mappings": "${';'.repeat(head.length)}`)
  return { code: `${head.join('\n')}\n${text}})`, map: shifted }
}

/** The lines before the bundled code: the function, and the two names that the code uses beside its parameters. */
function headOf (entry: string, async: boolean): string[] {
  const filename = join(VIRTUAL_ROOT, entry)
  const meta = { url: pathToFileURL(filename).href, dirname: dirname(filename), filename }
  const constants = `const vivariumMeta = ${JSON.stringify(meta)}`
  return async
    ? [`(async function ${PARAMETERS} {`, `${constants}, vivariumExports = (plugin) => { module.exports = plugin }`]
    : [`(function ${PARAMETERS} {`, constants]
}
