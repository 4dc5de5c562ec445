/** Bounds of JSON that strangers hand over: a look at everything once, which gives up at the first thing too many. Pure. */

export interface JsonBounds {
  /** Objects and lists inside each other. */
  readonly depth: number
  /** Values of any kind, at all levels. */
  readonly values: number
}

export type BoundsFault =
  | { readonly kind: 'depth', readonly limit: number }
  | { readonly kind: 'values', readonly limit: number }
  | { readonly kind: 'key', readonly key: string }

/** Keys that become the prototype of something where objects are copied key by key. */
const RESERVED_KEYS: readonly string[] = ['__proto__']

/** The first fault found, or undefined. The depth bounds the stack, the number of values the work. */
export function boundsFault (value: object, bounds: JsonBounds, reserved: readonly string[] = RESERVED_KEYS): BoundsFault | undefined {
  let values = 0
  const visit = (at: object, depth: number): BoundsFault | undefined => {
    if (depth > bounds.depth) return { kind: 'depth', limit: bounds.depth }
    const key = reserved.find(name => Object.hasOwn(at, name))
    if (key !== undefined) return { kind: 'key', key }
    for (const child of Object.values(at)) {
      if (++values > bounds.values) return { kind: 'values', limit: bounds.values }
      const fault = typeof child === 'object' && child !== null ? visit(child, depth + 1) : undefined
      if (fault !== undefined) return fault
    }
    return undefined
  }
  return visit(value, 1)
}

/** Levels of a configuration that a prepare() returns or a run patches: within a body, which has one level more, the API takes it again. */
export const CONFIG_DEPTH = 31
/** Size of a configuration as JSON, wherever it comes from: as much as the API takes in a body. */
export const CONFIG_BYTES = 100 * 1024
