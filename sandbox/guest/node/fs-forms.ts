/** The three forms of an operation: `statSync`, `stat` with a callback, and the promise. */
import { promisifyCustom } from '../timers-promises.ts'
import { doLater, doNow, type Operation } from './fs-host.ts'
import { invalidArgType } from './invalid-argument.ts'

export type Loose = (this: unknown, ...args: any[]) => any // eslint-disable-line @typescript-eslint/no-explicit-any -- Node's overloads are many: each operation looks at its arguments itself
export type Define = (...args: any[]) => Operation<unknown> // eslint-disable-line @typescript-eslint/no-explicit-any -- the same

export function asSync (name: string, define: Define): Loose {
  return named(`${name}Sync`, (...args) => doNow(define(...args)))
}

export function asPromise (name: string, define: Define): Loose {
  return named(name, async (...args) => await doLater(define(...args)))
}

/**
 * The callback is the last function that is given. Arguments that make no sense throw at once; what the operation comes to is told in a turn of its
 * own. `spread`: what the callback is given besides the error.
 */
export function asCallback (name: string, define: Define, spread: (value: unknown) => unknown[] = value => value === undefined ? [] : [value]): Loose {
  return named(name, (...args) => {
    const at = args.findLastIndex(argument => typeof argument === 'function')
    const callback: unknown = args[at]
    if (typeof callback !== 'function') throw invalidArgType('cb', 'of type function', undefined)
    callBack(begun(define(...args.slice(0, at) as unknown[])), callback as Loose, spread)
  })
}

/** Looks at the arguments at once; a signal that was aborted before is told as one that is aborted later. */
function begun (operation: Operation<unknown>): Promise<unknown> {
  try {
    return doLater(operation, operation.next())
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ABORT_ERR') return rejected(error)
    throw error
  }
}

async function rejected (error: unknown): Promise<never> {
  throw error
}

/** `process.nextTick` and not our own: an AsyncLocalStorage follows it. */
export function callBack (promise: Promise<unknown>, callback: Loose, spread: (value: unknown) => unknown[] = value => [value]): void {
  promise.then(
    value => { process.nextTick(callback, null, ...spread(value)) },
    (error: unknown) => { process.nextTick(callback, error) }
  )
}

/** What `util.promisify` makes of a function whose callback is given several values, or none that is an error. */
export function withPromise (callbackForm: Loose, promiseForm: Loose): Loose {
  return Object.defineProperty(callbackForm, promisifyCustom, { value: promiseForm, configurable: true })
}

function named (name: string, form: Loose): Loose {
  return Object.defineProperty(form, 'name', { value: name, configurable: true })
}
