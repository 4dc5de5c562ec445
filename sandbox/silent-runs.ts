/**
 * What runs use whose thread says nothing. A thread tells every 50 ms what its run uses (worker.ts), unless an operation of the host holds
 * it: a key that is derived, a file on a slow disk. The main thread of the cell, which never runs a plugin, tells it in its stead. Nobody
 * knows what one thread has used, so the run gets what the process has used since the thread was last heard, at most the time that has
 * passed: too much when others compute while it waits for a disk, and never too little.
 *
 * Pure: times are handed in, in milliseconds.
 */

/** A thread that has said nothing for so long is held. */
const SILENT_MS = 400

interface Heard { readonly at: number, readonly processCpuMs: number, readonly cpuMs: number }

export class SilentRuns {
  readonly #heard = new Map<string, Heard>()

  get size (): number { return this.#heard.size }

  /** A run begins with `cpuMs` 0; later its thread tells what it has used so far. */
  hear (run: string, heard: Heard): void {
    this.#heard.set(run, heard)
  }

  forget (run: string): void {
    this.#heard.delete(run)
  }

  /** What those have used that are silent. */
  look (at: number, processCpuMs: number): { readonly run: string, readonly cpuMs: number }[] {
    return [...this.#heard]
      .filter(([, heard]) => at - heard.at >= SILENT_MS)
      .map(([run, heard]) => ({ run, cpuMs: heard.cpuMs + Math.min(at - heard.at, processCpuMs - heard.processCpuMs) }))
  }
}
