/** The limits of one run, as data: what each bounds, its default, and the configuration key that changes it. */
import type { JobLimits } from '../sandbox/protocol.ts'

export interface RunLimits {
  readonly cpuMs: number
  readonly wallMs: number
  readonly heapMb: number
  readonly cellMemoryMb: number
  readonly resultBytes: number
  readonly logEntries: number
  readonly logBytes: number
  readonly logEntryBytes: number
  readonly messageBytes: number
  readonly timers: number
  readonly httpRequests: number
  readonly httpConcurrent: number
  readonly httpBytesIn: number
  readonly httpBytesOut: number
  readonly diskBytes: number
  readonly diskFiles: number
  readonly openFiles: number
  readonly mails: number
  readonly mailBytes: number
}

export interface LimitRow {
  readonly name: keyof RunLimits
  readonly key: `RUN_${string}`
  /** Unit of the configuration value. */
  readonly unit: 'seconds' | 'MB' | 'bytes' | 'count'
  /** In the unit of the configuration value. */
  readonly default: number
  readonly min: number
  readonly max: number
  readonly meaning: string
  /** Code of the text that a person reads when it is reached (runner/outcome-texts.ts). */
  readonly code: string
  /**
   * What an override may do (run-limits.ts). `lower`: the channel of a cell is made for the configured value, and takes no more.
   * `never`: it is of the process, which all runs of an owner share. @default 'any'
   */
  readonly override?: 'any' | 'lower' | 'never'
}

const KB = 1024
const MB = 1024 * KB

export const RUN_LIMITS: readonly LimitRow[] = [
  { name: 'cpuMs', key: 'RUN_CPU_SECONDS', unit: 'seconds', default: 300, min: 1, max: 86_400, code: 'cpu-limit', meaning: 'computing time of a run: what its isolate spends on a core, waiting not counted' },
  { name: 'wallMs', key: 'RUN_WALL_SECONDS', unit: 'seconds', default: 3_600, min: 1, max: 604_800, code: 'wall-limit', meaning: 'duration of a run, from its hand-over to a process of its owner to its end: loading the plugin counts' },
  { name: 'heapMb', key: 'RUN_HEAP_MB', unit: 'MB', default: 256, min: 16, max: 16_384, code: 'memory-limit', meaning: 'JavaScript heap of the isolate of a run' },
  { name: 'cellMemoryMb', key: 'RUN_CELL_MEMORY_MB', unit: 'MB', default: 1_024, min: 128, max: 65_536, code: 'cell-memory', override: 'never', meaning: 'memory of the process that isolates a run: also what the heap limit does not see (buffers, Intl, WebAssembly)' },
  { name: 'resultBytes', key: 'RUN_RESULT_BYTES', unit: 'bytes', default: MB, min: KB, max: 64 * MB, code: 'result-too-large', override: 'lower', meaning: 'what run() returns, as JSON' },
  { name: 'logEntries', key: 'RUN_LOG_ENTRIES', unit: 'count', default: 10_000, min: 10, max: 1_000_000, code: 'log-limit', meaning: 'entries that a plugin may write to the log of a run; the rest is counted, not kept' },
  { name: 'logBytes', key: 'RUN_LOG_BYTES', unit: 'bytes', default: 10 * MB, min: 64 * KB, max: 1_024 * MB, code: 'log-limit', meaning: 'size of all entries of a plugin in the log of a run; the rest is counted, not kept' },
  { name: 'logEntryBytes', key: 'RUN_LOG_ENTRY_BYTES', unit: 'bytes', default: 64 * KB, min: KB, max: 4 * MB, code: 'log-limit', override: 'lower', meaning: 'one log entry, text and extra together: a longer text is cut, a larger extra is left out' },
  { name: 'messageBytes', key: 'RUN_MESSAGE_BYTES', unit: 'bytes', default: 16 * MB, min: 256 * KB, max: 256 * MB, code: 'message-limit', override: 'lower', meaning: 'one message from a plugin to the platform: a mail, a patch of the configuration' },
  { name: 'timers', key: 'RUN_TIMERS', unit: 'count', default: 10_000, min: 10, max: 1_000_000, code: 'timer-limit', meaning: 'timers of a run that wait at the same time' },
  { name: 'httpRequests', key: 'RUN_HTTP_REQUESTS', unit: 'count', default: 10_000, min: 1, max: 1_000_000_000, code: 'network-limit', meaning: 'HTTP requests of a run in all' },
  { name: 'httpConcurrent', key: 'RUN_HTTP_CONCURRENT', unit: 'count', default: 16, min: 1, max: 1_024, code: 'network-limit', meaning: 'HTTP requests of a run at the same time' },
  { name: 'httpBytesIn', key: 'RUN_HTTP_BYTES_IN', unit: 'bytes', default: 1_024 * MB, min: KB, max: 1_024 * 1_024 * MB, code: 'network-limit', meaning: 'what a run may receive over HTTP' },
  { name: 'httpBytesOut', key: 'RUN_HTTP_BYTES_OUT', unit: 'bytes', default: 1_024 * MB, min: KB, max: 1_024 * 1_024 * MB, code: 'network-limit', meaning: 'what a run may send over HTTP' },
  { name: 'diskBytes', key: 'RUN_DISK_BYTES', unit: 'bytes', default: 1_024 * MB, min: 4 * KB, max: 1_024 * 1_024 * MB, code: 'disk-limit', meaning: 'content of the files of a run, those of dir and tmpDir together' },
  { name: 'diskFiles', key: 'RUN_DISK_FILES', unit: 'count', default: 10_000, min: 1, max: 10_000_000, code: 'disk-limit', meaning: 'files and folders of a run, those in dir and tmpDir together' },
  { name: 'openFiles', key: 'RUN_OPEN_FILES', unit: 'count', default: 512, min: 1, max: 65_536, code: 'open-files', meaning: 'files that a run has open at the same time' },
  { name: 'mails', key: 'RUN_MAILS', unit: 'count', default: 100, min: 1, max: 100_000, code: 'mail-limit', meaning: 'mails of a run, those that were refused included' },
  { name: 'mailBytes', key: 'RUN_MAIL_BYTES', unit: 'bytes', default: 10 * MB, min: KB, max: 64 * MB, code: 'mail-limit', meaning: 'one mail, its attachments included' }
]

