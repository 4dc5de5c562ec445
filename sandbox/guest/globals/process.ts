/** `process`: what programs ask of it. Nothing of the real process is in it. */
import { chdir, cwd } from '../cwd.ts'
import { theJob } from '../job.ts'
import { writeLine } from '../log.ts'
import { parts } from '../parts.ts'
import { define, isError } from '../primordials.ts'
import { insteadOf } from '../node/instead.ts'
import { nextTick } from '../turns.ts'
import { refusal, unsupported } from '../unsupported.ts'
import { elapsedMs, hrtime, hrtimeBigint } from './clock.ts'
import { lazily } from './lazily.ts'
import { emitterMethods } from './process-events.ts'

/** Facts about the Node that the prelude was built with: see prelude.ts. */
declare const VIVARIUM_NODE: { readonly version: string, readonly versions: Record<string, string>, readonly arch: string }

export function createProcess (): object {
  const process = {
    title: 'node',
    version: VIVARIUM_NODE.version,
    versions: { ...VIVARIUM_NODE.versions },
    arch: VIVARIUM_NODE.arch,
    platform: 'linux',
    release: { name: 'node', lts: false },
    env: {},
    argv: ['node', '/plugin'],
    argv0: 'node',
    execArgv: [],
    execPath: '/node',
    pid: 1,
    ppid: 0,
    debugPort: 9229,
    exitCode: undefined,
    exiting: false,
    features: { inspector: false, debug: false, uv: true, ipv6: true, tls: true, typescript: false, require_module: true },
    config: { target_defaults: {}, variables: {} },
    allowedNodeEnvironmentFlags: new Set(),
    moduleLoadList: [],
    sourceMapsEnabled: false,
    cwd,
    nextTick,
    uptime: () => elapsedMs() / 1_000,
    umask: () => 0o22,
    hrtime: Object.assign(hrtime, { bigint: hrtimeBigint }),
    memoryUsage: Object.assign(() => ({ rss: 0, heapTotal: 0, heapUsed: 0, external: 0, arrayBuffers: 0 }), { rss: () => 0 }),
    cpuUsage: () => ({ user: elapsedMs() * 1_000, system: 0 }),
    resourceUsage: () => ({ userCPUTime: elapsedMs() * 1_000, systemCPUTime: 0, maxRSS: 0, fsRead: 0, fsWrite: 0 }),
    availableMemory: () => theJob().limits.heapMb * 1_048_576,
    constrainedMemory: () => theJob().limits.heapMb * 1_048_576,
    getActiveResourcesInfo: () => [],
    getBuiltinModule: (name: unknown) => parts.builtins().isBuiltin(name) ? parts.builtins().load(name) : undefined,
    emitWarning,
    getuid: () => 1000,
    geteuid: () => 1000,
    getgid: () => 1000,
    getegid: () => 1000,
    getgroups: () => [1000],
    hasUncaughtExceptionCaptureCallback: () => false,
    setSourceMapsEnabled: () => {},
    assert: (condition: unknown, message: unknown = 'assertion error') => { if (!condition) throw new Error(`${message as string}`) },
    ref: () => {},
    unref: () => {},
    binding,
    exit: refusal('process.exit', 'return from run(), or throw an error'),
    chdir,
    ...emitterMethods(),
    ...refusals('reallyExit', 'abort', 'kill', 'dlopen', 'setuid', 'setgid', 'seteuid', 'setegid', 'setgroups', 'initgroups', 'loadEnvFile', 'execve', 'setUncaughtExceptionCaptureCallback')
  }
  lazily(process, 'stdout', () => parts.stdio().createOutput(1), true)
  lazily(process, 'stderr', () => parts.stdio().createOutput(2), true)
  lazily(process, 'stdin', () => parts.stdio().createInput(), true)
  define(process, Symbol.toStringTag, 'process')
  return process
}

/** `process.env` as the plugin has made it: it begins empty. */
export function guestEnvironment (): Record<string, string | undefined> {
  return Reflect.get(Reflect.get(globalThis, 'process') as object, 'env') as Record<string, string | undefined>
}

function refusals (...names: string[]): Record<string, unknown> {
  return Object.fromEntries(names.map(name => [name, refusal(`process.${name}`, insteadOf('process', name))]))
}

/** Programs that try it expect to be refused. */
function binding (name: unknown): never {
  throw Object.assign(unsupported('process.binding'), { message: `No such module: ${name as string}` })
}

/** A line of type debug: a deprecation is the author's business, not the reader's. Listeners of `warning` are told. */
function emitWarning (warning: unknown, options?: unknown, code?: unknown): void {
  const given = typeof options === 'object' && options !== null ? options as { type?: unknown, code?: unknown } : { type: options, code }
  const name = typeof given.type === 'string' ? given.type : 'Warning'
  writeLine('debug', isError(warning) ? `${warning.name}: ${warning.message}` : `${name}: ${warning}`)
  const error = isError(warning) ? warning : Object.assign(new Error(`${warning as string}`), { name }, given.code === undefined ? {} : { code: given.code })
  nextTick(() => { (Reflect.get(globalThis, 'process') as NodeJS.Process).emit('warning', error) })
}
