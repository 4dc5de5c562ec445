/** API keys: what is sent, what is shown. */
import type { JsonSchema } from '../routes/route.ts'
import { listOf, named } from './base.ts'

const MAX_REACH = 100
/** Of an account or a department: ":" and "," separate them in queries. */
const ID = '[^\\s:,/\\\\\\p{Cc}\\p{Cs}]{1,100}'

/** `type:id` or `type:id:department` */
export const accountPattern = `^(?:user:${ID}|organization:${ID}(?::${ID})?)$`

const name: JsonSchema = { type: 'string', minLength: 1, maxLength: 200, pattern: '^[^\\p{Cc}\\p{Cs}]*$', wanted: { en: 'a text of 1 to 200 characters, without control characters', fr: 'un texte de 1 à 200 caractères, sans caractères de contrôle' } }
const id: JsonSchema = { type: 'string', pattern: `^${ID}$`, wanted: { en: 'an id', fr: 'un identifiant' } }
const role = { enum: ['admin', 'contrib', 'user'], wanted: { en: 'one of admin, contrib, user', fr: 'l\'une des valeurs admin, contrib, user' } }
const date = { type: 'string', pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}(?::\\d{2}(?:\\.\\d{1,9})?)?(?:Z|[+-]\\d{2}:\\d{2})$', wanted: { en: 'a date with a time and an offset, such as 2030-01-31T12:00:00Z', fr: 'une date avec une heure et un décalage, telle que 2030-01-31T12:00:00Z' } }
const processings = {
  type: 'array',
  minItems: 1,
  maxItems: MAX_REACH,
  items: { type: 'string', pattern: '^[\\w-]{1,64}$', wanted: { en: 'the id of a processing', fr: 'l\'identifiant d\'un traitement' } },
  wanted: { en: `a list of 1 to ${MAX_REACH} ids of processings`, fr: `une liste de 1 à ${MAX_REACH} identifiants de traitements` }
}
const account = {
  type: 'object',
  additionalProperties: false,
  required: ['type', 'id'],
  properties: { type: { enum: ['user', 'organization'], wanted: { en: 'one of user, organization', fr: 'l\'une des valeurs user, organization' } }, id, name, department: id, departmentName: name },
  // A user has no departments.
  if: { properties: { type: { const: 'user' } } },
  then: { properties: { department: { not: {}, wanted: { en: 'no department, since the account is a user\'s', fr: 'aucun département, car le compte est celui d\'un utilisateur' } } } },
  wanted: { en: 'an account { type, id }', fr: 'un compte { type, id }' }
}

/** What a caller sends. */
export const wantedKey: JsonSchema = { type: 'object', additionalProperties: false, required: ['title', 'role'], properties: { title: name, role, account, processings, expiresAt: date } }

const shownKey = {
  type: 'object',
  required: ['_id', 'title', 'account', 'role', 'created'],
  additionalProperties: false,
  properties: {
    _id: id,
    title: name,
    account: { ...account, required: ['type', 'id', 'name'] },
    role,
    processings,
    expiresAt: date,
    created: named('Signature'),
    lastUsedAt: { ...date, description: { en: 'Within a minute.', fr: 'À une minute près.' } }
  }
}
const newKey = { ...shownKey, required: [...shownKey.required, 'key'], properties: { ...shownKey.properties, key: { type: 'string', pattern: '^viv_[\\w-]{43}$', description: { en: 'Shown this once: it is kept as a hash.', fr: 'Montrée cette fois seulement : seule son empreinte est gardée.' } } } }

export const apiKeySchemas: Readonly<Record<string, JsonSchema>> = { ApiKey: shownKey, ApiKeyList: listOf('ApiKey'), NewApiKey: newKey }
