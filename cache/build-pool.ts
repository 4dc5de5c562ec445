/** The threads that touch a stranger's bytes. Each task has a time limit; a thread that passes it is ended and replaced. */
import { Piscina } from 'piscina'
import { decodeAnswer } from './build-answers.ts'
import { BuildQueue } from './build-queue.ts'
import type { Answer, BuildJob, BuildTask, TaskValues } from './build-tasks.ts'
import { reason, type Reason } from './reasons.ts'

const HEAP_MB = 512
/** Tasks that may wait for a thread: of all owners, and of one. */
const MAX_WAITING = 1000
const MAX_WAITING_OF_OWNER = 100
const IDLE_MS = 30_000

export interface BuildPoolOptions {
  readonly threads: number
}

export class BuildPool {
  readonly #pool: Piscina
  readonly #running = new Set<Int32Array>()
  readonly #queue: BuildQueue
  #closed = false

  constructor (options: BuildPoolOptions) {
    this.#queue = new BuildQueue({ threads: options.threads, waiting: MAX_WAITING, waitingOfOwner: MAX_WAITING_OF_OWNER })
    this.#pool = new Piscina({
      filename: new URL('./build-worker.ts', import.meta.url).href,
      minThreads: 0,
      maxThreads: options.threads,
      idleTimeout: IDLE_MS,
      concurrentTasksPerWorker: 1,
      atomics: 'disabled',
      env: {},
      execArgv: ['--disable-warning=ExperimentalWarning'], // stripTypeScriptTypes: it is what Node itself runs TypeScript with
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB }
    })
    // Without a listener, the error of a thread that has no task ends the process. Its next task starts a new thread.
    this.#pool.on('error', () => {})
  }

  /** Never rejects. `limitMs` counts from the moment when a thread is free. `owner`: whose turn it takes (build-queue.ts). */
  async run<T extends BuildTask> (task: T, limitMs: number, owner = ''): Promise<Answer<TaskValues[T['job']]>> {
    if (this.#closed) return unavailable(reason('closed'))
    if (!await this.#queue.take(owner)) return unavailable(reason('too-many-builds'))
    const shared = new SharedArrayBuffer(4)
    const processId = new Int32Array(shared)
    this.#running.add(processId)
    const timeout = AbortSignal.timeout(limitMs)
    try {
      if (this.#closed) return unavailable(reason('closed'))
      return decodeAnswer(await this.#pool.run({ task, processId: shared } satisfies BuildJob, { signal: timeout }))
    } catch (error) {
      if (this.#closed) return unavailable(reason('closed'))
      return timeout.aborted ? tooSlow(task.job, limitMs) : broken(task.job, error)
    } finally {
      end(processId)
      this.#running.delete(processId)
      this.#queue.giveBack(owner)
    }
  }

  /** Ends the threads, and the esbuild processes of the tasks that were running. */
  async close (): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#pool.destroy()
    for (const processId of this.#running) end(processId)
  }
}

/** The process of a thread that was ended in the middle of its task: nobody else ends it. */
function end (processId: Int32Array): void {
  const pid = Atomics.load(processId, 0)
  if (pid === 0) return
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}

function tooSlow (job: BuildTask['job'], limitMs: number): Answer<never> {
  return { ok: false, failure: { code: job === 'bundle' ? 'plugin-invalid' : 'plugin-refused', reason: reason(TOO_SLOW[job], { limitMs }), lasting: false } }
}

function broken (job: BuildTask['job'], error: unknown): Answer<never> {
  if ((error as { code?: unknown }).code === 'ERR_WORKER_OUT_OF_MEMORY') {
    return { ok: false, failure: { code: job === 'bundle' ? 'plugin-invalid' : 'plugin-refused', reason: reason(TOO_LARGE[job], { limit: HEAP_MB * 1024 * 1024 }), lasting: true } }
  }
  return { ok: false, failure: { code: 'internal', reason: reason('not-prepared'), detail: String(error), lasting: false } }
}

const TOO_SLOW = { extract: 'unpack-slow', copy: 'copy-slow', bundle: 'bundle-slow', digest: 'read-slow' } as const
const TOO_LARGE = { extract: 'unpack-memory', copy: 'copy-memory', bundle: 'bundle-memory', digest: 'read-memory' } as const

function unavailable (why: Reason): Answer<never> {
  return { ok: false, failure: { code: 'registry-unavailable', reason: why, lasting: false } }
}
