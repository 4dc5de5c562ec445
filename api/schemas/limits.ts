/** Limits of accounts: what is sent, what is shown. */
import type { JsonSchema } from '../routes/route.ts'
import { listOf } from './base.ts'

/** Of an account or a department: ":" and "," separate them in queries. */
const ID = '^[^\\s:,/\\\\\\p{Cc}\\p{Cs}]{1,100}$'

export const accountType = { enum: ['user', 'organization'], wanted: { en: 'one of user, organization', fr: 'l\'une des valeurs user, organization' } }
export const accountId = { type: 'string', pattern: ID, wanted: { en: 'the id of an account', fr: 'l\'identifiant d\'un compte' } }

const name = { type: 'string', maxLength: 1000, wanted: { en: 'a text of at most 1000 characters', fr: 'un texte d\'au plus 1000 caractères' } }
const date = { type: 'string', pattern: '^\\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\\d|3[01])T(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d{1,9})?(?:Z|[+-](?:0\\d|1[0-4]):[0-5]\\d)$', wanted: { en: 'a date with a time and an offset, such as 2030-01-31T12:00:00Z', fr: 'une date avec une heure et un décalage, telle que 2030-01-31T12:00:00Z' } }
const MAX_SECONDS = 1_000_000_000_000
const limit = { type: 'number', minimum: -1, maximum: MAX_SECONDS, wanted: { en: 'a number of seconds, or -1 for no limit', fr: 'un nombre de secondes, ou -1 pour aucune limite' } }
const consumption = { type: 'number', minimum: 0, maximum: MAX_SECONDS, wanted: { en: 'a number of seconds from 0', fr: 'un nombre de secondes à partir de 0' } }
const seconds = { type: 'object', additionalProperties: false, properties: { limit, consumption }, wanted: { en: '{ limit, consumption }', fr: '{ limit, consumption }' } }
const defaults = { type: 'boolean', wanted: { en: 'true or false', fr: 'true ou false' } }

export const limitSchemas: Readonly<Record<string, JsonSchema>> = {
  NewLimits: {
    type: 'object',
    additionalProperties: false,
    required: ['lastUpdate'],
    properties: {
      lastUpdate: date,
      name,
      defaults: { ...defaults, description: { en: 'The configured limit holds, whatever `limit` says.', fr: 'La limite configurée s\'applique, quoi que dise `limit`.' } },
      processings_seconds: seconds
    }
  },
  Limits: {
    type: 'object',
    required: ['type', 'id', 'lastUpdate', 'processings_seconds'],
    properties: {
      type: accountType,
      id: accountId,
      name,
      lastUpdate: date,
      defaults: { const: true, description: { en: 'Nobody has set a limit: the configured one holds.', fr: 'Personne n\'a fixé de limite : celle de la configuration s\'applique.' } },
      processings_seconds: { ...seconds, required: ['limit', 'consumption'], description: { en: 'Seconds that may be used and were used; -1: no limit.', fr: 'Secondes utilisables et utilisées ; -1 : aucune limite.' } }
    }
  },
  LimitsList: listOf('Limits')
}
