/** A whole service for a test: embedded defaults in a folder of its own, on a free port, used over HTTP as a user would. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import pino from 'pino'
import { loadConfig } from '../../config.ts'
import { openService } from '../../main.ts'

export interface TestAccount { readonly type: 'user' | 'organization', readonly id: string, readonly name: string }

interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The body as JSON; throws when it is none. */
  readonly json: any
}

export interface TestService {
  readonly url: string
  readonly dataDir: string
  readonly adminKey: string
  /** Calls the API; as the super-admin, or as the admin of an account. */
  call(method: string, path: string, options?: { body?: unknown, as?: TestAccount, headers?: Record<string, string> }): Promise<Answer>
  /** An active processing; answers its id. */
  create(plugin: string, options?: { as?: TestAccount, config?: Record<string, unknown>, more?: Record<string, unknown> }): Promise<string>
  /** Triggers and waits for the end; answers the run with its log. */
  run(processingId: string, as?: TestAccount): Promise<any>
  ended(runId: string, timeoutMs?: number): Promise<any>
  close(): Promise<void>
}

export const ALICE: TestAccount = { type: 'user', id: 'alice', name: 'Alice' }
export const BOB: TestAccount = { type: 'organization', id: 'bobs', name: 'Bob and sons' }

export async function openTestService (env: Record<string, string> = {}): Promise<TestService> {
  const dataDir = env.DATA_DIR ?? await mkdtemp(path.join(tmpdir(), 'vivarium-test-'))
  const config = loadConfig({ PORT: '0', HOST: '127.0.0.1', DATA_DIR: dataDir, OBSERVER_ACTIVE: 'false', WORKER_GRACE_PERIOD: '1000', ...env })
  const service = await openService(config, { logger: pino({ level: process.env.TEST_LOG_LEVEL ?? 'silent' }) })
  return client(service.url, service.adminKey, dataDir, async () => {
    await service.close()
    if (env.DATA_DIR === undefined) await rm(dataDir, { recursive: true, force: true })
  })
}

/** A client of a service that runs elsewhere. */
export function client (url: string, adminKey: string, dataDir: string, close: () => Promise<void>): TestService {
  const call: TestService['call'] = async (method, target, { body, as, headers = {} } = {}) => {
    const response = await fetch(url + target, {
      method,
      headers: {
        authorization: `Bearer ${adminKey}`,
        ...(as === undefined ? {} : { 'x-account': JSON.stringify(as) }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) })
    })
    const text = await response.text()
    return { status: response.status, headers: response.headers, text, get json () { return JSON.parse(text) } }
  }
  const ended: TestService['ended'] = async (runId, timeoutMs = 30_000) => {
    const until = performance.now() + timeoutMs
    for (;;) {
      const { json } = await call('GET', `/api/v1/runs/${runId}`)
      if (['finished', 'error', 'killed'].includes(json.status)) return json
      if (performance.now() > until) throw new Error(`the run has not ended within ${timeoutMs} ms: ${JSON.stringify(json).slice(0, 2_000)}`)
      await wait(25)
    }
  }
  return {
    url,
    dataDir,
    adminKey,
    call,
    ended,
    async create (plugin, { as = ALICE, config = {}, more = {} } = {}) {
      const answer = await call('POST', '/api/v1/processings', { as, body: { title: plugin, plugin, active: true, config, ...more } })
      assert.equal(answer.status, 200, answer.text)
      return answer.json._id
    },
    async run (processingId, as = ALICE) {
      const answer = await call('POST', `/api/v1/processings/${processingId}/_trigger`, { as })
      assert.equal(answer.status, 200, answer.text)
      return await ended(answer.json._id)
    },
    close
  }
}
