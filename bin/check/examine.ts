/** Each thing that an author wants to know, one after the other. */
import { existsSync } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { createEgressPolicy } from '../../runner/brokers/egress-policy.ts'
import type { LoadResult } from '../../runner/types.ts'
import { createConfigChecks, type ConfigCheck } from '../../validation/index.ts'
import { duration, size } from '../run/receipt.ts'
import type { Workshop } from '../workshop/index.ts'
import type { Staged } from '../workshop/stage.ts'
import { builtinFindings } from './builtins.ts'
import type { Published } from './published.ts'
import type { Finding, Report } from './report.ts'
import { readSources } from './sources.ts'

type Loaded = LoadResult & { readonly ok: true }

export async function examine (workshop: Workshop, folder: string, staged: Staged, published: Published | undefined): Promise<Report> {
  const result = await workshop.load(workshop.artefact, workshop.account)
  const sources = await readSources(staged.dir, result.plugin?.sourceMapPath)
  const files = await listFiles(staged.dir)
  const findings: Finding[] = [
    entryFinding(result),
    await schemaFinding(staged.dir),
    ...dependencyFindings(staged, result, folder),
    ...await builtinFindings(workshop, sources),
    nativeFinding(files),
    ...hostFindings(sources.filter(({ own }) => own).flatMap(({ hosts }) => hosts)),
    sizeFinding(files, published, result),
    ...(result.ok ? [loadFinding(result)] : [])
  ]
  const manifest = JSON.parse(await readFile(path.join(staged.dir, 'package.json'), 'utf8').catch(() => '{}')) as { name?: unknown, version?: unknown } // whatever is there
  return {
    plugin: { name: String(manifest.name ?? path.basename(path.resolve(folder))), version: String(manifest.version ?? '') },
    works: findings.every(({ level }) => level !== 'error'),
    findings
  }
}

function entryFinding (result: LoadResult): Finding {
  if (result.ok) {
    const { stop, prepare } = result.exports
    return { topic: 'entry', level: 'ok', text: `${result.plugin.entry} exports ${['run', ...(stop ? ['stop'] : []), ...(prepare ? ['prepare'] : [])].join(', ')}${stop ? '' : ' (without stop() a run is ended by force when somebody stops it)'}` }
  }
  const { message, where, hint } = result
  const detail = where === undefined ? undefined : [where.position, where.frame].filter(text => text !== undefined).join('\n')
  return { topic: 'entry', level: 'error', text: hint === undefined ? message : `${message} ${hint}`, ...(detail === undefined ? {} : { detail }) }
}

const SCHEMA = 'processing-config-schema.json'

async function schemaFinding (dir: string): Promise<Finding> {
  const text = await readFile(path.join(dir, SCHEMA), 'utf8').catch(() => undefined)
  if (text === undefined) return { topic: 'schema', level: 'error', text: `There is no ${SCHEMA} among the files that are published: no configuration can be saved without one.` }
  const schema = parseObject(text)
  if (schema === undefined) return { topic: 'schema', level: 'error', text: `${SCHEMA} is not a JSON object.` }
  const check = await checkSchema(schema)
  if (check.kind === 'bad-schema') return { topic: 'schema', level: 'error', text: `${SCHEMA} cannot be used: ${check.reason.en}.` }
  if (check.kind === 'too-costly') return { topic: 'schema', level: 'error', text: `${SCHEMA} cannot be used: a check of a configuration needs ${check.reason.en}.` }
  const properties = Object.entries(schema.properties ?? {})
  const untitled = properties.filter(([, value]) => typeof value === 'object' && value !== null && !('title' in value)).map(([name]) => name)
  if (untitled.length > 0) return { topic: 'schema', level: 'warning', text: `${SCHEMA}: forms show the names of ${untitled.join(', ')}, which have no title.` }
  return { topic: 'schema', level: 'ok', text: properties.length === 0 ? SCHEMA : `${SCHEMA}, ${properties.length} ${properties.length === 1 ? 'property' : 'properties'}` }
}

