/** Small schemas that ask for endless work. */

/** 3 KB: each of 28 definitions asks twice for the one below, 2^28 questions in all. */
export function chain (keyword: 'anyOf' | 'allOf' | 'oneOf', levels = 28): Record<string, unknown> {
  const definitions: Record<string, unknown> = { d0: { type: 'string' } }
  for (let level = 1; level <= levels; level++) {
    const below = { $ref: `#/definitions/d${level - 1}` }
    definitions[`d${level}`] = { [keyword]: [below, below] }
  }
  return { type: 'object', definitions, properties: { a: { $ref: `#/definitions/d${levels}` } } }
}
