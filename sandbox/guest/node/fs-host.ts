/**
 * How the guest's `fs` reaches the files of the run (sandbox/files.ts). An operation is written once, as a generator of the steps that the thread
 * does for it; `doNow` has them done while the guest waits, `doLater` one after the other while it goes on.
 */
import { hostAsync, hostSync, type HostValue } from '../link.ts'
import { markFull } from '../disk-limit.ts'
import { jsonStringify } from '../primordials.ts'
import { nodeError } from './invalid-argument.ts'
import { systemErrors } from './members.ts'

/** What an error of the step names: as Node does, the path that the caller gave. */
export interface Told { readonly syscall: string, readonly path?: string | undefined, readonly dest?: string | undefined }

type Step =
  | { readonly operation: string, readonly args: object, readonly bytes: Uint8Array | undefined, readonly told: Told }
  /** A value that may be a promise: only `doLater` can wait for it. */
  | { readonly wait: unknown }

export type Operation<T> = Generator<Step, T, unknown>

/** One operation of the thread. Throws a system error, worded as Node words it. */
export function * step<T> (operation: string, args: object, told: Told, bytes?: Uint8Array): Operation<T> {
  return (yield { operation, args, bytes, told }) as T // what the operation is documented to answer
}

export function * waitFor<T> (value: T | PromiseLike<T>): Operation<T> {
  return (yield { wait: value }) as T // `doLater` awaits it, `doNow` hands it back
}

export function doNow<T> (operation: Operation<T>): T {
  let state = operation.next()
  while (state.done !== true) state = answerNow(operation, state.value)
  return state.value
}

function answerNow<T> (operation: Operation<T>, asked: Step): IteratorResult<Step, T> {
  if ('wait' in asked) return operation.next(asked.wait)
  let answer: HostValue
  try {
    answer = hostSync(`fs.${asked.operation}`, textOf(asked), asked.bytes)
  } catch (error) {
    return operation.throw(worded(error, asked.told))
  }
  return operation.next(valueOf(answer))
}

/** `begun`: the first step, when the caller has looked at it already. */
export async function doLater<T> (operation: Operation<T>, begun: IteratorResult<Step, T> = operation.next()): Promise<T> {
  let state = begun
  while (state.done !== true) {
    const asked = state.value
    let answer: unknown
    try {
      answer = 'wait' in asked ? await asked.wait : valueOf(await ask(asked))
    } catch (error) {
      state = operation.throw('wait' in asked ? error : worded(error, asked.told))
      continue
    }
    state = operation.next(answer)
  }
  return state.value
}

/** So many steps are under way at once, with so many bytes; the next ones wait here, where the heap of the plugin pays for them. */
const UNDER_WAY = 32
const BYTES_UNDER_WAY = 8_388_608

let underWay = 0
let bytesUnderWay = 0
const waiting: (() => void)[] = []

async function ask (asked: Exclude<Step, { wait: unknown }>): Promise<HostValue> {
  const size = asked.bytes?.byteLength ?? 0
  while (mustWait(size)) await new Promise<void>(resolve => { waiting.push(resolve) })
  underWay += 1
  bytesUnderWay += size
  try {
    return await hostAsync(`fs.${asked.operation}`, textOf(asked), asked.bytes)
  } finally {
    underWay -= 1
    bytesUnderWay -= size
    waiting.shift()?.()
  }
}

function mustWait (bytes: number): boolean {
  return underWay >= UNDER_WAY || (underWay > 0 && bytesUnderWay + bytes > BYTES_UNDER_WAY)
}

/** No path of the run is longer; the text of a call has a limit, which none of ours may reach. */
const MAX_TEXT = 14_000

function textOf ({ args, told }: Exclude<Step, { wait: unknown }>): string {
  const text = jsonStringify(args)
  if (text.length > MAX_TEXT) throw systemError('ENAMETOOLONG', told)
  return text
}

function valueOf (answer: HostValue): unknown {
  return 'value' in answer ? answer.value : answer
}

/** The error of the thread has a code and nothing else that a plugin should see. */
function worded (error: unknown, told: Told): Error {
  const { code, reason } = error as { code?: unknown, reason?: unknown }
  if (typeof code !== 'string' || !Object.hasOwn(systemErrors(), code)) return error as Error
  const made = systemError(code, told)
  if (reason === 'bytes' || reason === 'files' || reason === 'open') markFull(made, reason)
  return made
}

/** `ENOENT: no such file or directory, open 'x'`, with the properties that Node gives it. */
export function systemError (code: string, { syscall, path, dest }: Told): Error & { code: string } {
  const [errno = -1, sentence = 'unknown error'] = systemErrors()[code] ?? []
  const places = `${path === undefined ? '' : ` '${path}'`}${dest === undefined ? '' : ` -> '${dest}'`}`
  const facts = { errno, code, syscall, ...(path === undefined ? {} : { path }), ...(dest === undefined ? {} : { dest }) }
  return Object.assign(new Error(`${code}: ${sentence}, ${syscall}${places}`), facts)
}

/** Node's own errors of `rm` and `cp`: `SystemError [ERR_FS_EISDIR]: Path is a directory: rm returned EISDIR (is a directory) x`. */
export function fileSystemError (code: string, sentence: string, info: { readonly code: string, readonly message: string, readonly path: string, readonly syscall: string, readonly errno: number }): Error {
  const error = new Error(`${sentence}: ${info.syscall} returned ${info.code} (${info.message}) ${info.path}`)
  error.name = 'SystemError'
  const coded = nodeError(error, code)
  Object.defineProperty(coded, 'name', { value: 'SystemError', writable: true, configurable: true })
  return Object.assign(coded, { info, errno: info.errno, syscall: info.syscall, path: info.path })
}
