/** All that the demo starts: a source of data, a registry, the service. A temporary folder holds it; it is closed in reverse order. */
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import pino from 'pino'
import { loadConfig, type Environment } from '../../config.ts'
import { openService, type Service } from '../../main.ts'
import { startRegistry } from '../../test/servers/registry.ts'
import { lineWriter } from '../line-writer.ts'
import { copies, type DemoAccount, harbour, orchard } from './plan.ts'
import { startSource } from './source.ts'

export interface World {
  readonly service: Pick<Service, 'url' | 'adminKey'>
  readonly sourceUrl: string
  /** The registry no longer knows the plugin. */
  deletePlugin (artefact: string): Promise<void>
  /** The registry no longer gives the plugin to the account. */
  forbidPlugin (artefact: string, account: DemoAccount): Promise<void>
  close (): Promise<void>
}

/** What the source accepts at /protected. */
export const sourceToken = 'demo-token'
const registrySecret = 'demo-registry-secret'
const examples = fileURLToPath(new URL('../../examples', import.meta.url))

/** Short limits, so that what never ends by itself is seen to end, and places for all runs at once. The rest is as it is by default. */
const settings = { RUN_CPU_SECONDS: '2', RUN_WALL_SECONDS: '30', RUN_HEAP_MB: '64', WORKER_CONCURRENCY: '10', WORKER_GRACE_PERIOD: '2000' }

/** Of `env` only the language and the level of the service's own log are taken over. */
export async function openWorld (env: Environment): Promise<World> {
  const closers: (() => Promise<void>)[] = []
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).reverse()) await closer()
  }
  try {
    return { ...await open(env, closers), close }
  } catch (error) {
    await close()
    throw error
  }
}

async function open (env: Environment, closers: (() => Promise<void>)[]): Promise<Omit<World, 'close'>> {
  const folder = await mkdtemp(path.join(tmpdir(), 'vivarium-demo-'))
  closers.push(() => rm(folder, { recursive: true, force: true }))
  const source = await startSource(sourceToken)
  closers.push(() => source.close())
  const registry = await startRegistry({ secret: registrySecret, artefacts: await artefacts() })
  closers.push(() => registry.close())
  const config = loadConfig({
    LOCALE: env.LOCALE,
    LOG_LEVEL: env.LOG_LEVEL ?? 'error',
    PORT: '0',
    HOST: '127.0.0.1',
    OBSERVER_ACTIVE: 'false',
    DATA_DIR: folder,
    PRIVATE_REGISTRY_URL: registry.url,
    SECRET_REGISTRY: registrySecret,
    EGRESS_ALLOW: source.host,
    ...settings
  })
  const service = await openService(config, { logger: pino({ level: config.LOG_LEVEL }, lineWriter(process.stderr)) })
  closers.push(() => service.close())
  return {
    service,
    sourceUrl: source.url,
    deletePlugin: artefact => registry.set(artefact, undefined),
    forbidPlugin: (artefact, account) => registry.set(artefact, { dir: hello, access: [orchard, harbour].filter(other => other !== account) })
  }
}

const hello = path.join(examples, 'hello')

/** Every folder of examples/ under its name, and the copies. */
async function artefacts (): Promise<Record<string, { readonly dir: string }>> {
  const folders = (await readdir(examples, { withFileTypes: true })).filter(entry => entry.isDirectory()).map(entry => entry.name)
  return {
    ...Object.fromEntries(folders.map(name => [name, { dir: path.join(examples, name) }])),
    ...Object.fromEntries(Object.values(copies).map(name => [name, { dir: hello }]))
  }
}
