/** Which dependencies of a package go where: asked of a process of its own (npm-planner.ts), which is killed when it takes too long. */
import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { BuildError } from '../build-tasks.ts'
import { reason, type Reason } from '../reasons.ts'
import { CacheError } from '../types.ts'
import type { NpmClient } from './npm-client.ts'
import type { NpmScopes } from './npm-scopes.ts'
import { isPackageName, readSpec } from './npm-spec.ts'

export interface PlannedPackage {
  readonly name: string
  /** Folder inside the package, such as `node_modules/a/node_modules/b`. */
  readonly at: string
  readonly tarball: string
  readonly integrity: string
}

/** What crosses between the service and the planner. */
export type PlannerQuestion =
  /** The description of a package is needed. */
  | { readonly op: 'packument', readonly name: string }
  | { readonly op: 'planned', readonly packages: readonly PlannedPackage[] }
  | { readonly op: 'failed', readonly reason: Reason }
export type PlannerAnswer =
  | { readonly op: 'plan', readonly dir: string, readonly maxPackages: number }
  | { readonly op: 'packument', readonly name: string, readonly bytes: Uint8Array }
  /** The registry does not know it. */
  | { readonly op: 'absent', readonly name: string, readonly reason: Reason }

export interface PlanRequest {
  readonly client: NpmClient
  readonly scopes: NpmScopes
  readonly artefact: string
  readonly installMs: number
  /** Folder of the package; its manifest is already reduced to what may be looked at. */
  readonly dir: string
}

const PLANNER = fileURLToPath(new URL('npm-planner.ts', import.meta.url))
/** Its code, arborist's, and what says that ours are ES modules. */
const READABLE = ['cache/', 'node_modules/', 'package.json'].map(path => fileURLToPath(new URL(`../../${path}`, import.meta.url)))
const HEAP_MB = 512
const MAX_PACKAGES = 5000
const MAX_DESCRIPTIONS = 10_000

/** Throws `CacheError` when the registry fails, `BuildError` `plugin-invalid` when the dependencies cannot be had. */
export async function planDependencies (request: PlanRequest): Promise<readonly PlannedPackage[]> {
  const child = fork(PLANNER, {
    // It reads its own code and the package, and that is all: no network, no writing, no process of its own.
    execArgv: ['--permission', ...[...READABLE, request.dir].map(path => `--allow-fs-read=${path}`), `--max-old-space-size=${HEAP_MB}`, '--disable-warning=ExperimentalWarning', '--disable-warning=SecurityWarning'],
    cwd: request.dir,
    env: {},
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc']
  })
  let timer: NodeJS.Timeout | undefined
  try {
    return await new Promise((resolve, reject) => {
      timer = setTimeout(() => reject(invalid(reason('dependencies-slow', { limitMs: request.installMs }))), request.installMs)
      child.on('error', reject)
      child.on('exit', (code, signal) => reject(invalid(reason('dependencies-failed', { how: signal ?? `exit code ${code}` }))))
      converse(child, request, resolve, reject)
    })
  } finally {
    clearTimeout(timer)
    child.removeAllListeners('exit')
    child.on('error', () => {}) // of a message to a process that was just killed
    child.kill('SIGKILL')
  }
}

function converse (child: ChildProcess, request: PlanRequest, resolve: (packages: readonly PlannedPackage[]) => void, reject: (error: unknown) => void): void {
  let asked = 0
  const send = (answer: PlannerAnswer): void => { if (child.connected) child.send(answer) }
  child.on('message', (message) => {
    const question = message as PlannerQuestion // our own code on the other side
    switch (question.op) {
      case 'planned': return resolve(question.packages)
      case 'failed': return reject(invalid(question.reason))
      case 'packument':
        if (++asked > MAX_DESCRIPTIONS) return reject(invalid(reason('dependencies-many', { limit: MAX_DESCRIPTIONS })))
        describe(request, question.name).then(send, reject)
    }
  })
  send({ op: 'plan', dir: request.dir, maxPackages: MAX_PACKAGES })
}

/** An absent package is an answer (the dependency may be optional); any other failure of the registry is one of the whole. */
async function describe ({ client, scopes, artefact }: PlanRequest, name: string): Promise<PlannerAnswer> {
  if (!isPackageName(name)) return { op: 'absent', name, reason: reason('not-a-package') }
  try {
    const described = await client.describe(artefact, scopes.of(artefact, readSpec(name)), name)
    if (described.kind === 'packument') return { op: 'packument', name, bytes: described.bytes }
    throw new CacheError('registry-misconfigured', artefact, reason('unasked-304'))
  } catch (error) {
    if (!(error instanceof CacheError) || (error.code !== 'plugin-not-found' && error.code !== 'plugin-forbidden')) throw error
    return { op: 'absent', name, reason: error.code === 'plugin-forbidden' ? reason('dependency-kept-back') : error.reason }
  }
}

/** Not lasting: the registry may have tomorrow what it lacks today. */
function invalid (why: Reason): BuildError {
  return new BuildError('plugin-invalid', reason('dependencies', { why }), { lasting: false })
}
