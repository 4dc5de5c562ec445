/** Which file a name means, as Node's algorithm for `require` has it, below the package's folder. Pure but for the questions it asks. */
export interface Files {
  isFile (path: string): boolean
  /** Undefined when there is no such file. */
  read (path: string): string | undefined
  isBuiltin (name: string): boolean
}

export interface Finder {
  /** `from`: the folder of the file that asks. Answers a path, or the name of a builtin that an `#import` leads to. */
  find (request: string, from: string): string | undefined
  /** The nearest package.json above. */
  manifestOf (folder: string): Record<string, unknown> | undefined
}

const EXTENSIONS = ['', '.js', '.json', '.node']

/** What asks: the conditions of `exports` and `imports` differ. */
export type How = 'require' | 'import'

export function createFinder (files: Files, how: How = 'require'): Finder {
  const conditions = ['node', how, 'module-sync', 'default']
  const manifestIn = (folder: string): Record<string, unknown> | undefined => {
    const text = files.read(`${folder}/package.json`)
    try {
      const parsed: unknown = text === undefined ? undefined : JSON.parse(text)
      return typeof parsed === 'object' && parsed !== null ? parsed as Record<string, unknown> : undefined
    } catch {
      return undefined
    }
  }
  const asFile = (path: string): string | undefined => EXTENSIONS.map(extension => path + extension).find(files.isFile)
  const asFolder = (path: string): string | undefined => {
    const main = manifestIn(path)?.['main']
    return (typeof main === 'string' ? asFile(join(path, main)) ?? asFile(join(path, `${main}/index`)) : undefined) ?? asFile(`${path}/index`)
  }
  const inPackage = (folder: string, subpath: string): string | undefined => {
    const exported = manifestIn(folder)?.['exports']
    if (exported === undefined || exported === null) return subpath === '' ? asFolder(folder) : asFile(join(folder, subpath)) ?? asFolder(join(folder, subpath))
    return asTarget(folder, exportOf(exported, subpath === '' ? '.' : `./${subpath}`, conditions))
  }
  const asTarget = (folder: string, target: string | null | undefined): string | undefined => target?.startsWith('./') === true ? [join(folder, target)].find(files.isFile) : undefined
  const scopeOf = (folder: string): { folder: string, manifest: Record<string, unknown> } | undefined => {
    for (const above of foldersAbove(folder)) {
      if (above.endsWith('/node_modules')) break
      const manifest = manifestIn(above)
      if (manifest !== undefined) return { folder: above, manifest }
    }
    return undefined
  }
  const bare = (request: string, from: string): string | undefined => {
    const [name, subpath] = namesOf(request)
    const scope = scopeOf(from)
    if (scope?.manifest['name'] === name && (scope.manifest['exports'] ?? null) !== null) return inPackage(scope.folder, subpath)
    for (const folder of foldersAbove(from)) {
      const found = inPackage(`${folder}/node_modules/${name}`, subpath)
      if (found !== undefined) return found
    }
    return undefined
  }
  /** `#name`: a file of the package, another package, or a builtin. */
  const internal = (request: string, from: string): string | undefined => {
    const scope = scopeOf(from)
    const imports = scope?.manifest['imports']
    const target = typeof imports === 'object' && imports !== null ? mapped(imports as Record<string, unknown>, request, conditions) : undefined
    if (scope === undefined || target === undefined || target === null) return undefined
    if (/^\.{0,2}\//.test(target)) return asTarget(scope.folder, target)
    return files.isBuiltin(target) ? target : bare(target, scope.folder)
  }
  return {
    find (request, from) {
      if (request.startsWith('#')) return internal(request, from)
      if (!/^(\.{0,2}\/|\.{1,2}$)/.test(request)) return bare(request, from)
      const path = join(request.startsWith('/') ? '' : from, request)
      return (/(^|\/)\.{0,2}$/.test(request) ? undefined : asFile(path)) ?? asFolder(path)
    },
    manifestOf: folder => scopeOf(folder)?.manifest
  }
}

/** `@scope/name/sub/path`: the package and the path in it, empty for none. */
function namesOf (request: string): [name: string, subpath: string] {
  const parts = request.split('/')
  const length = request.startsWith('@') ? 2 : 1
  return [parts.slice(0, length).join('/'), parts.slice(length).join('/')]
}

/** `/plugin/a/b`, `/plugin/a`, `/plugin`. */
export function foldersAbove (folder: string): string[] {
  const parts = folder.split('/')
  return parts.map((_, i) => parts.slice(0, parts.length - i).join('/')).filter(path => path !== '')
}

function join (folder: string, path: string): string {
  const kept: string[] = []
  for (const part of `${folder}/${path}`.split('/')) {
    if (part === '' || part === '.') continue
    if (part === '..') kept.pop()
    else kept.push(part)
  }
  return `/${kept.join('/')}`
}

type Conditions = readonly string[]

/** The target of `./sub/path` in a package's `exports`; null when the package withholds it. */
function exportOf (exported: unknown, subpath: string, conditions: Conditions): string | null | undefined {
  const isMap = typeof exported === 'object' && exported !== null && Object.keys(exported).some(key => key.startsWith('.'))
  if (isMap) return mapped(exported as Record<string, unknown>, subpath, conditions)
  return subpath === '.' ? targetOf(exported, '', conditions) : undefined
}

/** Of a map of `exports` or `imports`: names, patterns with one `*` of which the most exact wins. */
function mapped (map: Record<string, unknown>, name: string, conditions: Conditions): string | null | undefined {
  if (Object.hasOwn(map, name) && !name.includes('*')) return targetOf(map[name], '', conditions)
  for (const [pattern, target] of Object.entries(map).sort(([a], [b]) => b.indexOf('*') - a.indexOf('*') || b.length - a.length)) {
    const [start, end] = pattern.split('*')
    if (start === undefined || end === undefined || !name.startsWith(start) || !name.endsWith(end) || name.length < pattern.length) continue
    return targetOf(target, name.slice(start.length, name.length - end.length), conditions)
  }
  return undefined
}

/** Conditions: the first that holds and has a target. */
function targetOf (target: unknown, star: string, conditions: Conditions): string | null | undefined {
  if (typeof target === 'string') return target.replaceAll('*', () => star)
  if (target === null) return null
  if (Array.isArray(target)) return target.map(item => targetOf(item, star, conditions)).find(found => typeof found === 'string')
  if (typeof target !== 'object') return undefined
  for (const [condition, inner] of Object.entries(target)) {
    if (!conditions.includes(condition)) continue
    const found = targetOf(inner, star, conditions)
    if (found !== undefined) return found
  }
  return undefined
}
