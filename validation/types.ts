/** What is asked of the check of a configuration, and what it answers. Everything here crosses a thread as it is. */
export interface Sentence { readonly en: string, readonly fr: string }

export interface ConfigFault {
  /** JSON pointer into the configuration; empty for the whole. */
  readonly path: string
  /** What is wrong with the value, without its place: `must be string`. */
  readonly message: Sentence
  /** Of the keyword that is not met, as Ajv has them. */
  readonly params: Readonly<Record<string, unknown>>
}

export type ConfigCheck =
  | { readonly kind: 'valid' }
  /** At most 50 faults, at least one. */
  | { readonly kind: 'invalid', readonly faults: readonly ConfigFault[] }
  /** The plugin's author has to repair the schema. */
  | { readonly kind: 'bad-schema', readonly reason: Sentence }
  /** The schema asks for more time or memory than a check may take: the plugin's author has to make it simpler. */
  | { readonly kind: 'too-costly', readonly reason: Sentence }
  /** Too many checks wait; the same one may pass in a moment. */
  | { readonly kind: 'busy' }

export interface ConfigChecks {
  /**
   * `integrity` names the content of the plugin that the schema belongs to. Neither schema nor configuration is changed.
   * Rejects only when the platform cannot check at all (no thread can be started, or `close` was called).
   */
  check(integrity: string, schema: Readonly<Record<string, unknown>>, config: Readonly<Record<string, unknown>>): Promise<ConfigCheck>
  /** Ends the threads. Closing twice is harmless. */
  close(): Promise<void>
}

/** To a thread: both texts are JSON. */
export interface CheckTask {
  readonly integrity: string
  readonly schema: string
  readonly config: string
  /** False: the first fault is enough. */
  readonly listAll: boolean
}

/** From a thread: `ready` once, then for each task possibly one `first`, and one `done`. */
export type ThreadMessage =
  | { readonly op: 'ready' }
  /** The first fault, told before all of them are looked for, which may be too much. */
  | { readonly op: 'first', readonly answer: ThreadAnswer }
  | { readonly op: 'done', readonly answer: ThreadAnswer }

export type ThreadAnswer = Extract<ConfigCheck, { readonly kind: 'valid' | 'invalid' | 'bad-schema' }>
