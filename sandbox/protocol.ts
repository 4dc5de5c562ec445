/**
 * Every message that crosses a boundary of a run: isolate <-> thread <-> cell <-> runner. Types only.
 *
 *   isolate --GuestMessage--> thread --> cell --FromCell--> runner (brokers)
 *   isolate <--HostMessage--- thread <-- cell <--ToCell---- runner
 *
 * A GuestMessage is written by a plugin's isolate: the receiver trusts none of its fields (runner/brokers check each).
 * Bytes travel beside a message, never inside it: the `body` of a frame, an exact-size copy at the isolate's border.
 */

// --- one run -------------------------------------------------------------------------------------------------------

/** All that an isolate learns of its run. No field may hold anything that the plugin must not read. */
export interface Job {
  /** Which export of the plugin is called: run(context), or prepare({ processingConfig, secrets }); with `load` none, and the value tells which others there are. */
  readonly call: 'run' | 'prepare' | 'load'
  readonly processingId: string
  readonly processingTitle: string
  readonly processingConfig: Record<string, unknown>
  readonly pluginConfig: Record<string, unknown>
  readonly secrets: Record<string, string>
  /** Why the run exists. Absent: it is none. */
  readonly trigger?: { readonly type: 'manual' | 'webhook' | 'schedule', readonly body?: unknown }
  readonly debug: boolean
  /** Virtual paths: what the plugin sees as `dir` and `tmpDir`. */
  readonly dir: string
  readonly tmpDir: string
  /** Base of relative URLs of `context.axios`; empty when no data-fair is configured. */
  readonly dataFairUrl: string
  readonly plugin: { readonly artefact: string, readonly name: string, readonly version: string, readonly entry: string, readonly builtins: readonly string[], readonly async: boolean }
  readonly limits: JobLimits
}

/** The limits that the thread itself applies; the others belong to the runner (runner/limits.ts). */
export interface JobLimits {
  readonly heapMb: number
  readonly resultBytes: number
  /** Entries and bytes (UTF-16 units of msg and extra) that leave the isolate; the rest is dropped and counted. */
  readonly logEntries: number
  readonly logBytes: number
  /** One message, its text and extra together. */
  readonly logEntryBytes: number
  /** One message of the guest, JSON text and bytes together. */
  readonly messageBytes: number
  readonly timers: number
}

/** Where the files of a run lie on this machine, and what they may take. It travels beside the job, as far as the thread: no field of it may reach the isolate. */
export interface RunFolders {
  /** Holds `processing` (the persistent folder) and `tmp`, in which `run` is. */
  readonly root: string
  /** The package, for reading only. */
  readonly package: string
  readonly limits: { readonly bytes: number, readonly files: number, readonly open: number }
  /** What `processing` and `tmp` hold when the run begins. */
  readonly used: { readonly bytes: number, readonly files: number }
  /** Whether there are links of the plugin's among them (sandbox/file-paths.ts). */
  readonly links: boolean
}

/** How a run ended, seen from the sandbox. `value` is what run() or prepare() returned, as JSON gives it back. Positions are those of the bundle: the runner maps them to the plugin's files. */
export type RunResult =
  | { readonly ok: true, readonly value?: unknown }
  | { readonly ok: false, readonly error: RunError }

export type RunError =
  /** run() threw. */
  | { readonly code: 'plugin-error', readonly message: string, readonly name?: string, readonly stack?: string }
  /** run() threw something with an HTTP status. `shape` is the text for the log, `detail` the rest of the response, printed. */
  | { readonly code: 'http-error', readonly message: string, readonly detail?: string, readonly stack?: string }
  /** The bundle could not be evaluated, or its entry `noRun` exports no run(). */
  | { readonly code: 'plugin-invalid', readonly message: string, readonly noRun?: string, readonly stack?: string }
  | { readonly code: 'plugin-unsupported', readonly feature: string, readonly stack?: string }
  | { readonly code: 'no-result' }
  | { readonly code: 'result-too-large', readonly bytes: number }
  /** The plugin did not catch what the guest's own limits throw: a message that is too large, too many timers. */
  | { readonly code: 'message-limit' | 'timer-limit', readonly stack?: string }
  /** It did not catch that a limit of its files is reached: bytes, files, or files that are open. */
  | { readonly code: 'disk-limit', readonly what: 'bytes' | 'files' | 'open', readonly stack?: string }
  /** A message of the plugin is nested more than so many levels deep. */
  | { readonly code: 'message-too-deep', readonly limit: number }
  /** The runner could not hand the job over: its configuration and secrets together are too large. Never said by a cell. */
  | { readonly code: 'job-too-large', readonly bytes: number, readonly limitBytes: number }
  /** The heap of the isolate reached its limit. */
  | { readonly code: 'memory-limit' }
  /** The guest broke the rules of the bridge (a message that is too large, of a wrong type, too many timers). */
  | { readonly code: 'bridge-abuse', readonly message: string }
  /** The isolate was disposed because the runner asked for it (`abort`). */
  | { readonly code: 'aborted' }
  /** Our own fault. */
  | { readonly code: 'internal', readonly message: string }

