/** `path`: Node's own code for POSIX (path-browserify); the paths of Windows by a small version of our own. */
import { checkObject, checkString } from './invalid-argument.ts'
import { win32 } from './windows-path.ts'

type Method = (...args: unknown[]) => unknown

/** The package throws errors without a code for what is not a string. */
function checked (name: string, method: Method, count: number, optional = 0): Method {
  return (...given) => {
    for (let i = 0; i < count; i++) {
      if (i < count - optional || given[i] !== undefined) checkString(name, given[i])
    }
    return method(...given.slice(0, count))
  }
}

function allChecked (method: Method): Method {
  return (...args) => {
    for (const argument of args) checkString('path', argument)
    return method(...args)
  }
}

const { resolve, normalize, isAbsolute, join, relative, dirname, basename, extname, parse } = require('path-browserify') as Record<string, Method> // its own types are none
const toNamespacedPath = (path: unknown): unknown => path

const posix = {
  resolve: allChecked(resolve as Method),
  normalize: checked('path', normalize as Method, 1),
  isAbsolute: checked('path', isAbsolute as Method, 1),
  join: allChecked(join as Method),
  relative: checked('from', relative as Method, 2),
  toNamespacedPath,
  dirname: checked('path', dirname as Method, 1),
  basename: checked('path', basename as Method, 2, 1),
  extname: checked('path', extname as Method, 1),
  format,
  parse: checked('path', parse as Method, 1),
  sep: '/',
  delimiter: ':',
  _makeLong: toNamespacedPath
}

/** The package knows an older rule: an extension may now lack its point. */
function format (parts: { root?: string, dir?: string, base?: string, name?: string, ext?: string }): string {
  checkObject('pathObject', parts)
  const { root, dir, base, name, ext } = parts
  const file = base || `${name ?? ''}${ext ? `${ext.startsWith('.') ? '' : '.'}${ext}` : ''}`
  const folder = dir || root
  if (!folder) return file
  return folder === root ? folder + file : `${folder}/${file}`
}

/** Each holds both, itself included. */
const whole = Object.assign(posix, { posix, win32: Object.assign(win32, { posix, win32 }) })

export default whole
