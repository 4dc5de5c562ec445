/** One plugin on both sides: in the service (cache, cell, isolate, brokers), and in plain Node. */
import { fork } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { openTestService, type TestService } from '../e2e/service.ts'

interface Line { readonly type: string, readonly msg: string, readonly extra?: unknown }
/** What came of a plugin. `files`: those it left in `dir`, by their path, as hashes. */
export interface Side { readonly lines: readonly Line[], readonly error: string | undefined, readonly files: Readonly<Record<string, string>>, readonly ms: number }

export interface Sandbox {
  /** Where plugins are put: a folder or `.tgz` for each. */
  readonly plugins: string
  run (plugin: string, config: Readonly<Record<string, unknown>>): Promise<Side>
  close (): Promise<void>
}

const PLAIN_RUN = fileURLToPath(new URL('plain-run.ts', import.meta.url))
const PLAIN_MS = 60_000
/** Debug lines are for a super-admin: the service keeps none for this account. Of a task that goes on, it keeps the last state. */
const TYPES = new Set(['step', 'info', 'warning', 'error'])

/** `hosts`: egress entries. */
export async function openSandbox (hosts: readonly string[]): Promise<Sandbox> {
  const plugins = await mkdtemp(path.join(tmpdir(), 'vivarium-compat-'))
  const service = await openTestService({ PLUGINS_DIR: plugins, EGRESS_ALLOW: hosts.join(','), CELL_MAX: '2', CELL_THREADS: '1', RUN_WALL_SECONDS: '120' })
  return {
    plugins,
    run: async (plugin, config) => await runInService(service, plugin, config),
    async close () {
      await service.close()
      await rm(plugins, { recursive: true, force: true })
    }
  }
}

/** Without the last line of a run that went well, which is the service's own. */
async function runInService (service: TestService, plugin: string, config: Readonly<Record<string, unknown>>): Promise<Side> {
  const startedAt = performance.now()
  const id = await service.create(plugin, { config: { ...config } })
  const run = await service.run(id)
  const failure = run.log.findLast(({ type }: Line) => type === 'error')
  return {
    lines: (run.log as Line[]).filter(({ type }) => TYPES.has(type)).slice(0, run.status === 'finished' ? -1 : undefined).map(line => line.extra === '' ? { ...line, extra: undefined } : line),
    error: run.status === 'finished' ? undefined : `${failure?.msg ?? run.status} ${JSON.stringify(failure?.extra ?? run.error ?? '')}`,
    files: await filesBelow(await folderOf(service.dataDir, id)),
    ms: performance.now() - startedAt
  }
}

/** `dir` of a processing, wherever the service has put it. */
async function folderOf (dataDir: string, id: string): Promise<string | undefined> {
  const entries = await readdir(dataDir, { recursive: true, withFileTypes: true })
  const found = entries.find(entry => entry.isDirectory() && entry.name === id)
  return found === undefined ? undefined : path.join(found.parentPath, found.name)
}

/** In a process of its own, whose working folder is `dir`. Never rejects for what the plugin does. */
export async function runInNode (folder: string, config: Readonly<Record<string, unknown>>): Promise<Side> {
  const startedAt = performance.now()
  const own = await mkdtemp(path.join(tmpdir(), 'vivarium-plain-'))
  const [dir, temporary] = [path.join(own, 'dir'), path.join(own, 'tmp')]
  await Promise.all([mkdir(dir), mkdir(temporary)])
  try {
    const { lines, error } = await told([folder, JSON.stringify(config), dir, temporary])
    return { lines: lines.filter(({ type }) => TYPES.has(type)), error, files: await filesBelow(dir), ms: performance.now() - startedAt }
  } finally {
    await rm(own, { recursive: true, force: true })
  }
}

async function told (args: readonly string[]): Promise<Pick<Side, 'lines' | 'error'>> {
  const child = fork(PLAIN_RUN, args, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], timeout: PLAIN_MS, env: { PATH: process.env.PATH, TMPDIR: tmpdir() } })
  let errors = ''
  child.stderr?.on('data', (chunk: Buffer) => { errors = (errors + chunk.toString()).slice(-2_000) })
  return await new Promise((resolve, reject) => {
    let answer: Pick<Side, 'lines' | 'error'> | undefined
    child.on('message', message => { answer = message as Pick<Side, 'lines' | 'error'> }) // what plain-run.ts sends
    child.on('error', reject)
    child.on('exit', (code, signal) => resolve(answer ?? { lines: [], error: `plain Node ended with ${signal ?? code}: ${errors}` }))
  })
}

async function filesBelow (folder: string | undefined): Promise<Record<string, string>> {
  if (folder === undefined) return {}
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter(entry => entry.isFile())
  const hashes = await Promise.all(files.map(async ({ parentPath, name }) => {
    const file = path.join(parentPath, name)
    return [path.relative(folder, file), createHash('sha256').update(await readFile(file)).digest('hex')] as const
  }))
  return Object.fromEntries(hashes.sort(([a], [b]) => a < b ? -1 : 1))
}
