/**
 * A builtin that is not there. Loading it, taking it apart, `import * as`, printing it or awaiting it does nothing; calling, constructing
 * or extending a member throws `plugin-unsupported` with the name of what was used.
 *
 * The module is an ordinary object whose prototype answers for all names, and not the answering Proxy itself: so it can be given members,
 * and esbuild's `import * as` object, which takes the module's prototype for its own, answers for all names too.
 */
import { unsupported } from './unsupported.ts'

type Key = string | symbol

/** Names that programs look at to find out what a thing is: nothing is there. */
const ABSENT = new Set<Key>(['then', 'default', '__esModule', 'toJSON', 'inspect', 'nodeType', 'asymmetricMatch', '$$typeof'])
const MAX_DEPTH = 4

/** `feature`: `node:fs`. */
export function createAbsentModule (feature: string): object {
  return Object.create(new Proxy(Object.create(null) as object, {
    get: (_, key) => answer(key, feature, 0),
    has: (_, key) => typeof key === 'string' && !ABSENT.has(key) && !Object.hasOwn(Object.prototype, key),
    getPrototypeOf: () => Object.prototype
  })) as object
}

function answer (key: Key, feature: string, depth: number): unknown {
  if (typeof key === 'symbol' || ABSENT.has(key)) return undefined
  if (Object.hasOwn(Object.prototype, key)) return Reflect.get(Object.prototype, key)
  return member(`${feature}${depth === 0 ? ' ' : '.'}${key}`, depth + 1)
}

/** A function, a class, an object or a number, whichever it is used as. */
function member (feature: string, depth: number): unknown {
  const refuse = (): never => { throw unsupported(feature) }
  const target = function () {}
  const own = (key: Key): boolean => key === 'name' || key === 'length'
  return new Proxy(target, {
    apply: refuse,
    construct: refuse,
    get (_, key) {
      if (key === 'prototype') return refuse() // `class … extends` and util.inherits read it
      if (key === Symbol.toPrimitive) return (hint: string) => hint === 'number' ? NaN : `[${feature}]`
      if (typeof key === 'symbol' || own(key) || key in Function.prototype) return Reflect.get(target, key)
      return depth >= MAX_DEPTH ? undefined : answer(key, feature, depth)
    }
  })
}
