/** Bounds of JSON that strangers hand over: what is nested deeper breaks whoever copies or walks it. Pure. */

/** As many as a schema may have where configurations are held against it. */
export const JSON_DEPTH = 64
/** At all levels together: a list of 35,000 places is no fault. */
export const JSON_VALUES = 100_000

/** The first bound that is passed, or undefined. Level by level, so that it needs no stack. */
export function boundPassed (value: object): 'depth' | 'values' | undefined {
  let values = 0
  let level: object[] = [value]
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > JSON_DEPTH) return 'depth'
    const below: object[] = []
    for (const child of level.flatMap((parent) => Object.values(parent) as unknown[])) {
      if (++values > JSON_VALUES) return 'values'
      if (typeof child === 'object' && child !== null) below.push(child)
    }
    level = below
  }
  return undefined
}