async function checkSchema (schema: Record<string, unknown>): Promise<ConfigCheck> {
  const checks = createConfigChecks({ threads: 1 })
  try {
    return await checks.check('', schema, {})
  } finally {
    await checks.close()
  }
}

function parseObject (text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value as Record<string, unknown> : undefined // just checked
  } catch {
    return undefined
  }
}

function dependencyFindings ({ dependencies: { found, missing } }: Staged, result: LoadResult, folder: string): Finding[] {
  const lost = result.ok ? undefined : /cannot find module '([^']+)'/i.exec(result.message)?.[1]
  const name = lost?.split('/').slice(0, lost.startsWith('@') ? 2 : 1).join('/')
  const undeclared = name !== undefined && !/^[./]/.test(name) && existsSync(path.join(folder, 'node_modules', name))
  return [
    { topic: 'dependencies', level: 'ok', text: found.length === 0 ? 'none for production' : `${found.filter(({ direct }) => direct).map(({ name, version }) => `${name} ${version}`).join(', ')}; ${found.length} in all` },
    ...missing.map(({ name, wanted, by }): Finding => ({ topic: 'dependencies', level: result.ok ? 'warning' : 'error', text: `${by} needs ${name} ${wanted}, which is not installed.` })),
    ...(undeclared ? [{ topic: 'dependencies', level: 'error', text: `${name} is installed, but not among the dependencies in package.json: it is not published with the plugin.` } as const] : [])
  ]
}

function nativeFinding (files: readonly FileSize[]): Finding {
  const addons = files.filter(({ file }) => file.endsWith('.node'))
  if (addons.length === 0) return { topic: 'native', level: 'ok', text: 'no native addon' }
  return { topic: 'native', level: 'warning', text: 'Native addons are not loaded: requiring one throws, as if it had not been built. What uses it must go on without.', detail: addons.slice(0, 10).map(({ file }) => file).join('\n') }
}

function hostFindings (hosts: readonly string[]): Finding[] {
  const named = [...new Set(hosts)].sort()
  if (named.length === 0) return [{ topic: 'hosts', level: 'note', text: 'no address in the source' }]
  const policy = createEgressPolicy()
  const closed = named.filter(host => {
    const url = URL.parse(`http://${host}`)
    return url !== null && (!policy.decide(url).ok || url.hostname === 'localhost')
  })
  return [
    { topic: 'hosts', level: 'note', text: `named in the source: ${named.join(', ')}` },
    ...(closed.length === 0 ? [] : [{ topic: 'hosts', level: 'warning', text: `${closed.join(', ')}: only public addresses can be reached, on the ports 80 and 443, unless an operator opens others.` } as const])
  ]
}

interface FileSize { readonly file: string, readonly bytes: number }

function sizeFinding (files: readonly FileSize[], published: Published | undefined, result: LoadResult): Finding {
  const sum = (list: readonly FileSize[]): string => `${list.length} ${list.length === 1 ? 'file' : 'files'}, ${size(list.reduce((total, { bytes }) => total + bytes, 0))}`
  const own = files.filter(({ file }) => !file.startsWith('node_modules/'))
  const parts = [
    `${sum(own)}${published === undefined ? ' (npm could not say which files it would publish: all were taken)' : ` (${size(published.archiveBytes)} packed)`}`,
    ...(own.length === files.length ? [] : [`with dependencies ${sum(files)}`]),
    ...(result.plugin === undefined ? [] : [`bundle ${size(result.plugin.bundle.length)}`])
  ]
  return { topic: 'size', level: 'note', text: parts.join('; ') }
}

function loadFinding ({ ms, heapMb }: Loaded): Finding {
  return { topic: 'load', level: 'note', text: `loaded in ${duration(ms.load)}${heapMb !== undefined ? `, with ${Math.round(heapMb)} MB of heap` : ''}: what each run costs before its first line` }
}

async function listFiles (dir: string): Promise<FileSize[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true })
  return await Promise.all(entries.filter(entry => entry.isFile()).map(async entry => {
    const file = path.join(entry.parentPath, entry.name)
    return { file: path.relative(dir, file).split(path.sep).join('/'), bytes: (await stat(file)).size }
  }))
}
