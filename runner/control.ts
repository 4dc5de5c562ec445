/** Who may end a run besides itself, and what that means at each moment of its life. */
import type { OutcomeFacts } from './outcome.ts'
import type { EndCause, Supervised } from './supervise.ts'

/**
 * A person kills, or the runner stops: the plugin's stop() is called and the grace period begins; then the run is ended by force.
 * A plugin without stop() cannot obey: a kill ends it at once, a stop of the runner lets it use the grace period.
 */
export class Control {
  readonly #graceMs: number
  #supervised: Supervised | undefined
  #hasStop: boolean | undefined
  #kill = false
  #forced = false
  #shutdown = false
  readonly #ended = new AbortController()
  #asked = false
  #cause: EndCause | undefined
  #grace: NodeJS.Timeout | undefined

  constructor (graceMs: number) {
    this.#graceMs = graceMs
  }

  /** The end was asked for before anything of the plugin ran. */
  get endBeforeStart (): boolean {
    return this.#kill || this.#shutdown || this.#cause !== undefined
  }

  /** Aborted as soon as the end is asked for: what waits for the run to begin gives up. */
  get signal (): AbortSignal {
    return this.#ended.signal
  }

  kill (): void {
    if (this.#kill) return
    this.#kill = true
    this.#ended.abort()
    this.#begin()
  }

  shutdown (): void {
    if (this.#shutdown || this.#kill) return
    this.#shutdown = true
    this.#ended.abort()
    this.#begin()
  }

  /** The platform cannot go on with the run. */
  end (cause: EndCause): void {
    this.#cause ??= cause
    this.#ended.abort()
    this.#supervised?.end(cause)
  }

  attach (supervised: Supervised): void {
    this.#supervised = supervised
    if (this.#cause !== undefined) supervised.end(this.#cause)
    else if (this.#kill || this.#shutdown) this.#begin()
  }

  /** The bundle is loaded and run() is called. */
  loaded (stop: boolean): void {
    this.#hasStop = stop
  }

  detach (): void {
    clearTimeout(this.#grace)
    this.#supervised = undefined
  }

  facts (): Pick<OutcomeFacts, 'kill' | 'graceMs' | 'stopping'> {
    return {
      ...(this.#kill ? { kill: this.#forced ? 'forced' as const : 'cooperative' as const, graceMs: this.#graceMs } : {}),
      ...(this.#shutdown ? { stopping: this.#asked ? 'asked' as const : 'waited' as const } : {})
    }
  }

  #begin (): void {
    const supervised = this.#supervised
    if (supervised === undefined) return // `endBeforeStart`, or `attach`
    if (this.#hasStop === true && !this.#asked) {
      this.#asked = true
      supervised.run.stop()
    }
    if (this.#kill && this.#hasStop !== true) return supervised.end('forced-kill')
    this.#grace ??= setTimeout(() => {
      this.#forced = this.#kill
      supervised.end(this.#kill ? 'forced-kill' : 'stopping')
    }, this.#graceMs)
  }
}
