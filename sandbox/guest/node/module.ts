/** `module`: what a bundled program asks of it. Nothing can be loaded that is not in the bundle. */
import { isBuiltin } from '../builtins.ts'
import { parts } from '../parts.ts'
import { refusal } from '../unsupported.ts'

declare const VIVARIUM_BUILTINS: readonly string[]

const NOT_BUNDLED = 'modules are found when the plugin is bundled'

/** As seen from `filename`, a path or URL below /plugin. */
function createRequire (filename: unknown): object {
  const path = typeof filename === 'string' && !filename.startsWith('file:') ? filename : new URL(`${filename as string}`).pathname
  return parts.require().requireOf(decodeURIComponent(path))
}

function Module (this: Record<string, unknown>, id: string = ''): void {
  Object.assign(this, { id, exports: {}, filename: null, loaded: false, children: [], paths: [] })
}

Object.assign(Module, {
  Module,
  builtinModules: [...VIVARIUM_BUILTINS],
  createRequire,
  isBuiltin,
  _cache: Object.create(null) as object,
  _extensions: Object.create(null) as object,
  _load: refusal('node:module _load', NOT_BUNDLED),
  _resolveFilename: refusal('node:module _resolveFilename', NOT_BUNDLED),
  globalPaths: [],
  syncBuiltinESMExports: () => {},
  enableCompileCache: () => ({ status: 3 }),
  findSourceMap: () => undefined,
  wrap: (script: string) => `(function (exports, require, module, __filename, __dirname) { ${script}\n});`
})

export default Module
