/** The API as the bench uses it: kept connections, no more work for the client than there must be. */
import { Pool } from 'undici'
import { readEvents } from '../../bin/follow/event-stream.ts'
import type { Account, Run } from '../../store/types.ts'
import type { ServiceAddress } from './process.ts'

/** Milliseconds after the trigger was sent. */
export interface Timed {
  readonly runId: string
  readonly firstLineMs: number
  readonly finishedMs: number
}

const CONNECTIONS = 16

export class ServiceClient {
  readonly #pool: Pool
  readonly #key: string

  constructor ({ url, adminKey }: ServiceAddress) {
    this.#pool = new Pool(url, { connections: CONNECTIONS, keepAliveTimeout: 60_000 })
    this.#key = adminKey
  }

  /** An active processing; answers its id. */
  async create (plugin: string, owner: Account, config: Record<string, unknown> = {}): Promise<string> {
    const { _id } = await this.#call('POST', '/api/v1/processings', owner, { title: plugin, plugin, active: true, config }) as { _id: string } // the API's promise
    return _id
  }

  /** Answers the id of the run. */
  async trigger (processingId: string, owner: Account): Promise<string> {
    const { _id } = await this.#call('POST', `/api/v1/processings/${processingId}/_trigger`, owner) as { _id: string } // see above
    return _id
  }

  async kill (runId: string, owner: Account): Promise<void> {
    await this.#call('POST', `/api/v1/runs/${runId}/_kill`, owner)
  }

  async run (runId: string, owner: Account): Promise<Run> {
    return await this.#call('GET', `/api/v1/runs/${runId}`, owner) as Run // see above
  }

  /** Triggers a run and reads its live log until its end, as a person's browser does. Throws when it did not finish well. */
  async follow (processingId: string, owner: Account): Promise<Timed> {
    const start = performance.now()
    const runId = await this.trigger(processingId, owner)
    let firstLineMs = NaN
    for await (const { event, data } of this.#events(runId, owner)) {
      if (event === 'log' && Number.isNaN(firstLineMs)) firstLineMs = performance.now() - start
      if (event !== 'status' || !/"status":"(finished|error|killed)"/.test(data)) continue
      const finishedMs = performance.now() - start
      if (!data.includes('"status":"finished"')) throw new Error(`a run of ${owner.id} was expected to finish: ${data}`)
      return { runId, firstLineMs, finishedMs }
    }
    throw new Error(`the log of run ${runId} ended before the run`)
  }

  /** Resolves when the run's first line has come. */
  async firstLine (runId: string, owner: Account): Promise<void> {
    for await (const { event } of this.#events(runId, owner)) {
      if (event === 'log') return
    }
  }

  /** Resolves when the run has ended, well or not. Moments are those of performance.now() when the client was told. */
  async ended (runId: string, owner: Account): Promise<{ readonly run: Run, readonly firstLineAt: number, readonly endedAt: number }> {
    let firstLineAt = NaN
    for await (const { event } of this.#events(runId, owner)) {
      if (event === 'log' && Number.isNaN(firstLineAt)) firstLineAt = performance.now()
      if (event === 'end') break
    }
    const endedAt = performance.now()
    return { run: await this.run(runId, owner), firstLineAt, endedAt }
  }

  async close (): Promise<void> {
    await this.#pool.destroy()
  }

  async * #events (runId: string, owner: Account) {
    const { statusCode, body } = await this.#pool.request({ method: 'GET', path: `/api/v1/runs/${runId}/log/stream`, headers: this.#headers(owner) })
    if (statusCode !== 200) throw new Error(`the log of run ${runId} was wanted: ${statusCode} ${await body.text()}`)
    yield * readEvents(body)
  }

  async #call (method: 'GET' | 'POST', path: string, owner: Account, body?: unknown): Promise<unknown> {
    const answer = await this.#pool.request({
      method,
      path,
      headers: body === undefined ? this.#headers(owner) : { ...this.#headers(owner), 'content-type': 'application/json' },
      body: body === undefined ? null : JSON.stringify(body)
    })
    if (answer.statusCode !== 200) throw new Error(`${method} ${path}: ${answer.statusCode} ${await answer.body.text()}`)
    return await answer.body.json()
  }

  #headers (owner: Account): Record<string, string> {
    return { authorization: `Bearer ${this.#key}`, 'x-account': JSON.stringify(owner) }
  }
}
