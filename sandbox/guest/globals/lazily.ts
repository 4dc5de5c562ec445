/** Properties that are computed when first read. */
import { create, define, defineProperty } from '../primordials.ts'

/** Once read or written it is an ordinary property. `make` is called at most once. */
export function lazily (target: object, key: PropertyKey, make: () => unknown, enumerable = false): void {
  const descriptor: PropertyDescriptor = create(null)
  descriptor.configurable = true
  descriptor.enumerable = enumerable
  descriptor.get = () => {
    const value = make()
    define(target, key, value, enumerable)
    return value
  }
  descriptor.set = value => { define(target, key, value, enumerable) }
  defineProperty(target, key, descriptor)
}
