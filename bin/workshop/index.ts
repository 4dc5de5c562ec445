/**
 * Where an author's plugin is tried: the whole service in a temporary folder, with the plugin as its registry would serve it. What runs is
 * what runs in production: cache, cells, isolates, brokers.
 */
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rename, rm, stat, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import pino from 'pino'
import { loadConfig, type Environment } from '../../config.ts'
import { openService, type Service, type ServiceOptions } from '../../main.ts'
import { createCipher } from '../../runner/cipher.ts'
import { openSqliteStore } from '../../store/sqlite/index.ts'
import type { Account } from '../../store/types.ts'
import { Client } from '../follow/client.ts'
import { lineWriter } from '../line-writer.ts'
import { artefactOf, stage, type Staged } from './stage.ts'

export class NoPluginError extends Error {
  override readonly name = 'NoPluginError'
}

export interface WorkshopOptions {
  /** A folder or a `.tgz`. */
  readonly plugin: string
  /** Configuration keys of the service; what an author's environment may set goes below them. */
  readonly settings?: Environment
  readonly env: Environment
  readonly trace?: ServiceOptions['trace']
}

export interface Workshop {
  /** Of the super-admin: only he sees debug lines. */
  readonly client: Client
  readonly load: Service['load']
  readonly account: Account
  /** Artefact id of the plugin. */
  readonly artefact: string
  /** Takes the plugin's folder as it is now; `only`: these files of it. Undefined for a `.tgz`, which is served as it is. */
  restage (only?: ReadonlySet<string>): Promise<Staged | undefined>
  /** Serves one more plugin, of this folder. */
  serve (artefact: string, folder: string): Promise<void>
  /** Gives a processing secrets, as its prepare() would have. */
  setSecrets (processingId: string, secrets: Readonly<Record<string, string>>): Promise<void>
  close (): Promise<void>
}

const author: Account = { type: 'user', id: 'author', name: 'Author' }
/** What of the author's environment reaches the service: limits, and where things are; nothing of a service that may run beside. */
const TAKEN_OVER = /^(?:RUN_|CELL_|PLUGIN_(?!S_DIR)|DATA_FAIR_|PRIVATE_DATA_FAIR_URL$|GET_FROM_PRIVATE_|MAILS_TRANSPORT$|EGRESS_ALLOW$|LOCALE$|LOG_LEVEL$)/

/** Throws `NoPluginError` when there is no such plugin, `ConfigError` for settings that cannot be used, and what `openService` throws. */
export async function openWorkshop (options: WorkshopOptions): Promise<Workshop> {
  const closers: (() => Promise<void>)[] = []
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).reverse()) await closer()
  }
  try {
    return { ...await open(options, closers), close }
  } catch (error) {
    await close()
    throw error
  }
}

async function open ({ plugin, settings = {}, env, trace }: WorkshopOptions, closers: (() => Promise<void>)[]): Promise<Omit<Workshop, 'close'>> {
  const source = path.resolve(plugin)
  const isFolder = await checkPlugin(source, plugin)
  const artefact = await artefactOf(source)

  const folder = await mkdtemp(path.join(tmpdir(), 'vivarium-workshop-'))
  closers.push(async () => await rm(folder, { recursive: true, force: true }))
  const plugins = path.join(folder, 'plugins')
  const stages = path.join(folder, 'stages')
  await Promise.all([mkdir(plugins), mkdir(stages)])
  if (!isFolder) await symlink(source, path.join(plugins, `${artefact}.tgz`))

  const password = randomBytes(32).toString('base64url')
  const config = loadConfig({
    LOG_LEVEL: 'error',
    ...Object.fromEntries(Object.entries(env).filter(([name]) => TAKEN_OVER.test(name))),
    PORT: '0',
    HOST: '127.0.0.1',
    OBSERVER_ACTIVE: 'false',
    DATA_DIR: path.join(folder, 'data'),
    PLUGINS_DIR: plugins,
    CIPHER_PASSWORD: password,
    CELL_THREADS: '1',
    ...settings
  })
  const service = await openService(config, { logger: pino({ level: config.LOG_LEVEL }, lineWriter(process.stderr)), ...(trace === undefined ? {} : { trace }) })
  closers.push(async () => await service.close())

  let count = 0
  const serve = async (id: string, dir: string): Promise<void> => {
    const link = path.join(stages, `link-${++count}`)
    await symlink(path.resolve(dir), link)
    await rename(link, path.join(plugins, id))
  }
  const cipher = createCipher({ password, old: [] })
  return {
    client: new Client(service.url, service.adminKey),
    load: service.load,
    account: author,
    artefact,
    serve,
    async restage (only) {
      if (!isFolder) return undefined
      const to = path.join(stages, `${++count}`)
      const staged = await stage(source, to, only)
      await serve(artefact, to)
      return staged
    },
    async setSecrets (processingId, secrets) {
      // As one more process of the service: the API stores no secrets that did not come out of a prepare().
      const store = openSqliteStore({ file: path.join(folder, 'data', 'vivarium.db') })
      try {
        await store.processings.patch(processingId, { secrets: Object.fromEntries(Object.entries(secrets).map(([name, text]) => [name, cipher.seal(text)])) })
      } finally {
        await store.close()
      }
    }
  }
}

/** Answers whether it is a folder. */
async function checkPlugin (source: string, plugin: string): Promise<boolean> {
  const stats = await stat(source).catch(() => undefined) // absent, or not readable for us
  if (stats === undefined) throw new NoPluginError(`A plugin's folder or .tgz was wanted, there is no ${plugin}.`)
  if (stats.isDirectory()) return true
  if (stats.isFile() && /\.(?:tgz|tar\.gz)$/.test(plugin)) return false
  throw new NoPluginError(`A plugin's folder or .tgz was wanted, ${plugin} is neither.`)
}
