/**
 * From the job to run(): the hook that the plugin's script calls, the module, its exports.
 *
 * The thread evaluates `__vivarium_define(function (exports, require, module, __filename, __dirname) { …bundle… })`, or an async function
 * when the bundle awaits at its top level. The hook serves once.
 */
import type { Job } from '../protocol.ts'
import { createContext } from './context.ts'
import { acceptJob, theJob } from './job.ts'
import { post } from './link.ts'
import { writeLine } from './log.ts'
import { parts } from './parts.ts'
import { apply, define, deleteProperty } from './primordials.ts'
import { withoutRun } from './run-error.ts'
import { hasSettled, settleLoaded, settleThrown, settleValue, settleWithError } from './settle.ts'
import { enter } from './turns.ts'

const HOOK = '__vivarium_define'
/** The folder a plugin believes to lie in. */
const PACKAGE_DIR = '/plugin'

type Exports = Record<string, unknown>
interface Module { exports: unknown, readonly id: string, readonly filename: string, loaded: boolean, readonly children: unknown[], readonly paths: unknown[] }
type Bundle = (this: unknown, exports: unknown, require: unknown, module: Module, filename: string, dirname: string) => unknown

let plugin: Exports | undefined
let stopAsked = false

export function takeJob (job: Job): void {
  acceptJob(job)
  let served = false
  define(globalThis, HOOK, (bundle: unknown) => {
    deleteProperty(globalThis, HOOK)
    if (served) return
    served = true
    enter(() => { start(bundle as Bundle) })
  })
}

async function start (bundle: Bundle): Promise<void> {
  const module = createModule()
  try {
    await loading(bundle, module)
    module.loaded = true
    plugin = findExports(module.exports, theJob().call === 'prepare' ? 'prepare' : 'run')
  } catch (error) {
    return settleThrown(error, 'load')
  }
  if (hasSettled()) return
  post(`{"op":"loaded","stop":${hasStop() ? 'true' : 'false'}}`)
  if (stopAsked) stopPlugin()
  await callPlugin(plugin)
}

/** Awaits only what must be awaited: a bundle without top-level await goes on in the same turn. */
function loading (bundle: Bundle, module: Module): unknown {
  const filename = module.filename
  const dirname = filename.slice(0, filename.lastIndexOf('/'))
  const answer = apply(bundle, module.exports, [module.exports, parts.require().createBundleRequire(filename), module, filename, dirname])
  return theJob().plugin.async ? answer : undefined
}

function createModule (): Module {
  const filename = `${PACKAGE_DIR}/${theJob().plugin.entry}`
  return { exports: {}, id: '.', filename, loaded: false, children: [], paths: [] }
}

/** The object that carries `run` (or `prepare`): the exports themselves, or the default export. */
function findExports (exports: unknown, name: 'run' | 'prepare'): Exports | undefined {
  const direct = asExports(exports)
  if (direct === undefined || typeof direct[name] === 'function') return direct
  const fallback = asExports(direct['default'])
  return fallback !== undefined && typeof fallback[name] === 'function' ? fallback : direct
}

function asExports (value: unknown): Exports | undefined {
  return (typeof value === 'object' && value !== null) || typeof value === 'function' ? value as Exports : undefined
}

async function callPlugin (exports: Exports | undefined): Promise<void> {
  const job = theJob()
  try {
    if (job.call === 'load') return typeof exports?.['run'] === 'function' ? settleLoaded(hasStop(), typeof exports['prepare'] === 'function') : missing('run')
    const called = exports?.[job.call]
    if (typeof called !== 'function') return missing(job.call)
    const argument = job.call === 'run' ? createContext(job) : { processingConfig: job.processingConfig, secrets: job.secrets }
    settleValue(await apply(called as (argument: unknown) => unknown, exports, [argument]))
  } catch (error) {
    settleThrown(error, 'call')
  }
}

/** A plugin without prepare() leaves the configuration as it is; one without run() is no plugin. */
function missing (name: 'run' | 'prepare'): void {
  if (name === 'prepare') return settleValue(undefined)
  settleWithError(withoutRun(theJob().plugin.entry))
}

/** Calls the plugin's stop() in the module that is running; asked too early, as soon as the module is loaded. */
export function stop (): void {
  stopAsked = true
  if (plugin !== undefined) stopPlugin()
}

async function stopPlugin (): Promise<void> {
  try {
    const called = findStop(plugin)
    if (called !== undefined) await called()
  } catch (error) {
    writeLine('warning', 'The plugin\'s function stop() failed.', error)
  }
}

/** Answers for a getter that throws as well. */
function hasStop (): boolean {
  try {
    return findStop(plugin) !== undefined
  } catch {
    return false
  }
}

function findStop (exports: Exports | undefined): (() => unknown) | undefined {
  const called = exports?.['stop']
  return typeof called === 'function' ? () => apply(called as () => unknown, exports, []) : undefined
}