/**
 * The limits from configuration values by key, each in the unit of its row; a key that is absent keeps its default.
 * Throws `RangeError` for a value outside the range of its row.
 */
export function toRunLimits (values: Readonly<Record<string, unknown>> = {}): RunLimits {
  const pairs = RUN_LIMITS.map(row => [row.name, toRunUnit(row, values[row.key] ?? row.default)])
  return Object.freeze(Object.fromEntries(pairs)) as RunLimits // the table has one row for each name: a test checks it
}

/** The part that the sandbox itself applies. */
export function toJobLimits (limits: RunLimits): JobLimits {
  const { heapMb, resultBytes, logEntries, logBytes, logEntryBytes, messageBytes, timers } = limits
  return { heapMb, resultBytes, logEntries, logBytes, logEntryBytes, messageBytes, timers }
}

/** The configuration key of a limit: what the text for a person names. */
export function keyOf (name: keyof RunLimits): string {
  return (RUN_LIMITS.find(row => row.name === name) as LimitRow).key // one row for each name
}

function toRunUnit (row: LimitRow, value: unknown): number {
  if (typeof value !== 'number' || !(value >= row.min && value <= row.max)) {
    throw new RangeError(`${row.key} must be a number (${row.unit}) from ${row.min} to ${row.max}, found ${String(value)}`)
  }
  return value * perUnit(row)
}

/** How many of the units of `RunLimits` one of the configuration value is. */
export function perUnit ({ unit }: LimitRow): number {
  return unit === 'seconds' ? 1000 : 1
}
