/** The service under test, in a process of its own, and what a client of it needs. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { openSqliteStore } from '../../store/sqlite/index.ts'
import { ServiceClient } from './client.ts'
import type { Store } from '../../store/types.ts'
import type { ServiceAddress } from './process.ts'

export interface BenchService {
  readonly client: ServiceClient
  /** The service's database, opened a second time: what is read here is durable. */
  readonly store: Store
  readonly pid: number
  close(): Promise<void>
}

export const PLUGINS_DIR = fileURLToPath(new URL('../plugins', import.meta.url))
export const CPU_LIMIT_SECONDS = 1

/** What differs from the defaults: cells for all owners of the bench at once, and a limit of CPU that is soon reached. Printed with the table. */
export const SETTINGS = { CELL_MAX: '24', RUN_CPU_SECONDS: String(CPU_LIMIT_SECONDS), OBSERVER_ACTIVE: 'false' }

export async function openBenchService (options: { readonly profile?: string, readonly settings?: Readonly<Record<string, string>> } = {}): Promise<BenchService> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'vivarium-bench-'))
  const child = fork(fileURLToPath(new URL('process.ts', import.meta.url)), {
    execArgv: options.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${path.resolve(options.profile)}`],
    env: { PATH: process.env.PATH, PORT: '0', HOST: '127.0.0.1', DATA_DIR: dataDir, PLUGINS_DIR, ...SETTINGS, ...options.settings }
  })
  const ended = once(child, 'exit')
  const [address] = await Promise.race([
    once(child, 'message') as Promise<[ServiceAddress]>, // process.ts sends nothing else
    ended.then(([code]) => { throw new Error(`the service was expected to start, it ended with code ${code}`) })
  ])
  const client = new ServiceClient(address)
  const store = openSqliteStore({ file: path.join(dataDir, 'vivarium.db') })
  return {
    client,
    store,
    pid: child.pid as number, // it has answered
    async close () {
      await client.close()
      await store.close()
      child.disconnect()
      await ended
      await rm(dataDir, { recursive: true, force: true })
    }
  }
}
