/** The HTTP API as anybody uses it: a key, an account, JSON. */
import type { Account, LogEntry, OutcomeRecord, Processing, Receipt, Run } from '../../store/types.ts'
import { readEvents, type StreamEvent } from './event-stream.ts'

/** GET /runs/:id embeds the log. */
export interface EndedRun extends Omit<Run, 'outcome' | 'receipt'> {
  readonly outcome?: OutcomeRecord
  readonly receipt?: Receipt
  readonly log: readonly LogEntry[]
}

/** The API has refused something. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number
  /** Where in the plugin's files, when it is the plugin that failed. */
  readonly position?: string
  readonly frame?: string

  /** `text`: the body, of `application/problem+json` or of any other kind. */
  constructor (status: number, text: string) {
    const { detail, position, frame, errors } = parseProblem(text)
    const faults = errors?.map(({ path, message }) => `${path === undefined || path === '' ? 'it' : path} ${message}`)
    super(detail ?? (faults === undefined ? text : `The configuration does not fit the schema of the plugin: ${faults.join('; ')}.`))
    this.status = status
    this.position = position
    this.frame = frame
  }
}

interface ProblemBody {
  readonly detail?: string
  readonly position?: string
  readonly frame?: string
  readonly errors?: readonly { readonly path?: string, readonly message: string }[]
}

/** Shapes of api/errors.ts. */
function parseProblem (text: string): ProblemBody {
  try {
    return JSON.parse(text) as ProblemBody
  } catch {
    return {}
  }
}

export class Client {
  readonly #url: string
  readonly #headers: Readonly<Record<string, string>>

  /** Acts as the administrator of `account`; without one, as the super-admin. */
  constructor (url: string, key: string, account?: Account) {
    this.#url = url
    this.#headers = { authorization: `Bearer ${key}`, ...(account === undefined ? {} : { 'x-account': JSON.stringify(account) }), accept: 'application/json' }
  }

  createProcessing (fields: Pick<Processing, 'title' | 'plugin' | 'config' | 'active' | 'debug'> & Partial<Pick<Processing, 'owner'>>): Promise<Processing> {
    return this.#call('POST', 'processings', fields)
  }

  patchProcessing (id: string, fields: Pick<Processing, 'config' | 'active'>): Promise<Processing> {
    return this.#call('PATCH', `processings/${id}`, fields)
  }

  processing (id: string): Promise<Processing> {
    return this.#call('GET', `processings/${id}`)
  }

  trigger (processingId: string): Promise<Run> {
    return this.#call('POST', `processings/${processingId}/_trigger`)
  }

  run (runId: string): Promise<EndedRun> {
    return this.#call('GET', `runs/${runId}`)
  }

  async kill (runId: string): Promise<void> {
    await this.#call('POST', `runs/${runId}/_kill`)
  }

  /** The events of a run's log until the service ends the stream. Throws when `signal` is aborted. */
  async * followLog (runId: string, signal: AbortSignal): AsyncGenerator<StreamEvent> {
    const response = await fetch(`${this.#url}/api/v1/runs/${runId}/log/stream`, { headers: { ...this.#headers, accept: 'text/event-stream' }, signal })
    if (!response.ok || response.body === null) throw new Error(`the log of run ${runId} was wanted, found status ${response.status}: ${await response.text()}`)
    yield * readEvents(response.body)
  }

  /** The shape of an answer is the API's promise (docs/architecture.md): it is not checked again here. */
  async #call<T> (method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${this.#url}/api/v1/${path}`, {
      method,
      headers: body === undefined ? this.#headers : { ...this.#headers, 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body)
    })
    if (!response.ok) throw new ApiError(response.status, await response.text())
    return await response.json() as T
  }
}
