/** One thread that checks one configuration at a time, and is ended by the clock or by the limit of its heap. */
import { Worker } from 'node:worker_threads'
import type { CheckTask, ThreadAnswer, ThreadMessage } from './types.ts'

export const HEAP_MB = 64
const YOUNG_MB = 8
const STACK_MB = 4
/** A thread is there after 100 ms; a machine that is busy takes longer. */
const START_MS = 20_000

export type ThreadResult =
  | { readonly kind: 'answered', readonly answer: ThreadAnswer }
  /** The thread is gone. `first`: what it had found before. */
  | { readonly kind: 'ended', readonly by: 'time' | 'memory', readonly first?: ThreadAnswer }

export class CheckThread {
  readonly #worker: Worker
  readonly #ready: Promise<void>
  #listener: ((message: ThreadMessage) => void) | undefined
  #failed: ((error: Error) => void) | undefined
  #lost: Error | undefined

  constructor () {
    this.#worker = new Worker(new URL('./worker.ts', import.meta.url), {
      env: {},
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB, maxYoungGenerationSizeMb: YOUNG_MB, stackSizeMb: STACK_MB }
    })
    this.#worker.on('message', (message: ThreadMessage) => this.#listener?.(message))
    this.#worker.on('error', error => this.#fail(error instanceof Error ? error : new Error(String(error))))
    this.#worker.on('exit', () => this.#fail(new Error('the thread that checks configurations has ended')))
    this.#ready = this.#start()
    this.#ready.catch(() => {}) // told to whoever asks for a check
    this.#worker.unref() // an idle thread keeps no process alive
  }

  /** The next task needs another thread. */
  get lost (): boolean {
    return this.#lost !== undefined
  }

  /** `limitMs` counts from the moment when the thread is ready. Rejects when it cannot be started. */
  async run (task: CheckTask, limitMs: number): Promise<ThreadResult> {
    this.#worker.ref()
    try {
      await this.#ready
      return await this.#perform(task, limitMs)
    } finally {
      this.#worker.unref()
      this.#listener = undefined
      this.#failed = undefined
    }
  }

  async end (): Promise<void> {
    this.#lost ??= new Error('the thread that checks configurations was closed')
    await this.#worker.terminate()
  }

  async #start (): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const timer = setTimeout(() => {
      reject(new Error(`the thread that checks configurations did not start within ${START_MS} ms`))
      this.end().catch(() => {}) // there is nothing more to end
    }, START_MS).unref()
    this.#listener = () => resolve()
    this.#failed = reject
    try {
      await promise
    } finally {
      clearTimeout(timer)
    }
  }

  async #perform (task: CheckTask, limitMs: number): Promise<ThreadResult> {
    if (this.#lost !== undefined) throw this.#lost
    const { promise, resolve, reject } = Promise.withResolvers<ThreadResult>()
    let first: ThreadAnswer | undefined
    const ended = (by: 'time' | 'memory'): void => resolve({ kind: 'ended', by, ...(first === undefined ? {} : { first }) })
    this.#listener = message => {
      if (message.op === 'first') first = message.answer
      if (message.op === 'done') resolve({ kind: 'answered', answer: message.answer })
    }
    this.#failed = error => 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? ended('memory') : reject(error)
    // An answer that has arrived while this thread was busy is read before the clock.
    const timer = setTimeout(() => setImmediate(() => ended('time')), limitMs)
    this.#worker.postMessage(task)
    const result = await promise.finally(() => clearTimeout(timer))
    if (result.kind === 'ended') await this.end()
    return result
  }

  #fail (error: Error): void {
    this.#lost ??= error
    this.#failed?.(error)
  }
}
