import type { Sentence } from './types.ts'

/** A schema cannot be used; thrown and caught within a thread. */
export class SchemaError extends Error {
  override readonly name = 'SchemaError'
  readonly reason: Sentence
  constructor (en: string, fr: string, cause?: unknown) {
    super(en, { cause })
    this.reason = { en, fr }
  }
}
