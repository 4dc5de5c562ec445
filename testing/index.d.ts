import type { ProcessingContext } from '../types/index.d.ts'

/** Where the data-fair of a test is; both may be left out by a plugin that does not speak to it. */
export interface TestConfig {
  dataFairUrl?: string
  dataFairAPIKey?: string
}

export interface LogLine {
  type: 'step' | 'info' | 'warning' | 'error' | 'debug' | 'task' | 'progress'
  msg: string
  extra?: unknown
  progress?: number
  total?: number
}

export interface TestContext<Config = Record<string, unknown>> extends ProcessingContext<Config> {
  log: ProcessingContext['log'] & {
    /** Lines of the test itself. */
    testInfo (msg: string, extra?: unknown): void
    testDebug (msg: string, extra?: unknown): void
  }
  ws: ProcessingContext['ws'] & {
    subscribe (channel: string, force?: boolean, timeoutMs?: number): Promise<void>
    /** Resolves with the data of the first message of the channel that `filter` accepts. */
    waitFor (channel: string, filter?: (data: any) => boolean, timeoutMs?: number): Promise<any>
  }
  /** What the plugin wrote, in order. */
  readonly lines: LogLine[]
  /** The mails that it wanted to send: none is sent. */
  readonly mails: unknown[]
  /** Closes the connection to data-fair, deletes the dataset that the plugin has created (if it patched its configuration to `update` it), and the folders that were made for the test. */
  cleanup (): Promise<void>
}

/**
 * The context that a plugin's `run` is given, in plain Node: for tests. The same call as `@data-fair/processings-test-utils`.
 *
 * @param initial what the plugin is to find: `processingConfig`, `pluginConfig`, `secrets`, `trigger`, `processingId`, `dir`, `tmpDir`; folders that are left out are made
 * @param debug whether `log.debug` is printed
 * @param testDebug whether `log.testDebug` is printed
 */
export function context<Config = Record<string, unknown>> (
  initial?: Partial<Omit<ProcessingContext<Config>, 'log' | 'axios' | 'ws' | 'sendMail' | 'patchConfig'>>,
  config?: TestConfig,
  debug?: boolean,
  testDebug?: boolean
): TestContext<Config>

declare const testing: { context: typeof context }
export default testing
