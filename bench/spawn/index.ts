/**
 * The other way: one process of Node for each run, with the environment of its parent, as data-fair/processings does it, without its waits of
 * two seconds between two looks at the database. To its favour: the task is one bundled file without types to strip, plugins need no cache,
 * a run is triggered by a call instead of over HTTP, the database is SQLite in the same file system, and there are neither limits nor receipts.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { nanoid } from 'nanoid'
import { openSqliteStore } from '../../store/sqlite/index.ts'
import { accountOf } from '../accounts.ts'
import { PLUGINS_DIR } from '../service/index.ts'
import type { Account, Store } from '../../store/types.ts'

interface SpawnedRun {
  readonly runId: string
  readonly child: ChildProcess
  /** Resolves when the parent is told of the first line. */
  readonly firstLine: Promise<void>
  /** Resolves when the run is finished in the database. Rejects when the process failed. */
  readonly finished: Promise<void>
}

export interface Spawner {
  readonly store: Store
  /** Answers the id of a processing. */
  create(plugin: string, config?: Record<string, unknown>): Promise<string>
  /** Inserts a run and spawns its process. */
  start(processingId: string): Promise<SpawnedRun>
  close(): Promise<void>
}

const RUNNER = 'spawner'
const RETENTION = 500

export async function openSpawner (): Promise<Spawner> {
  const dir = await mkdtemp(path.join(tmpdir(), 'vivarium-bench-spawn-'))
  const task = path.join(dir, 'task.mjs')
  await bundleTask(task)
  const file = path.join(dir, 'spawn.db')
  const store = openSqliteStore({ file })
  const owner = accountOf('spawn')
  return {
    store,
    async create (plugin, config = {}) {
      const now = { id: owner.id, name: owner.name, date: new Date().toISOString() }
      const processing = { _id: nanoid(), title: plugin, owner, plugin, scheduling: [], active: true, config, webhookKey: nanoid(), created: now, updated: now }
      await store.processings.insert(processing)
      return processing._id
    },
    async start (processingId) {
      const { runId, attempt } = await claimNew(store, owner, processingId)
      const child = spawn(process.execPath, ['--no-warnings', task, file, runId, PLUGINS_DIR], { env: process.env, stdio: ['ignore', 'pipe', 'inherit'] })
      const firstLine = new Promise<void>(resolve => child.stdout.once('data', () => resolve()))
      const finished = new Promise<number | null>(resolve => child.once('close', resolve)).then(async code => {
        if (code !== 0) throw new Error(`the process of a run was expected to end with 0, it ended with ${code}`)
        await store.runs.finish(runId, attempt, { status: 'finished', finishedAt: new Date().toISOString(), outcome: { code: 'finished', message: 'finished' } })
        await store.runs.retain(processingId, RETENTION)
      })
      return { runId, child, firstLine, finished }
    },
    async close () {
      await store.close()
      await rm(dir, { recursive: true, force: true })
    }
  }
}

async function claimNew (store: Store, owner: Account, processingId: string): Promise<{ runId: string, attempt: number }> {
  const runId = nanoid()
  const now = new Date().toISOString()
  await store.runs.replacePending({ _id: runId, owner, processing: { _id: processingId, title: '' }, status: 'triggered', createdAt: now, scheduledAt: now })
  const run = await store.runs.claim(runId, RUNNER, now)
  if (run === undefined) throw new Error(`run ${runId}, just inserted, was expected to be due`)
  return { runId, attempt: run.attempt }
}

async function bundleTask (outfile: string): Promise<void> {
  await build({
    entryPoints: [fileURLToPath(new URL('task.ts', import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node26',
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)" }, // packages inside are CommonJS
    logLevel: 'silent'
  })
}
