/**
 * What the symbolic links of a package named. On disk each is a copy of it (archive-links.ts, copy-folder.ts), but Node resolves what a module
 * requires from the real place of its file: with `node_modules/a -> ../packages/a`, `../shared.js` of `a` is `packages/shared.js`, and a module
 * that is reached by two ways exists once. Pure.
 */

/** Place of the link, and the real place of what it names: both in the package, with `/`; no link is on the way to the second. */
export type PackageLink = readonly [link: string, target: string]

export class PackageLinks {
  readonly all: readonly PackageLink[]
  readonly #targets: ReadonlyMap<string, string>

  constructor (links: readonly PackageLink[] = []) {
    this.all = links
    this.#targets = new Map(links)
  }

  /** Of a path in the package, with `/`. */
  real (path: string): string {
    if (this.#targets.size === 0) return path
    for (let end = path.indexOf('/'); ; end = path.indexOf('/', end + 1)) {
      const start = end === -1 ? path : path.slice(0, end)
      const target = this.#targets.get(start)
      // What is real so far stays so; what comes after it may lead through further links, and grows shorter.
      if (target !== undefined) return this.real([target, path.slice(start.length + 1)].filter((part) => part !== '').join('/'))
      if (end === -1) return path
    }
  }
}
