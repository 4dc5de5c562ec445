/** Overrides of the limits of runs: a number for each configuration key that may have one. */
import { RUN_LIMITS } from '../../runner/limits.ts'
import type { JsonSchema } from '../routes/route.ts'
import { listOf, named, text } from './base.ts'
import { accountId, accountType } from './limits.ts'

const rows = RUN_LIMITS.filter(({ override }) => override !== 'never')
const UNITS = { seconds: 'secondes', MB: 'Mo', bytes: 'octets', count: 'un nombre' }

const values: Readonly<Record<string, JsonSchema>> = Object.fromEntries(rows.map(({ key, min, max, unit }) => [
  key,
  { type: 'integer', minimum: min, maximum: max, wanted: { en: `an integer from ${min} to ${max} (${unit})`, fr: `un entier de ${min} à ${max} (${UNITS[unit]})` } }
]))
const { results, count } = listOf('RunLimitOverride').properties as Record<string, JsonSchema> // as it is written there

export const runLimitSchemas: Readonly<Record<string, JsonSchema>> = {
  RunLimitValues: { type: 'object', additionalProperties: false, minProperties: 1, properties: values, wanted: { en: 'at least one key of a limit', fr: 'au moins une clé de limite' } },
  RunLimitOverride: {
    type: 'object',
    required: ['subject', 'values', 'updated'],
    properties: {
      subject: {
        oneOf: [
          { type: 'object', required: ['kind', 'owner'], properties: { kind: { const: 'owner' }, owner: { type: 'object', required: ['type', 'id'], properties: { type: accountType, id: accountId } } } },
          { type: 'object', required: ['kind', 'plugin'], properties: { kind: { const: 'plugin' }, plugin: text } }
        ]
      },
      values: { type: 'object', additionalProperties: { type: ['number', 'string'] }, description: { en: 'By configuration key, in its unit.', fr: 'Par clé de configuration, dans son unité.' } },
      updated: named('Signature')
    }
  },
  RunLimitBound: {
    type: 'object',
    required: ['key', 'unit', 'configured', 'min', 'max'],
    properties: { key: { enum: rows.map(({ key }) => key) }, unit: { enum: Object.keys(UNITS) }, configured: { type: 'number' }, min: { type: 'number' }, max: { type: 'number' } }
  },
  RunLimitOverrideList: {
    type: 'object',
    required: ['results', 'count', 'bounds'],
    properties: { results, count, bounds: { type: 'array', items: named('RunLimitBound'), description: { en: 'What may be set at present.', fr: 'Ce qui peut être fixé à présent.' } } } as JsonSchema
  }
}
