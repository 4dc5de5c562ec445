/** `path.win32`: the paths of Windows, which archives and foreign data carry. The working directory is that of the guest. */
import { checkObject, checkString } from './invalid-argument.ts'

/** `C:\a`, `\\server\share\a`, `C:a`, `\a`: device, whether a separator follows it, and the rest. */
interface Split { readonly device: string, readonly isAbsolute: boolean, readonly rest: string }
interface Parsed { root: string, dir: string, base: string, ext: string, name: string }

const SEPARATOR = /[\\/]/

function split (path: string): Split {
  const unc = /^[\\/]{2}([^\\/]+)[\\/]+([^\\/]+)/.exec(path)
  if (unc !== null && unc[1] !== '.' && unc[1] !== '?') return { device: `\\\\${unc[1]}\\${unc[2]}`, isAbsolute: true, rest: path.slice(unc[0].length).replace(/^[\\/]+/, '') }
  const device = /^[A-Za-z]:/.exec(path)?.[0] ?? ''
  const after = path.slice(device.length)
  return { device, isAbsolute: SEPARATOR.test(after.charAt(0)), rest: after.replace(/^[\\/]+/, '') }
}

/** Without `.`, `..` and empty parts. */
function normalizeParts (rest: string, allowAbove: boolean): string {
  const kept: string[] = []
  for (const part of rest.split(SEPARATOR)) {
    if (part === '' || part === '.') continue
    if (part !== '..') kept.push(part)
    else if (kept.length > 0 && kept.at(-1) !== '..') kept.pop()
    else if (allowAbove) kept.push(part)
  }
  return kept.join('\\')
}

function normalize (path: string): string {
  checkString('path', path)
  if (path === '') return '.'
  const { device, isAbsolute, rest } = split(path)
  let tail = normalizeParts(rest, !isAbsolute)
  if (tail === '' && !isAbsolute) tail = '.'
  if (tail !== '' && SEPARATOR.test(path.at(-1) ?? '')) tail += '\\'
  // what was relative must not become a drive or a device by losing its beginning
  if (!isAbsolute && device === '' && (/^[A-Za-z]:/.test(tail) || /:(?:$|[\\/])/.test(path))) return `.\\${tail}`
  return `${device}${isAbsolute ? '\\' : ''}${tail}`
}

function join (...paths: string[]): string {
  for (const path of paths) checkString('path', path)
  const parts = paths.filter(path => path !== '')
  if (parts.length === 0) return '.'
  const joined = parts.join('\\')
  // only the first part may name a server: `join('\\', 'a')` is no share
  const isShare = /^[\\/]{2}[^\\/]/.test(parts[0] ?? '')
  return normalize(isShare ? joined : joined.replace(/^[\\/]{2,}/, '\\'))
}

function resolve (...paths: string[]): string {
  let device = ''
  let tail = ''
  let isAbsolute = false
  for (const path of [process.cwd(), ...paths].reverse()) {
    checkString('path', path)
    if (path === '') continue
    const found = split(path)
    if (found.device !== '' && device !== '' && found.device.toLowerCase() !== device.toLowerCase()) continue
    if (device === '') device = found.device
    if (!isAbsolute) {
      tail = `${found.rest}\\${tail}`
      isAbsolute = found.isAbsolute
    }
    if (isAbsolute && device !== '') break
  }
  return `${device}${isAbsolute ? '\\' : ''}${normalizeParts(tail, !isAbsolute)}` || '.'
}

function relative (from: string, to: string): string {
  checkString('from', from)
  checkString('to', to)
  const [start, end] = [resolve(from), resolve(to)]
  if (start.toLowerCase() === end.toLowerCase()) return ''
  const [a, b] = [split(start), split(end)]
  if (a.device.toLowerCase() !== b.device.toLowerCase()) return end
  const [up, down] = [partsOf(a.rest), partsOf(b.rest)]
  while (up.length > 0 && down.length > 0 && up[0]?.toLowerCase() === down[0]?.toLowerCase()) {
    up.shift()
    down.shift()
  }
  return [...up.map(() => '..'), ...down].join('\\')
}

function partsOf (rest: string): string[] {
  return rest.split(SEPARATOR).filter(part => part !== '')
}

function isAbsolute (path: string): boolean {
  checkString('path', path)
  return /^(?:[A-Za-z]:)?[\\/]/.test(path)
}

/** `C:\`, `C:`, `\`, `\\server\share\` as they stand in the path. */
function rootOf (path: string): string {
  return /^[\\/]{2}[^\\/]+[\\/]+[^\\/]+[\\/]?|^[A-Za-z]:[\\/]?|^[\\/]/.exec(path)?.[0] ?? ''
}

function withoutTrailing (path: string): string {
  return path.replace(/[\\/]+$/, '')
}

function dirname (path: string): string {
  checkString('path', path)
  const root = rootOf(path)
  const rest = withoutTrailing(path.slice(root.length))
  const at = Math.max(rest.lastIndexOf('\\'), rest.lastIndexOf('/'))
  return at > 0 ? root + rest.slice(0, at) : root === '' ? '.' : root
}

function basename (path: string, suffix?: string): string {
  checkString('path', path)
  if (suffix !== undefined) checkString('suffix', suffix)
  const base = withoutTrailing(path.replace(/^[A-Za-z]:/, '')).split(SEPARATOR).at(-1) ?? ''
  return suffix !== undefined && base !== suffix && base.endsWith(suffix) ? base.slice(0, base.length - suffix.length) : base
}

function extname (path: string): string {
  return extensionOf(basename(path))
}

function extensionOf (base: string): string {
  const at = base.lastIndexOf('.')
  return at <= 0 || base === '..' ? '' : base.slice(at)
}

function parse (path: string): Parsed {
  checkString('path', path)
  const root = rootOf(path)
  const rest = withoutTrailing(path.slice(root.length))
  const at = Math.max(rest.lastIndexOf('\\'), rest.lastIndexOf('/'))
  const base = rest.slice(at + 1)
  const ext = extensionOf(base)
  return { root, dir: at > 0 ? root + rest.slice(0, at) : root, base, ext, name: base.slice(0, base.length - ext.length) }
}

function format (parts: Partial<Parsed>): string {
  checkObject('pathObject', parts)
  const { root, dir, base, name, ext } = parts
  const file = base || `${name ?? ''}${ext ? `${ext.startsWith('.') ? '' : '.'}${ext}` : ''}`
  const folder = dir || root
  if (!folder) return file
  return folder === root ? folder + file : `${folder}\\${file}`
}

function toNamespacedPath (path: unknown): unknown {
  if (typeof path !== 'string' || path === '') return path
  const resolved = resolve(path)
  if (/^[A-Za-z]:\\/.test(resolved)) return `\\\\?\\${resolved}`
  return /^\\\\[^?.]/.test(resolved) ? `\\\\?\\UNC\\${resolved.slice(2)}` : resolved
}

export const win32 = {
  resolve, normalize, isAbsolute, join, relative, toNamespacedPath, dirname, basename, extname, format, parse, sep: '\\', delimiter: ';', _makeLong: toNamespacedPath
}
