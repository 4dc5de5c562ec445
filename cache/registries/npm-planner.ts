/**
 * The process that works out where the dependencies of a package go, as npm would (@npmcli/arborist). It has neither network nor
 * secrets, and writes nothing: descriptions of packages are asked of the service, which fetches what is then planned.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import Arborist from '@npmcli/arborist'
import type { PlannedPackage, PlannerAnswer, PlannerQuestion } from './npm-plan.ts'
import { reason, renderReason, type Reason } from '../reasons.ts'

/** Stands before each name in what arborist asks for; nothing is ever sent there. */
const NOWHERE = 'http://registry.invalid'

type Packument = { versions?: Record<string, { _hasShrinkwrap?: unknown, dist?: { tarball?: unknown, integrity?: unknown } } | undefined> }

class Unplannable extends Error {
  readonly reason: Reason
  constructor (why: Reason) {
    super(renderReason(why, 'en'))
    this.reason = why
  }
}

const waiting = new Map<string, { resolve: (packument: Packument) => void, reject: (error: Error) => void }>()
const packuments = new Map<string, Promise<Packument>>()

process.on('message', (message) => {
  const answer = message as PlannerAnswer // our own code on the other side
  if (answer.op === 'plan') {
    plan(answer.dir, answer.maxPackages).then(
      packages => send({ op: 'planned', packages }),
      (error: Error & { code?: unknown }) => send({ op: 'failed', reason: reasonOf(error, answer.dir) })
    )
    return
  }
  const asked = waiting.get(answer.name)
  waiting.delete(answer.name)
  if (answer.op === 'absent') asked?.reject(Object.assign(new Unplannable(reason('dependency-absent', { name: answer.name, why: answer.reason })), { code: 'E404' }))
  else asked?.resolve(readPackument(answer.bytes))
})

function send (question: PlannerQuestion): void {
  process.send?.(question)
}

function packumentOf (name: string): Promise<Packument> {
  let packument = packuments.get(name)
  if (packument === undefined) {
    packument = new Promise<Packument>((resolve, reject) => { waiting.set(name, { resolve, reject }) })
    packument.catch(() => {}) // whoever asked is told
    packuments.set(name, packument)
    send({ op: 'packument', name })
  }
  return packument
}

/** Without the mark of a list of locked dependencies: those of dependencies are not followed. */
function readPackument (bytes: Uint8Array): Packument {
  const packument = JSON.parse(Buffer.from(bytes).toString('utf8')) as Packument
  for (const version of Object.values(packument.versions ?? {})) delete version?._hasShrinkwrap
  return packument
}

async function plan (dir: string, maxPackages: number): Promise<PlannedPackage[]> {
  const arborist = new Arborist({
    path: dir,
    cache: join(dir, '.unused'),
    registry: NOWHERE,
    ignoreScripts: true,
    audit: false,
    fund: false,
    save: false,
    allowGit: 'none',
    allowRemote: 'none',
    allowFile: 'none',
    allowDirectory: 'none',
    packumentCache: {
      has: (key: string) => nameOf(key) !== undefined,
      get: (key: string) => packumentOf(nameOf(key) ?? ''),
      set () {},
      delete () {}
    }
  } as unknown as Arborist.Options) // what is given on to pacote is not in arborist's types, and any object with these methods will do for it
  const tree = await arborist.buildIdealTree()
  const packages: PlannedPackage[] = []
  for (const node of tree.inventory.values()) {
    if (node.isRoot || node.extraneous || (node as { inert?: boolean }).inert === true || isIn(dir, node)) continue
    if (packages.length >= maxPackages) throw new Unplannable(reason('dependencies-many', { limit: maxPackages }))
    packages.push(await planned(node))
  }
  return packages
}

/** Of the key under which pacote looks for a description: `full:<registry>/<name>`. */
function nameOf (key: string): string | undefined {
  const at = key.indexOf(`${NOWHERE}/`)
  return at === -1 ? undefined : decodeURIComponent(key.slice(at + NOWHERE.length + 1))
}

/** Already in the archive of the package, or in that of a dependency. */
function isIn (dir: string, node: Arborist.Node): boolean {
  return node.inBundle || (node.resolved === null && existsSync(join(dir, node.location, 'package.json')))
}

async function planned (node: Arborist.Node): Promise<PlannedPackage> {
  const { packageName, version, location, integrity: locked } = node
  if (node.isLink) throw new Unplannable(reason('dependency-link', { name: node.name, target: String(node.resolved) }))
  const dist = (await packumentOf(packageName)).versions?.[version]?.dist
  const integrity = typeof dist?.integrity === 'string' ? /sha512-[A-Za-z0-9+/]{86}==/.exec(dist.integrity)?.[0] : undefined
  if (typeof dist?.tarball !== 'string' || integrity === undefined) throw new Unplannable(reason('dependency-unsealed', { name: packageName, version }))
  if (locked?.includes('sha512-') === true && !locked.includes(integrity)) throw new Unplannable(reason('dependency-locked', { name: packageName, version, locked, found: integrity }))
  if (existsSync(join(node.root.path, location))) throw new Unplannable(reason('dependency-own', { path: location }))
  return { name: packageName, at: location, tarball: dist.tarball, integrity }
}

/** What a person may read: no path of the host, no stack. */
function reasonOf (error: Error & { code?: unknown }, dir: string): Reason {
  if (error instanceof Unplannable) return error.reason
  const line = error.message.split('\n')[0]?.trim() ?? ''
  const code = typeof error.code === 'string' ? `${error.code}: ` : ''
  return reason('dependencies-npm', { text: `${code}${line}`.slice(0, 300).replaceAll(dir, '') })
}
