/** Processings, as they are sent and answered. What may be written is in processing-schema.ts, with the sentences for what is wrong. */
import { processingSchema } from '../processing-schema.ts'
import type { JsonSchema } from '../routes/route.ts'
import { anything, id, listOf, named, text } from './base.ts'

const { owner, scheduling, permissions, ...plain } = processingSchema.properties
const writable: Readonly<Record<string, JsonSchema>> = { ...plain, owner: named('Account'), scheduling: named('Scheduling'), permissions: named('Permissions') }

const kept: Readonly<Record<string, JsonSchema>> = {
  _id: id,
  created: named('Signature'),
  updated: named('Signature'),
  revision: { type: 'integer', minimum: 1, description: { en: 'One more at each change.', fr: 'Un de plus à chaque changement.' } },
  secretRules: { type: 'object', additionalProperties: { type: 'object', required: ['exposure'], properties: { exposure: { enum: ['value', 'placeholder'] }, hosts: { type: 'array', items: { type: 'string' } } } } },
  lastRun: named('RunSnapshot'),
  nextRun: named('RunSnapshot'),
  userProfile: named('Profile')
}

const required = processingSchema.required
const amount: JsonSchema = { type: 'integer', minimum: 0 }
const page = listOf('ListedProcessing')
const ignored: JsonSchema = { readOnly: true, description: { en: 'Ignored: the service alone writes it.', fr: 'Ignoré : seul le service l\'écrit.' } }
const unchanged: JsonSchema = { readOnly: true, description: { en: 'Cannot be changed: taken as it was answered only.', fr: 'Ne peut être changé : accepté seulement tel que reçu.' } }

/** What of a processing is answered. */
export const SHOWN_FIELDS: readonly string[] = Object.keys({ ...kept, ...writable })

export const processingSchemas: Readonly<Record<string, JsonSchema>> = {
  Scheduling: scheduling,
  Processing: {
    type: 'object',
    required: ['_id', ...required, 'created', 'updated'],
    properties: { ...kept, ...writable }
  },
  NewProcessing: {
    type: 'object',
    additionalProperties: false,
    required: required.filter(field => field !== 'owner' && field !== 'scheduling'),
    properties: {
      ...writable,
      owner: { ...named('Account'), description: { en: 'By default the caller\'s account.', fr: 'Par défaut le compte de l\'appelant.' } },
      scheduling: { ...named('Scheduling'), description: { en: 'By default no rule.', fr: 'Par défaut aucune règle.' } }
    }
  },
  ProcessingPatch: {
    type: 'object',
    additionalProperties: false,
    description: { en: 'Whole fields that replace those that are stored; `null` unsets an optional one. The whole document may be sent back.', fr: 'Des champs entiers qui remplacent ceux qui sont enregistrés ; `null` retire un champ facultatif. Le document entier peut être renvoyé.' },
    properties: {
      ...Object.fromEntries(Object.entries(writable).map(([field, schema]) => [field, required.includes(field) ? schema : { anyOf: [schema, { type: 'null' }] }])),
      plugin: unchanged,
      ...Object.fromEntries(['_id', 'created', 'webhookKey', 'secrets'].map(field => [field, unchanged])),
      ...Object.fromEntries(['updated', 'revision', 'lastRun', 'nextRun', 'userProfile'].map(field => [field, ignored]))
    }
  },
  ListedProcessing: {
    type: 'object',
    required: ['_id', 'userProfile'],
    description: { en: 'A processing, or what was selected of it.', fr: 'Un traitement, ou ce qui en a été choisi.' },
    properties: { ...kept, ...writable }
  },
  Facets: {
    type: 'object',
    required: ['statuses', 'plugins'],
    description: { en: 'How many there are of each kind among those that the query leaves.', fr: 'Leur nombre de chaque sorte, parmi ceux que la requête laisse.' },
    properties: {
      statuses: { type: 'object', required: ['scheduled'], properties: { scheduled: amount }, additionalProperties: amount, description: { en: 'One that has run and is planned again counts twice.', fr: 'Un traitement exécuté et de nouveau planifié compte deux fois.' } },
      plugins: { type: 'object', additionalProperties: amount },
      owners: {
        type: 'array',
        description: { en: 'With `showAll`.', fr: 'Avec `showAll`.' },
        items: {
          type: 'object',
          required: ['type', 'id', 'name', 'totalCount', 'departments'],
          properties: {
            type: { enum: ['user', 'organization'] },
            id,
            name: text,
            totalCount: amount,
            departments: { type: 'array', items: { type: 'object', required: ['department', 'count'], properties: { department: text, departmentName: text, count: amount } } }
          }
        }
      }
    }
  },
  ProcessingList: { ...page, required: ['results', 'facets', 'count'], properties: { ...page.properties as object, facets: named('Facets') } }, // a page has properties
  Plugin: {
    type: 'object',
    required: ['_id', 'format', 'packageName', 'version', 'integrity', 'origin'],
    properties: {
      _id: { type: 'string', description: { en: 'Its id in the registry: `plugin` of the processing.', fr: 'Son identifiant dans le registre : `plugin` du traitement.' } },
      format: { const: 'npm' },
      packageName: text,
      version: text,
      integrity: { type: 'string', description: { en: '`sha512-…` of its content: what `pluginIntegrity` pins.', fr: '`sha512-…` de son contenu : ce que fixe `pluginIntegrity`.' } },
      origin: { type: 'string', description: { en: 'The registry that has it.', fr: 'Le registre qui l\'a.' } }
    }
  },
  ConfigSchema: { ...anything, description: { en: 'A JSON schema: that of the plugin.', fr: 'Un schéma JSON : celui du plugin.' } }
}
