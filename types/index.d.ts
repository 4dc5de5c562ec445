/**
 * Types for the authors of plugins: `import type { ProcessingContext } from 'vivarium'`. docs/plugins.md says how each member behaves.
 * Types are removed from a plugin before it runs, so that this package is a development dependency only.
 */
import type { AxiosInstance } from 'axios'

/** What `run` is given: one object for the whole run. */
export interface ProcessingContext<Config = Record<string, unknown>> {
  /** The configuration that a person has saved; `patchConfig` changes this very object too. */
  processingConfig: Config
  /** Empty; kept for older plugins. */
  pluginConfig: Record<string, unknown>
  /** In clear. */
  secrets: Record<string, string>
  /** Why there is this run: a person, a webhook, the schedule; `body` is the JSON object that came with the request, if there was one. */
  trigger: { type: 'manual' | 'webhook' | 'schedule', body?: unknown }
  processingId: string
  /** Folder that outlives the run, and the working directory. */
  dir: string
  /** Folder of this run alone. */
  tmpDir: string
  log: Log
  /** Relative addresses go to data-fair, with the platform's key. */
  axios: AxiosInstance
  ws: Journal
  /** Takes what nodemailer takes; answers what it answers. */
  sendMail (message: Mail): Promise<unknown>
  /** Merges the fields of `patch` into the configuration, at the top level, at hand and in what is stored. */
  patchConfig (patch: Partial<Config> & Record<string, unknown>): Promise<void>
}

/** Lines of the run's log. They need not be awaited: the order is kept. `extra` may be any value. */
export interface Log {
  /** The heading of a new section. */
  step (msg: string): Promise<void>
  info (msg: string, extra?: unknown): Promise<void>
  warning (msg: string, extra?: unknown): Promise<void>
  /** @deprecated the older name of `warning` */
  warn (msg: string, extra?: unknown): Promise<void>
  /** Does not end the run: throw for that. */
  error (msg: string, extra?: unknown): Promise<void>
  /** Kept only while the processing is in debug mode. */
  debug (msg: string, extra?: unknown): Promise<void>
  /** A progress bar. */
  task (msg: string): Promise<void>
  /** Moves the bar of the task with the same `msg`. */
  progress (msg: string, progress: number, total: number): Promise<void>
}

export interface Journal {
  /** Resolves with the event; rejects when the dataset's journal tells an error, or after `timeoutMs` (default 300,000). */
  waitForJournal (datasetId: string, eventType: string, timeoutMs?: number): Promise<JournalEvent>
}

export interface JournalEvent {
  type: string
  date?: string
  data?: unknown
  [field: string]: unknown
}

/** The usual fields of a mail; nodemailer knows more. */
export interface Mail {
  from?: string
  to?: string | string[]
  subject?: string
  text?: string
  html?: string
  attachments?: { filename?: string, content?: string | Uint8Array, contentType?: string }[]
  [field: string]: unknown
}

/** What `run` may answer; nothing is the usual answer. */
export interface RunResult {
  /** Deletes the run and its log once it has ended well. */
  deleteOnComplete?: boolean
}

export type Run<Config = Record<string, unknown>> = (context: ProcessingContext<Config>) => Promise<RunResult | void>

/** Called in the module that runs when somebody stops the run: let it set a flag that `run` looks at. */
export type Stop = () => Promise<void>

export interface PrepareContext<Config = Record<string, unknown>> {
  processingConfig: Config
  secrets: Record<string, string>
}

/** Called each time the configuration is saved, before it is stored; has 5 s, and neither network nor other effects. */
export type Prepare<Config = Record<string, unknown>> = (context: PrepareContext<Config>) => Promise<{ processingConfig?: Config, secrets?: Record<string, string> } | void>
