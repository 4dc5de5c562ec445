/** The API on a free port of this machine, over a real store in a temporary folder; runs are played by the tests. */
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import pino from 'pino'
import { createApp, type ApiDeps, type ApiOptions } from '../../api/index.ts'
import { createBus } from '../../runner/bus.ts'
import { createCipher, type Cipher } from '../../runner/cipher.ts'
import { createLocalQueue } from '../../runner/queue/local.ts'
import { createTriggers } from '../../runner/triggers.ts'
import type { Bus } from '../../runner/types.ts'
import { createConfigChecks } from '../../validation/index.ts'
import { openSqliteStore } from '../../store/sqlite/index.ts'
import type { Run, Store } from '../../store/types.ts'
import { assertConforms } from './conformity.ts'
import { folderPlugins, type FolderPlugins } from './folder-plugins.ts'

export const ADMIN_KEY = 'test-admin-key'
export const ada = { type: 'user', id: 'ada', name: 'Ada' } as const
export const blue = { type: 'organization', id: 'blue', name: 'Blue' } as const
export const red = { type: 'organization', id: 'red', name: 'Red' } as const

/** Undefined: the super-admin himself. */
export type Caller = { readonly type: string, readonly id: string, readonly name?: string, readonly department?: string } | undefined

interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The tests assert what is in it; whatever is missing fails there. */
  readonly json: any
}

export interface Service {
  readonly url: string
  readonly store: Store
  readonly databaseFile: string
  readonly bus: Bus
  readonly cipher: Cipher
  readonly plugins: FolderPlugins
  readonly server: Server
  readonly closing: AbortController
  readonly removed: string[]
  /** What was logged, as text. */
  log (): string
  /** Whatever comes back is held against the document of the API. */
  call (method: string, path: string, options?: { readonly as?: Caller, readonly body?: unknown, readonly headers?: Record<string, string> }): Promise<Answer>
  /** Creates a processing of `takes-anything` and answers it. */
  processing (as: Caller, fields?: Record<string, unknown>): Promise<Answer['json']>
  /** Plays the runner: claims the waiting run of a processing. */
  claim (processingId: string): Promise<Run>
  finish (run: Run): Promise<void>
  close (): Promise<void>
}

interface ServiceDeps extends Partial<Pick<ApiDeps, 'directory' | 'prepare'>> {
  /** How long the store waits for another process. */
  readonly busyTimeoutMs?: number
}

export async function openService (options: Partial<ApiOptions> = {}, { busyTimeoutMs, ...deps }: ServiceDeps = {}): Promise<Service> {
  const dir = await mkdtemp(join(tmpdir(), 'vivarium-api-'))
  const databaseFile = join(dir, 'store.sqlite')
  const store = openSqliteStore({ file: databaseFile, ...(busyTimeoutMs === undefined ? {} : { busyTimeoutMs }) })
  const bus = createBus()
  const queue = createLocalQueue()
  const plugins = folderPlugins()
  const cipher = createCipher({ password: 'test password' })
  const closing = new AbortController()
  const configChecks = createConfigChecks()
  const removed: string[] = []
  const lines: string[] = []
  const logger = pino({ level: 'debug' }, new Writable({ write (chunk, _encoding, done) { lines.push(String(chunk)); done() } }))
  const app = createApp({
    store,
    bus,
    cipher,
    logger,
    cache: plugins.cache,
    prepare: plugins.prepare,
    configChecks,
    triggers: createTriggers({ store, queue, bus, locale: 'en' }),
    adminKey: ADMIN_KEY,
    ...deps,
    health: () => ({ cells: 0 }),
    removeFiles: async id => { removed.push(id) },
    closing: closing.signal,
    options: { locale: 'en', ...options }
  })
  const server = createServer(app.callback()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}` // a TCP server has a port
  const service: Service = {
    url,
    store,
    databaseFile,
    bus,
    cipher,
    plugins,
    server,
    closing,
    removed,
    log: () => lines.join(''),
    async call (method, path, { as, body, headers = {} } = {}) {
      const answer = await request(url + path, method, {
        authorization: `Bearer ${ADMIN_KEY}`,
        ...(as === undefined ? {} : { 'x-account': JSON.stringify(as) }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers
      }, typeof body === 'string' || body === undefined ? body : JSON.stringify(body))
      const { status, text } = answer
      assertConforms({ method, path, status, text, type: answer.headers.get('content-type') ?? '', ...(typeof body === 'object' ? { sent: body } : {}) })
      return answer
    },
    async processing (as, fields = {}) {
      const answer = await service.call('POST', '/api/v1/processings', { as, body: { title: 'A title', plugin: 'takes-anything', ...fields } })
      if (answer.status !== 200) throw new Error(`${answer.status} ${answer.text}`)
      return answer.json
    },
    async claim (processingId) {
      const [run] = (await store.runs.list({ processings: [processingId] }, { size: 1, skip: 0, sort: [['createdAt', -1]] })).results
      const claimed = await store.runs.claim(run?._id ?? '', 'test-runner', new Date(Date.now() + 60_000).toISOString())
      if (claimed === undefined) throw new Error('nothing to claim')
      bus.publish(`run:${claimed._id}`)
      return claimed
    },
    async finish (run) {
      await store.runs.finish(run._id, run.attempt, { status: 'finished', finishedAt: new Date().toISOString(), outcome: { code: 'finished', params: {}, message: 'The run is finished', adminDetail: 'on cell 7' } })
      bus.publish(`run:${run._id}`)
    },
    async close () {
      closing.abort()
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
      await configChecks.close()
      await queue.close()
      await store.close()
      await rm(dir, { recursive: true })
    }
  }
  return service
}

async function request (url: string, method: string, headers: Record<string, string>, body?: string): Promise<Answer> {
  const kept = Object.entries(headers).filter(([, value]) => value !== '')
  const response = await fetch(url, { method, headers: kept as [string, string][], ...(body === undefined ? {} : { body }) })
  const text = await response.text()
  const isJson = /\bjson\b/.test(response.headers.get('content-type') ?? '')
  return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : undefined }
}
