/** `timers/promises`. */
import { NativeError, NativePromise } from './primordials.ts'
import { clearImmediate, setImmediate } from './immediates.ts'
import { clearTimeout, setInterval, setTimeout } from './timers.ts'
import { withCode } from './turns.ts'

/** Where util.promisify looks for the promise form of a function. */
export const promisifyCustom = Symbol.for('nodejs.util.promisify.custom')

interface Signal {
  readonly aborted: boolean
  readonly reason: unknown
  addEventListener(type: 'abort', listener: () => void, options?: { once: boolean }): void
  removeEventListener(type: 'abort', listener: () => void): void
}
interface Options { readonly signal?: Signal }

/** Rejects with an AbortError when the signal says so. */
function wait<T> (start: (done: () => void) => () => void, value: T, signal: Signal | undefined): Promise<T> {
  return new NativePromise((resolve, reject) => {
    if (signal?.aborted === true) return reject(abortError(signal))
    const onAbort = (): void => {
      stop()
      reject(abortError(signal))
    }
    const stop = start(() => {
      signal?.removeEventListener('abort', onAbort)
      resolve(value)
    })
    signal?.addEventListener('abort', onAbort, { once: true })
  })
}

function abortError (signal: Signal | undefined): Error {
  const error = withCode(new NativeError('The operation was aborted', { cause: signal?.reason }), 'ABORT_ERR')
  error.name = 'AbortError'
  return error
}

function later<T> (ms?: unknown, value?: T, options?: Options): Promise<T | undefined> {
  return wait(done => {
    const timer = setTimeout(done, ms)
    return () => { clearTimeout(timer) }
  }, value, options?.signal)
}

function soon<T> (value?: T, options?: Options): Promise<T | undefined> {
  return wait(done => {
    const immediate = setImmediate(done)
    return () => { clearImmediate(immediate) }
  }, value, options?.signal)
}

/** Yields `value` each `ms`; ticks that nobody has waited for yet are kept, as Node does. */
async function * every<T> (ms?: unknown, value?: T, options?: Options): AsyncGenerator<T | undefined> {
  const signal = options?.signal
  let due = 0
  let wake = (): void => {}
  const timer = setInterval(() => {
    due += 1
    wake()
  }, ms)
  const onAbort = (): void => { wake() }
  signal?.addEventListener('abort', onAbort)
  try {
    for (;;) {
      if (due === 0 && signal?.aborted !== true) await new NativePromise<void>(resolve => { wake = resolve })
      if (signal?.aborted === true) throw abortError(signal)
      for (; due > 0; due--) yield value
    }
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', onAbort)
  }
}

export const timersPromises = {
  setTimeout: later,
  setImmediate: soon,
  setInterval: every,
  scheduler: { wait: (ms?: unknown, options?: Options) => later(ms, undefined, options), yield: () => soon() }
}
