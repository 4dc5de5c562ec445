/** How a run ends, told once. */
import type { RunError } from '../protocol.ts'
import { limits, theJob } from './job.ts'
import { tellProcess } from './globals/process-events.ts'
import { flushLog, writeLine } from './log.ts'
import { jsonStringify } from './primordials.ts'
import { postText } from './link.ts'
import { cut } from './cut.ts'
import { toRunError } from './run-error.ts'
import { jsonSize } from './json-size.ts'

let settled = false

export function hasSettled (): boolean {
  return settled
}

export function settleWithError (error: RunError): void {
  settle(`{"ok":false,"error":${errorText(error)}}`, false)
}

export function settleThrown (thrown: unknown, phase: 'load' | 'call'): void {
  if (!settled) settleWithError(toRunError(thrown, phase))
}

/** What run() or prepare() answered. It can be anything. */
export function settleValue (value: unknown): void {
  if (settled) return
  const allowed = limits().resultBytes
  const size = jsonSize(value, allowed)
  if (size !== undefined && size > allowed) return settleWithError({ code: 'result-too-large', bytes: size })
  if (theJob().call === 'run') settle(`{"ok":true${deletesOnComplete(value) ? ',"value":{"deleteOnComplete":true}' : ''}}`, true)
  else settlePrepared(value)
}

/** The plugin has been loaded, and nothing of it was to be called. */
export function settleLoaded (stop: boolean, prepare: boolean): void {
  settle(`{"ok":true,"value":{"stop":${stop ? 'true' : 'false'},"prepare":${prepare ? 'true' : 'false'}}}`, true)
}

function settle (result: string, ok: boolean): void {
  if (settled) return
  settled = true
  tellExit(ok)
  flushLog()
  postText(`{"op":"settled","result":${result}}`)
}

/** The end of run() is what a plugin that listens to `exit` takes for the end of its process. */
function tellExit (ok: boolean): void {
  try {
    if (ok) tellProcess('beforeExit', 0)
    tellProcess('exit', ok ? 0 : 1)
  } catch (error) {
    writeLine('warning', 'A listener of the plugin for the end of its process failed.', error)
  }
}

/** Of what run() answers only this counts; anything that cannot be read counts as nothing. */
function deletesOnComplete (value: unknown): boolean {
  try {
    return typeof value === 'object' && value !== null && Boolean((value as { deleteOnComplete?: unknown }).deleteOnComplete)
  } catch {
    return false
  }
}

function settlePrepared (value: unknown): void {
  try {
    const { processingConfig, secrets } = (value ?? {}) as { processingConfig?: unknown, secrets?: unknown }
    const config = jsonStringify(processingConfig)
    const secretsText = jsonStringify(secrets)
    const fields = [config === undefined ? '' : `"processingConfig":${config}`, secretsText === undefined ? '' : `"secrets":${secretsText}`]
    const size = (config?.length ?? 0) + (secretsText?.length ?? 0)
    if (size > limits().resultBytes) return settleWithError({ code: 'result-too-large', bytes: size })
    settle(`{"ok":true,"value":{${fields[0]}${fields[0] !== '' && fields[1] !== '' ? ',' : ''}${fields[1]}}}`, true)
  } catch (error) {
    settleThrown(error, 'call')
  }
}

/** Written field by field: `JSON.stringify` of an object would call a `toJSON` put on `Object.prototype`. */
function errorText (error: RunError): string {
  let text = `{"code":${jsonStringify(error.code)}`
  switch (error.code) {
    case 'plugin-error': text += field('message', error.message) + field('name', error.name) + field('stack', error.stack); break
    case 'http-error': text += field('message', error.message) + field('detail', error.detail) + field('stack', error.stack); break
    case 'plugin-invalid': text += field('message', error.message) + field('noRun', error.noRun) + field('stack', error.stack); break
    case 'plugin-unsupported': text += field('feature', error.feature) + field('stack', error.stack); break
    case 'disk-limit': text += field('what', error.what) + field('stack', error.stack); break
    case 'message-limit': case 'timer-limit': text += field('stack', error.stack); break
    case 'result-too-large': text += `,"bytes":${error.bytes}`; break
    case 'bridge-abuse': case 'internal': text += field('message', error.message); break
    case 'no-result': case 'memory-limit': case 'aborted': break
    case 'message-too-deep': case 'job-too-large': break // said by the thread and by the runner
  }
  return text + '}'
}

/** A poisoned `Object.prototype` can lend an absent field a value of any type: only strings pass. */
function field (name: string, value: unknown): string {
  return typeof value === 'string' ? `,"${name}":${jsonStringify(cut(value, 40_000))}` : ''
}