export interface RunCounters {
  readonly cpuMs: number
  /** Absent: the heap was never seen, for the guest did not yield. */
  readonly heapPeakMb?: number
  /** Log entries that the thread dropped because of a limit. */
  readonly logDropped: number
  /** Milliseconds: job received -> isolate bound -> bundle loaded -> run() settled. */
  readonly openMs: number
  readonly loadMs: number
  readonly runMs: number
  /** What the files of the run take at its end, `dir` and `tmpDir` together, its own folders counted. Absent: it has no files. */
  readonly disk?: { readonly bytes: number, readonly files: number }
  /** Whether a spare isolate was waiting. */
  readonly spare: boolean
  /** The isolate was disposed of, yet something in it goes on: the cell must be killed. */
  readonly poisoned: boolean
  /** An operation of the run goes on to compute, bounded, on a thread of the cell: it must take no more runs. */
  readonly leftover?: boolean
}

// --- isolate -> runner ---------------------------------------------------------------------------------------------

export type GuestLogType = 'step' | 'info' | 'warning' | 'error' | 'debug' | 'task'

/** `http-retry`: `{ attempt, method, url }`, and why. */
export type GuestLogCode = 'http-retry'

export type GuestLogEntry =
  | {
    readonly type: GuestLogType
    readonly msg: string
    readonly date: number
    readonly extra?: unknown
    /** A line of the platform's own, which the runner words: `extra` and, as `message`, `msg` are the parameters of the text. */
    readonly code?: GuestLogCode
  }
  /** Progress of the first task entry with this `msg`. */
  | { readonly type: 'progress', readonly msg: string, readonly date: number, readonly progress: number, readonly total: number }

export interface GuestHttpRequest {
  readonly method: string
  readonly url: string
  readonly headers: readonly (readonly [string, string])[]
  /** Redirects that the caller wants followed: 0 hands the 3xx back. */
  readonly redirects: number
  readonly timeoutMs: number
  /** True for `context.axios`: only then does the broker add the credentials of data-fair. */
  readonly context: boolean
  /** True for Node's `http`: the caller's own Accept-Encoding is sent, and the body is not decoded. */
  readonly raw?: boolean
  /** Of a body that comes in pieces, when the caller knows it; without it the body is sent chunked. */
  readonly bodyLength?: number
}

export type GuestMessage =
  | { readonly op: 'log', readonly entries: readonly GuestLogEntry[] }
  /** The body of the message, if any, is the request's body. With `stream` the body follows in pieces, and cannot be sent again after a redirect. */
  | { readonly op: 'http', readonly id: number, readonly request: GuestHttpRequest, readonly stream?: boolean, readonly tooLarge?: number }
  /** The body of the message is a piece of the request's body: never more than `http-drain` has allowed. */
  | { readonly op: 'http-body', readonly id: number }
  | { readonly op: 'http-body-end', readonly id: number }
  /** The guest has consumed so many bytes of the response: back-pressure (the runner sends at most `httpWindowBytes` unacknowledged). */
  | { readonly op: 'http-ack', readonly id: number, readonly bytes: number }
  | { readonly op: 'http-cancel', readonly id: number }
  /**
   * A call with one answer. From the thread on a mail is the body of its message, as JSON: it is parsed when the runner has room for it.
   * `tooLarge`, here and in `http`: how long the text was that the thread has left out (sandbox/crossing.ts); the broker refuses it.
   */
  | { readonly op: 'call', readonly id: number, readonly method: 'patchConfig' | 'sendMail' | 'waitForJournal' | 'lookup', readonly args: readonly unknown[], readonly tooLarge?: number }

// --- runner -> isolate ---------------------------------------------------------------------------------------------

/** An error that a plugin sees: a stable code (`ECONNREFUSED`, `network-denied`…) and a sentence without host paths. */
export interface GuestError { readonly code: string, readonly message: string }

export type HostMessage =
  | { readonly op: 'http-head', readonly id: number, readonly status: number, readonly statusText: string, readonly headers: readonly (readonly [string, string])[], readonly url: string }
  /** The body of the message is a chunk of the response. */
  | { readonly op: 'http-data', readonly id: number }
  | { readonly op: 'http-end', readonly id: number }
  /** So many bytes more of the request's body may be sent. None before the first one: the request waits for its place and its connection. */
  | { readonly op: 'http-drain', readonly id: number, readonly bytes: number }
  | { readonly op: 'http-error', readonly id: number, readonly error: GuestError }
  | { readonly op: 'reply', readonly id: number, readonly value: unknown }
  | { readonly op: 'reply-error', readonly id: number, readonly error: GuestError }

