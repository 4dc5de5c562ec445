/**
 * The archives of a package and of its production dependencies:
 *
 * 1. the package's own archive is fetched, and unpacked aside for its manifest
 * 2. a process without network and without secrets works out which dependencies go where (npm-planner.ts)
 * 3. each of them is fetched from the registry of its scope
 *
 * Nothing but plain archives is fetched, and what unpacks them runs no script.
 */
import { readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { BuildError } from '../build-tasks.ts'
import { reason } from '../reasons.ts'
import { CacheError, type PackageTools, type Part } from '../types.ts'
import type { NpmClient } from './npm-client.ts'
import { isObject, type Dist } from './npm-packument.ts'
import { planDependencies, type PlannedPackage } from './npm-plan.ts'
import type { NpmScopes, Source } from './npm-scopes.ts'
import { isPackageName, readSpec } from './npm-spec.ts'

export interface PartsRequest extends PackageTools {
  readonly client: NpmClient
  readonly scopes: NpmScopes
  readonly installMs: number
  readonly artefact: string
  readonly source: Source
  readonly dist: Dist
  /** Where archives are put. */
  readonly folder: string
}

const MANIFEST_BYTES = 1024 * 1024
const AT_ONCE = 8
/** What a plan is made of; scripts and development dependencies are no part of it. */
const RELEVANT = ['name', 'version', 'dependencies', 'optionalDependencies', 'peerDependencies', 'peerDependenciesMeta', 'bundleDependencies', 'bundledDependencies', 'overrides']
const DEPENDENCIES = ['dependencies', 'optionalDependencies', 'peerDependencies']

/** Throws `CacheError` and `BuildError`. */
export async function fetchParts (request: PartsRequest): Promise<readonly Part[]> {
  const root = await fetchPart(request, { name: readSpec(request.artefact).name, at: '', ...request.dist }, 'root.tgz')
  const planned = await plan(request, root)
  const deadline = performance.now() + request.installMs
  const parts: Part[] = [root]
  let bytes = root.bytes
  const pending = planned.entries()
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (const [index, dependency] of pending) {
      if (performance.now() > deadline) throw tooSlow(request)
      const part = await fetchPart(request, dependency, `${index}.tgz`)
      parts.push(part)
      bytes += part.bytes
      // What is unpacked is no smaller; archives that together pass its limit are not worth the disk.
      if (bytes > request.limits.unpackedBytes) throw new BuildError('plugin-refused', reason('dependencies-too-large', { limit: request.limits.unpackedBytes }))
    }
  }))
  return parts
}

async function plan (request: PartsRequest, root: Part): Promise<readonly PlannedPackage[]> {
  const dir = join(request.folder, 'plan')
  try {
    await request.unpack([root], dir)
    const manifest = await readManifest(dir)
    if (!DEPENDENCIES.some(key => isObject(manifest[key]) && Object.keys(manifest[key]).length > 0)) return []
    await rm(join(dir, 'package.json'))
    await writeFile(join(dir, 'package.json'), JSON.stringify(Object.fromEntries(RELEVANT.map(key => [key, manifest[key]]))))
    return await planDependencies({ ...request, dir })
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

async function readManifest (dir: string): Promise<Record<string, unknown>> {
  const path = join(dir, 'package.json')
  const stats = await stat(path).catch(() => undefined) // a package without a manifest is refused when it is bundled, with a better sentence
  if (stats === undefined || stats.size > MANIFEST_BYTES) return {}
  try {
    const manifest: unknown = JSON.parse((await readFile(path, 'utf8')).replace(/^\uFEFF/, ''))
    return isObject(manifest) ? manifest : {}
  } catch {
    return {} // the same
  }
}

async function fetchPart (request: PartsRequest, { name, at, tarball, integrity }: PlannedPackage, file: string): Promise<Part & { bytes: number }> {
  const { artefact, client, scopes, folder } = request
  if (!isPackageName(name)) throw new BuildError('plugin-refused', reason('dependency-name', { name }))
  const source = at === '' ? request.source : scopes.of(artefact, readSpec(name))
  const archive = join(folder, file)
  const offer = await client.archive(artefact, source, { tarball, integrity }, '')
  const found = await request.download(offer, archive)
  if (found !== integrity) throw new BuildError('plugin-corrupt', reason('integrity', { name, announced: integrity, found }))
  return { archive, at, integrity, stripFirst: true, bytes: (await stat(archive)).size }
}

function tooSlow ({ artefact, installMs }: PartsRequest): CacheError {
  return new CacheError('registry-unavailable', artefact, reason('dependencies-unfetched', { limitMs: installMs }))
}
