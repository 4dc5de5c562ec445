/** The part of the route table that the directory of users calls. The paths are data-fair/processings': without a version. */
import { removeIdentity, renameIdentity } from '../identities.ts'
import { text } from '../schemas/base.ts'
import { service } from './admission.ts'
import { route, type Parameter, type Route } from './route.ts'

const path = '/api/identities/{type}/{account}'
const key: Parameter = { says: { en: 'The secret.', fr: 'Le secret.' }, schema: { type: 'string', wanted: { en: 'one text', fr: 'un seul texte' } } }
const params: Readonly<Record<string, Parameter>> = {
  type: { says: { en: 'Of the account.', fr: 'Du compte.' }, schema: { enum: ['user', 'organization'], wanted: { en: 'one of user, organization', fr: 'l\'une des valeurs user, organization' } } },
  account: { says: { en: 'Id of the account.', fr: 'Identifiant du compte.' }, schema: { type: 'string', pattern: '^[^\\s:,/\\\\\\p{Cc}\\p{Cs}]{1,100}$', wanted: { en: 'the id of an account', fr: 'l\'identifiant d\'un compte' } } }
}
const name = { type: 'string', minLength: 1, maxLength: 1000, wanted: { en: 'a text of 1 to 1000 characters', fr: 'un texte de 1 à 1000 caractères' } }
const departments = {
  type: 'array',
  maxItems: 10_000,
  items: { type: 'object', required: ['id', 'name'], additionalProperties: true, properties: { id: name, name }, wanted: { en: 'a department { id, name }', fr: 'un département { id, name }' } },
  wanted: { en: 'a list of departments', fr: 'une liste de départements' }
}

const done = { says: { en: 'Done.', fr: 'C\'est fait.' }, schema: { ...text, maxLength: 0 }, type: 'text/plain' }
const common = { path, tag: 'identities', params, query: { key }, access: service('identities'), answers: { 200: done } } as const
const refused = { name: 'without-the-secret', says: { en: 'Without the secret', fr: 'Sans le secret' }, as: 'nobody', path: { type: 'organization', account: 'blue' }, status: 401 } as const

export const identityRoutes: readonly Route[] = [
  route({
    ...common,
    method: 'post',
    name: 'renameIdentity',
    says: { en: 'An account has a new name', fr: 'Un compte a un nouveau nom' },
    body: { schema: { type: 'object', required: ['name'], additionalProperties: true, properties: { name, departments } } },
    examples: [{ ...refused, body: { name: 'Blue' } }],
    handle: renameIdentity
  }),
  route({
    ...common,
    method: 'delete',
    name: 'removeIdentity',
    says: { en: 'An account is removed', fr: 'Un compte est supprimé' },
    more: { en: 'Its runs are stopped; its keys, processings, runs, logs, files and limits are deleted.', fr: 'Ses exécutions sont arrêtées ; ses clés, traitements, exécutions, journaux, fichiers et limites sont supprimés.' },
    examples: [refused],
    handle: removeIdentity
  }),
  route({
    ...common,
    method: 'get',
    path: `${path}/report`,
    name: 'reportIdentity',
    says: { en: 'What is kept of an account: nothing is told, as by data-fair/processings', fr: 'Ce qui est gardé d\'un compte : rien n\'est dit, comme par data-fair/processings' },
    examples: [refused],
    handle: () => ''
  })
]
