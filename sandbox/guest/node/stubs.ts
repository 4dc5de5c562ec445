/**
 * Members that the sandbox does not serve. They load, can be taken apart, extended and compared with; calling or constructing one throws
 * `plugin-unsupported` with its name and what to do instead. Names that Node does not have either are simply not there.
 */
import type { Members } from '../../node-members.ts'
import { define, hasOwn } from '../primordials.ts'
import { refusal, unsupported } from '../unsupported.ts'
import { insteadOf } from './instead.ts'

/** Gives `module` the members of Node's module `name` that it lacks. */
export function addMissing (module: object, name: string, members: Members): void {
  fill(module, name, `node:${name} `, members)
}

function fill (target: object, name: string, prefix: string, { functions = [], classes = [], values = {}, objects = {} }: Members): void {
  const add = (key: string, make: () => unknown): void => { if (!hasOwn(target, key)) define(target, key, make(), true) }
  for (const key of functions) add(key, () => refusal(prefix + key, insteadOf(name, key)))
  for (const key of classes) add(key, () => refusedClass(name, prefix + key, key))
  for (const key of Object.keys(values)) add(key, () => values[key])
  for (const key of Object.keys(objects)) {
    const inner = objects[key] ?? {}
    if (!hasOwn(target, key)) {
      const made = {}
      fill(made, name, `${prefix}${key}.`, inner)
      define(target, key, made, true)
    } else if (key === 'promises') {
      fill(Reflect.get(target, key) as object, name, `${prefix}${key}.`, inner)
    }
  }
}

/** `class … extends`, `instanceof` and `util.inherits` are fine: only an instance is refused. */
function refusedClass (name: string, feature: string, key: string): object {
  const refused = function (): never { throw unsupported(feature, insteadOf(name, key)) }
  Object.defineProperty(refused, 'name', { value: key, configurable: true })
  return refused
}
