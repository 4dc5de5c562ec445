/**
 * The dependencies that a published plugin carries: those that its package.json declares for production, and theirs, found where Node finds
 * them from the author's folder (also in folders above it, as in a workspace), and laid out so that all of them lie in the package.
 */
import { existsSync, realpathSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'

interface Dependency {
  readonly name: string
  readonly version: string
  /** Real path of its folder. */
  readonly dir: string
  /** Where it goes, relative to the package: `node_modules/a/node_modules/b`. */
  readonly to: string
  /** The plugin itself declares it. */
  readonly direct: boolean
}

export interface Dependencies {
  readonly found: readonly Dependency[]
  /** Declared, needed, and not installed. */
  readonly missing: readonly { readonly name: string, readonly wanted: string, readonly by: string }[]
}

interface Manifest {
  readonly name?: string
  readonly version?: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

const MOST_PACKAGES = 5_000

/** `root`: real path of the plugin's folder. Throws when there are more than 5,000. */
export async function productionDependencies (root: string): Promise<Dependencies> {
  const manifest = await manifestAt(root)
  return await new Layout().collect({ dir: root, to: '', manifest })
}

interface Package { readonly dir: string, readonly to: string, readonly manifest: Manifest }

class Layout {
  /** Place in the package -> what lies there. */
  readonly #placed = new Map<string, Dependency>()
  readonly #missing: Dependencies['missing'][number][] = []
  readonly #waiting: Package[] = []

  async collect (plugin: Package): Promise<Dependencies> {
    this.#waiting.push(plugin)
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      for (const [name, need] of needs(next.manifest)) await this.#add(next, name, need)
    }
    return { found: [...this.#placed.values()], missing: this.#missing }
  }

  async #add (by: Package, name: string, { wanted, optional }: Need): Promise<void> {
    const dir = lookUp(by.dir, name)
    if (dir === undefined) {
      if (!optional) this.#missing.push({ name, wanted, by: by.manifest.name ?? 'the plugin' })
      return
    }
    const there = this.#seenFrom(by.to, name)
    if (there?.dir === dir) return
    const to = path.posix.join(there === undefined ? '' : by.to, 'node_modules', name)
    if (this.#placed.size >= MOST_PACKAGES) throw new Error(`at most ${MOST_PACKAGES} packages were expected among the dependencies`)
    const manifest = await manifestAt(dir)
    this.#placed.set(to, { name, version: manifest.version ?? '', dir, to, direct: by.to === '' })
    this.#waiting.push({ dir, to, manifest })
  }

  /** What a `require` of `name` in the package at `to` would find. */
  #seenFrom (to: string, name: string): Dependency | undefined {
    for (let at = to; ; at = above(at)) {
      const found = this.#placed.get(path.posix.join(at, 'node_modules', name))
      if (found !== undefined || at === '') return found
    }
  }
}

interface Need { readonly wanted: string, readonly optional: boolean }

function needs ({ dependencies, optionalDependencies, peerDependencies }: Manifest): Map<string, Need> {
  const all = (list: Readonly<Record<string, string>> = {}, optional: boolean): [string, Need][] => Object.entries(list).map(([name, wanted]) => [name, { wanted, optional }])
  return new Map([...all(peerDependencies, true), ...all(dependencies, false), ...all(optionalDependencies, true)])
}

/** As Node looks: in `node_modules` of the folder and of each one above. Answers the real path. */
function lookUp (from: string, name: string): string | undefined {
  for (let dir = from; ; dir = path.dirname(dir)) {
    const candidate = path.join(dir, 'node_modules', name)
    if (path.basename(dir) !== 'node_modules' && existsSync(path.join(candidate, 'package.json'))) return realpathSync(candidate)
    if (dir === path.dirname(dir)) return undefined
  }
}

/** `node_modules/a` of `node_modules/a/node_modules/b`; empty at last. */
function above (to: string): string {
  const at = to.lastIndexOf('node_modules/')
  return at <= 0 ? '' : to.slice(0, at - 1)
}

async function manifestAt (dir: string): Promise<Manifest> {
  try {
    const manifest: unknown = JSON.parse(await readFile(path.join(dir, 'package.json'), 'utf8'))
    return typeof manifest === 'object' && manifest !== null ? manifest : {}
  } catch {
    return {} // the cache says what is wrong with the plugin's; that of a dependency is then seen by the bundler
  }
}
