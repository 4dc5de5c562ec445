/** `process`: what programs ask of it. Nothing of the real process is in it. */
import { theJob } from '../job.ts'
import { writeLine } from '../log.ts'
import { parts } from '../parts.ts'
import { define, isError } from '../primordials.ts'
import { nextTick } from '../turns.ts'
import { refusal } from '../unsupported.ts'
import { elapsedMs, hrtime, hrtimeBigint } from './clock.ts'

/** Facts about the Node that the prelude was built with: see prelude.ts. */
declare const VIVARIUM_NODE: { readonly version: string, readonly versions: Record<string, string>, readonly arch: string }

export function createProcess (): object {
  const process = {
    title: 'node',
    version: VIVARIUM_NODE.version,
    versions: { ...VIVARIUM_NODE.versions },
    arch: VIVARIUM_NODE.arch,
    platform: 'linux',
    release: { name: 'node' },
    env: {},
    argv: ['node', '/plugin'],
    argv0: 'node',
    execArgv: [],
    execPath: '/node',
    pid: 1,
    ppid: 0,
    exitCode: undefined,
    features: {},
    config: {},
    stdout: stream(1),
    stderr: stream(2),
    cwd: () => theJob().dir,
    nextTick,
    uptime: () => elapsedMs() / 1_000,
    umask: () => 0o22,
    hrtime: Object.assign(hrtime, { bigint: hrtimeBigint }),
    memoryUsage: Object.assign(() => ({ rss: 0, heapTotal: 0, heapUsed: 0, external: 0, arrayBuffers: 0 }), { rss: () => 0 }),
    emitWarning,
    getuid: () => 1000,
    getgid: () => 1000,
    ...emitter(),
    ...refusals('exit', 'reallyExit', 'abort', 'kill', 'chdir', 'dlopen', 'setuid', 'setgid')
  }
  define(process, Symbol.toStringTag, 'process')
  return process
}

/** Listeners are taken and never called: a run has no exit, no signals and no uncaughtException of its own. */
function emitter (): Record<string, unknown> {
  const itself = function (this: unknown): unknown { return this }
  const names = ['on', 'once', 'off', 'addListener', 'removeListener', 'removeAllListeners', 'prependListener', 'prependOnceListener', 'setMaxListeners']
  return { ...Object.fromEntries(names.map(name => [name, itself])), emit: () => false, listeners: () => [], listenerCount: () => 0, eventNames: () => [], getMaxListeners: () => 10 }
}

function refusals (...names: string[]): Record<string, unknown> {
  return Object.fromEntries(names.map(name => [name, refusal(`process.${name}`)]))
}

function stream (fd: 1 | 2): object {
  let held = ''
  return {
    isTTY: false,
    columns: 80,
    fd,
    writable: true,
    /** A log entry for each whole line. */
    write (chunk: unknown, encoding?: unknown, callback?: unknown): boolean {
      held += typeof chunk === 'string' ? chunk : ArrayBuffer.isView(chunk) ? parts.encoding().decodeView(chunk) : `${chunk}`
      const lines = held.split('\n')
      held = (lines.pop() ?? '').slice(-65_536)
      for (const line of lines) writeLine('debug', line)
      const done = typeof encoding === 'function' ? encoding : callback
      if (typeof done === 'function') nextTick(done as () => void)
      return true
    },
    end () { return this },
    on () { return this },
    once () { return this },
    off () { return this },
    removeListener () { return this },
    emit: () => false
  }
}

/** A line of type debug: a deprecation is the author's business, not the reader's. */
function emitWarning (warning: unknown, options?: unknown): void {
  const name = typeof options === 'string' ? options : typeof options === 'object' && options !== null && 'type' in options ? `${options.type}` : 'Warning'
  writeLine('debug', isError(warning) ? `${warning.name}: ${warning.message}` : `${name}: ${warning}`)
}
