/** What many answers hold. */
import { owner as account, permissions } from '../processing-schema.ts'
import type { JsonSchema } from '../routes/route.ts'

/** A schema of the document, by its name there. */
export function named (name: string): JsonSchema {
  return { $ref: `#/components/schemas/${name}` }
}

export function listOf (name: string): JsonSchema {
  return {
    type: 'object',
    required: ['results', 'count'],
    properties: { results: { type: 'array', items: named(name) }, count: { type: 'integer', minimum: 0, description: { en: 'Of all pages.', fr: 'De toutes les pages.' } } }
  }
}

export const id: JsonSchema = { type: 'string' }
export const date: JsonSchema = { type: 'string', format: 'date-time' }
export const anything: JsonSchema = { type: 'object', additionalProperties: true }
export const text: JsonSchema = { type: 'string' }

export const baseSchemas: Readonly<Record<string, JsonSchema>> = {
  Account: account,
  Permissions: permissions,
  Signature: { type: 'object', required: ['id', 'name', 'date'], properties: { id, name: text, date } },
  Profile: { enum: ['admin', 'exec', 'read'], description: { en: 'What the caller may do with it; each holds the next.', fr: 'Ce que l\'appelant peut en faire ; chacun contient le suivant.' } }
}
