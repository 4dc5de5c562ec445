/** The threads that touch a stranger's bytes. Each task has a time limit; a thread that passes it is ended and replaced. */
import { Piscina } from 'piscina'
import type { Answer, BuildJob, BuildTask, TaskValues } from './build-tasks.ts'

const HEAP_MB = 512
/** Tasks that may wait for a thread. */
const MAX_WAITING = 1000
const IDLE_MS = 30_000

export interface BuildPoolOptions {
  readonly threads: number
}

export class BuildPool {
  readonly #pool: Piscina
  readonly #running = new Set<Int32Array>()
  readonly #waiting: (() => void)[] = []
  #free: number
  #closed = false

  constructor (options: BuildPoolOptions) {
    this.#free = options.threads
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

  /** Never rejects. `limitMs` counts from the moment when a thread is free. */
  async run<T extends BuildTask> (task: T, limitMs: number): Promise<Answer<TaskValues[T['job']]>> {
    if (this.#closed || this.#waiting.length >= MAX_WAITING) return unavailable(this.#closed ? 'the cache is closed' : 'too many plugins are being prepared')
    if (this.#free === 0) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    else this.#free--
    const shared = new SharedArrayBuffer(4)
    const processId = new Int32Array(shared)
    this.#running.add(processId)
    const timeout = AbortSignal.timeout(limitMs)
    try {
      if (this.#closed) return unavailable('the cache is closed')
      return await this.#pool.run({ task, processId: shared } satisfies BuildJob, { signal: timeout })
    } catch (error) {
      return timeout.aborted ? tooSlow(task.job, limitMs) : broken(task.job, error)
    } finally {
      end(processId)
      this.#running.delete(processId)
      this.#hand()
    }
  }

  /** Ends the threads, and the esbuild processes of the tasks that were running. */
  async close (): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#pool.destroy()
    for (const processId of this.#running) end(processId)
  }

  #hand (): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#free++
    else next()
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
  return { ok: false, failure: { code: job === 'bundle' ? 'plugin-invalid' : 'plugin-refused', reason: `${DOING[job]} takes longer than ${limitMs / 1000} s`, lasting: false } }
}

function broken (job: BuildTask['job'], error: unknown): Answer<never> {
  if ((error as { code?: unknown }).code === 'ERR_WORKER_OUT_OF_MEMORY') {
    return { ok: false, failure: { code: job === 'bundle' ? 'plugin-invalid' : 'plugin-refused', reason: `${DOING[job]} takes more than ${HEAP_MB} MB of memory`, lasting: true } }
  }
  return unavailable('the plugin could not be prepared', String(error))
}

const DOING = { extract: 'unpacking it', copy: 'copying it', bundle: 'bundling it', digest: 'reading it' } as const

function unavailable (reason: string, detail?: string): Answer<never> {
  return { ok: false, failure: { code: 'registry-unavailable', reason, detail, lasting: false } }
}
