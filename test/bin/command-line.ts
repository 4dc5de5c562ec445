/** The command line as an author calls it: a process of its own. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const entry = fileURLToPath(new URL('../../bin/vivarium.js', import.meta.url))

export interface Called {
  readonly child: ChildProcess
  /** All that it has written so far, both streams. */
  output (): string
  /** Resolves when the output matches; rejects when it has ended without. */
  until (pattern: RegExp): Promise<void>
  /** Answers the exit code. */
  readonly ended: Promise<number | null>
}

/** `env` is added to what the test itself has. */
export function vivarium (args: readonly string[], options: { readonly cwd?: string, readonly env?: Record<string, string>, readonly node?: string } = {}): Called {
  const { FORCE_COLOR, ...env } = process.env
  const child = spawn(options.node ?? process.execPath, [entry, ...args], { env: { ...env, ...options.env }, stdio: ['ignore', 'pipe', 'pipe'], ...(options.cwd === undefined ? {} : { cwd: options.cwd }) })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => { output += text })
  const ended = once(child, 'close').then(([code]: (number | null)[]) => code ?? null)
  return {
    child,
    output: () => output,
    ended,
    async until (pattern) {
      while (!pattern.test(output)) {
        const over = await Promise.race([once(child.stdout, 'data'), ended])
        if (!Array.isArray(over) && !pattern.test(output)) throw new Error(`${pattern} was expected, it ended with ${over}:\n${output}`)
      }
    }
  }
}
