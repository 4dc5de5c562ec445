/** Patterns of a schema, matched in time that grows with the text alone (RE2), whatever the pattern. */
import { RE2JS } from 're2js'
import { SchemaError } from './schema-error.ts'

const MAX_LENGTH = 256
const CACHED = 1_000

const compiled = new Map<string, LinearPattern>()

interface LinearPattern {
  test (text: string): boolean
  /** Ajv tells patterns apart by it. */
  toString (): string
}

/** Throws `SchemaError` for a pattern that is too long, is none, or cannot be matched so: one that looks around or refers back. */
export function linearPattern (pattern: string): LinearPattern {
  const known = compiled.get(pattern)
  if (known !== undefined) return known
  const made = compile(pattern)
  if (compiled.size >= CACHED) compiled.clear()
  compiled.set(pattern, made)
  return made
}

function compile (pattern: string): LinearPattern {
  if (pattern.length > MAX_LENGTH) {
    throw new SchemaError(`a pattern has ${pattern.length} characters, at most ${MAX_LENGTH} are allowed`, `un motif a ${pattern.length} caractères, ${MAX_LENGTH} au plus sont permis`)
  }
  try {
    const matcher = RE2JS.compile(RE2JS.translateRegExp(pattern))
    return { test: text => matcher.matcher(text).find(), toString: () => pattern }
  } catch (cause) {
    throw new SchemaError(
      `the pattern ${JSON.stringify(pattern)} cannot be used: it is not a regular expression, or looks around ((?=…), (?<!…)) or refers back (\\1), which cannot be matched in bounded time`,
      `le motif ${JSON.stringify(pattern)} est inutilisable : ce n'est pas une expression régulière, ou il regarde autour ((?=…), (?<!…)) ou en arrière (\\1), ce qui ne peut être comparé en un temps borné`,
      cause
    )
  }
}
