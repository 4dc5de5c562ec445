/** Which file a name means, as Node's algorithm for `require` has it, below the package's folder. Pure but for the two questions it asks. */
export interface Files {
  isFile (path: string): boolean
  /** Undefined when there is no such file. */
  read (path: string): string | undefined
}

export interface Finder {
  /** `from`: the folder of the file that asks. */
  find (request: string, from: string): string | undefined
  /** The nearest package.json above. */
  manifestOf (folder: string): Record<string, unknown> | undefined
}

const EXTENSIONS = ['', '.js', '.json', '.node']
const CONDITIONS = ['node', 'require', 'module-sync', 'default']

export function createFinder (files: Files): Finder {
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
    const target = exportOf(exported, subpath === '' ? '.' : `./${subpath}`)
    return target === undefined ? undefined : [join(folder, target)].find(files.isFile)
  }
  const bare = (request: string, from: string): string | undefined => {
    const [name, ...rest] = request.startsWith('@') ? [request.split('/').slice(0, 2).join('/'), ...request.split('/').slice(2)] : request.split('/')
    for (const folder of foldersAbove(from)) {
      const found = inPackage(`${folder}/node_modules/${name}`, rest.join('/'))
      if (found !== undefined) return found
    }
    return undefined
  }
  return {
    find (request, from) {
      if (!/^(\.{0,2}\/|\.{1,2}$)/.test(request)) return bare(request, from)
      const path = join(request.startsWith('/') ? '' : from, request)
      return (request.endsWith('/') ? undefined : asFile(path)) ?? asFolder(path)
    },
    manifestOf (folder) {
      for (const above of foldersAbove(folder)) {
        const manifest = manifestIn(above)
        if (manifest !== undefined) return manifest
      }
      return undefined
    }
  }
}

/** `/plugin/a/b`, `/plugin/a`, `/plugin`. */
function foldersAbove (folder: string): string[] {
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

/** The target of `./sub/path` in a package's `exports`: names, patterns with one `*`, conditions. */
function exportOf (exported: unknown, subpath: string): string | undefined {
  const isMap = typeof exported === 'object' && exported !== null && Object.keys(exported).some(key => key.startsWith('.'))
  if (!isMap) return subpath === '.' ? targetOf(exported, '') : undefined
  const map = exported as Record<string, unknown>
  if (Object.hasOwn(map, subpath)) return targetOf(map[subpath], '')
  for (const [pattern, target] of Object.entries(map).sort(([a], [b]) => b.length - a.length)) {
    const [start, end] = pattern.split('*')
    if (start === undefined || end === undefined || !subpath.startsWith(start) || !subpath.endsWith(end) || subpath.length < start.length + end.length) continue
    return targetOf(target, subpath.slice(start.length, subpath.length - end.length))
  }
  return undefined
}

function targetOf (target: unknown, star: string): string | undefined {
  if (typeof target === 'string') return target.startsWith('./') ? target.replaceAll('*', star) : undefined
  if (Array.isArray(target)) return target.map(item => targetOf(item, star)).find(found => found !== undefined)
  if (typeof target !== 'object' || target === null) return undefined
  for (const [condition, inner] of Object.entries(target)) {
    if (!CONDITIONS.includes(condition)) continue
    const found = targetOf(inner, star)
    if (found !== undefined) return found
  }
  return undefined
}
