/** `util.promisify` and `util.callbackify`. */
import { nextTick } from '../turns.ts'
import { promisifyCustom } from '../timers-promises.ts'
import { checkFunction, nodeError } from './invalid-argument.ts'

type Loose = (this: unknown, ...args: unknown[]) => unknown

/** A function that answers a promise in place of calling back; the function's own promise form when it has one. */
function promisify (original: Loose & { [promisifyCustom]?: unknown }): Loose {
  checkFunction('original', original)
  const custom = original[promisifyCustom]
  if (custom !== undefined && custom !== null && custom !== false) {
    checkFunction('util.promisify.custom', custom)
    return Object.defineProperty(custom, promisifyCustom, { value: custom, configurable: true }) as Loose // checked above
  }
  const promised = function (this: unknown, ...args: unknown[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      original.call(this, ...args, (error: unknown, value: unknown) => { if (error) reject(error); else resolve(value) })
    })
  }
  Object.setPrototypeOf(promised, Object.getPrototypeOf(original) as object | null)
  Object.defineProperty(promised, promisifyCustom, { value: promised, configurable: true })
  const { prototype: _, ...own } = Object.getOwnPropertyDescriptors(original) as Record<string, PropertyDescriptor>
  return Object.defineProperties(promised, own)
}
promisify.custom = promisifyCustom

/** A function that calls back with what the promise of `original` becomes; a rejection without a reason is given one. */
function callbackify (original: (...args: unknown[]) => Promise<unknown>): Loose {
  checkFunction('original', original)
  const callbackified = function (this: unknown, ...args: unknown[]): void {
    const callback = args.pop()
    checkFunction('last argument', callback)
    const tell = callback.bind(this)
    Reflect.apply(original, this, args).then(
      value => { nextTick(tell, null, value) },
      (reason: unknown) => { nextTick(tell, reason || Object.assign(nodeError(new Error('Promise was rejected with falsy value'), 'ERR_FALSY_VALUE_REJECTION'), { reason })) })
  }
  const { name, length, prototype: _, ...own } = Object.getOwnPropertyDescriptors(original) as Record<string, PropertyDescriptor>
  return Object.defineProperties(callbackified, {
    ...own,
    name: { ...name, value: `${original.name}Callbackified` },
    length: { ...length, value: original.length + 1 }
  })
}

export { callbackify, promisify }
