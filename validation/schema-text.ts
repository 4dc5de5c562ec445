/** The schema of a plugin as text, when it is within bounds. Real ones have some hundred values in 5 to 40 KB. */
import { boundsFault } from './bounds.ts'
import type { Sentence } from './types.ts'

const MAX_DEPTH = 64
const MAX_VALUES = 20_000
const MAX_BYTES = 256 * 1024

export type SchemaText =
  | { readonly ok: true, readonly text: string }
  | { readonly ok: false, readonly reason: Sentence }

/** A loaded plugin has one schema object, which never changes. */
const texts = new WeakMap<object, SchemaText>()

export function schemaText (schema: Readonly<Record<string, unknown>>): SchemaText {
  const known = texts.get(schema)
  if (known !== undefined) return known
  const made = make(schema)
  texts.set(schema, made)
  return made
}

function make (schema: Readonly<Record<string, unknown>>): SchemaText {
  const fault = boundsFault(schema, { depth: MAX_DEPTH, values: MAX_VALUES }, [])
  if (fault?.kind === 'depth') return refused(`it is nested more than ${MAX_DEPTH} levels deep`, `il est imbriqué sur plus de ${MAX_DEPTH} niveaux`)
  if (fault !== undefined) return refused(`it has more than ${MAX_VALUES} values`, `il a plus de ${MAX_VALUES} valeurs`)
  const text = JSON.stringify(schema)
  const bytes = Buffer.byteLength(text)
  if (bytes > MAX_BYTES) return refused(`it has ${bytes} bytes, at most ${MAX_BYTES} are allowed`, `il a ${bytes} octets, ${MAX_BYTES} au plus sont permis`)
  return { ok: true, text }
}

function refused (en: string, fr: string): SchemaText {
  return { ok: false, reason: { en, fr } }
}