// --- isolate <-> thread only ---------------------------------------------------------------------------------------

/** What an isolate may send: `send(JSON text, bytes?)`. */
export type FromIsolate =
  | GuestMessage
  | { readonly op: 'timer', readonly id: number, readonly ms: number }
  | { readonly op: 'timer-clear', readonly id: number }
  /** An operation of the thread (sandbox/host-ops.ts) with one answer: `reply`, with bytes beside it, or `reply-error`. */
  | { readonly op: 'host', readonly id: number, readonly name: string, readonly args: unknown }
  /** The bundle has been evaluated, run() is about to be called. `stop`: the plugin exports stop(). */
  | { readonly op: 'loaded', readonly stop?: boolean }
  /** run() (or prepare(), or the load) has ended. Everything after it is ignored. */
  | { readonly op: 'settled', readonly result: RunResult }

/** What an isolate is sent: `deliver(JSON text, bytes?)`. */
export type ToIsolate =
  | HostMessage
  /** Keeps the job and waits for the bundle, which calls the hook `__vivarium_define` once (sandbox/guest/loader.ts). */
  | { readonly op: 'job', readonly job: Job }
  | { readonly op: 'stop' }
  | { readonly op: 'timers', readonly ids: readonly number[] }
  /** A promise was rejected and nobody handles it. */
  | { readonly op: 'rejected', readonly error: { readonly name: string, readonly message: string, readonly stack?: string } }

/** Synchronous calls of an isolate: `sync(JSON text, bytes?)` answers a string, or bytes; never throws. */
export type SyncCall =
  /** `bytes` of entropy, at most 65,536. */
  | { readonly op: 'random', readonly bytes: number }
  /** Text of the bytes in any encoding that Node's TextDecoder knows; answers JSON `{ text }` or `{ error }`. */
  | { readonly op: 'decode', readonly label: string, readonly fatal: boolean, readonly ignoreBOM: boolean }
  /** An operation of the thread (sandbox/host-ops.ts): answers bytes, or JSON `{ value }` or `{ error }`. */
  | { readonly op: 'host', readonly name: string, readonly args: unknown }

// --- runner <-> cell (frames on fd 3, sandbox/frames.ts) -----------------------------------------------------------

export type ToCell =
  /** The body is the bundle. */
  | { readonly t: 'run', readonly run: string, readonly job: Job, readonly folders?: RunFolders }
  | { readonly t: 'host', readonly run: string, readonly message: HostMessage }
  /** Call the plugin's stop(). */
  | { readonly t: 'stop', readonly run: string }
  /** Dispose of the isolate. If no `done` follows in time the runner kills the cell. */
  | { readonly t: 'abort', readonly run: string }
  | { readonly t: 'ping', readonly n: number }

export type FromCell =
  /** The pool's first thread has opened a spare isolate. */
  | { readonly t: 'ready' }
  | { readonly t: 'pong', readonly n: number }
  | { readonly t: 'guest', readonly run: string, readonly message: GuestMessage }
  | { readonly t: 'loaded', readonly run: string, readonly stop: boolean }
  /** What the run has used so far; sent every 50 ms while it lasts. `heapMb` is the peak; absent as long as the heap was not seen. */
  | { readonly t: 'stats', readonly run: string, readonly cpuMs: number, readonly heapMb?: number }
  | { readonly t: 'done', readonly run: string, readonly result: RunResult, readonly counters: RunCounters }
  /** The cell itself is broken; it ends after this. */
  | { readonly t: 'fatal', readonly message: string }

// --- cell main thread <-> pool thread ------------------------------------------------------------------------------

/** What Piscina hands to sandbox/worker.ts. */
export interface ThreadTask {
  readonly job: Job
  /** Absent: the run has no files. */
  readonly folders: RunFolders | undefined
  readonly bundle: Uint8Array
  /** Of sandbox/credit.ts. */
  readonly credit: SharedArrayBuffer
  /** Carries ToThread in and FromThread out while the task lasts. */
  readonly port: import('node:worker_threads').MessagePort
}

export type ToThread =
  | { readonly t: 'host', readonly message: HostMessage, readonly body?: Uint8Array }
  | { readonly t: 'stop' }
  | { readonly t: 'abort' }

export type FromThread =
  | { readonly t: 'guest', readonly message: GuestMessage, readonly body?: Uint8Array }
  | { readonly t: 'loaded', readonly stop: boolean }
  | { readonly t: 'stats', readonly cpuMs: number, readonly heapMb?: number }

export interface ThreadResult { readonly result: RunResult, readonly counters: RunCounters }
