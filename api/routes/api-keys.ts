/** The part of the route table about API keys. */
import { createApiKey, listApiKeys, revokeApiKey } from '../api-keys.ts'
import { accountPattern, wantedKey } from '../schemas/api-key.ts'
import { named } from '../schemas/base.ts'
import { keyManager } from './admission.ts'
import { pageParameters } from './parameters.ts'
import { route, type Parameter, type Route } from './route.ts'

const PATH = '/api/v1/api-keys'

const accountParameter: Parameter = {
  says: { en: 'Whose keys: `type:id`, or `type:id:department`; by default those of the caller\'s account.', fr: 'Les clés de qui : `type:id`, ou `type:id:department` ; par défaut celles du compte de l\'appelant.' },
  schema: { type: 'string', pattern: accountPattern, wanted: { en: 'type:id or type:id:department', fr: 'type:id ou type:id:department' } }
}

export const apiKeyRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: PATH,
    name: 'listApiKeys',
    tag: 'api-keys',
    says: { en: 'Lists the API keys of an account', fr: 'Liste les clés d\'API d\'un compte' },
    access: keyManager,
    query: { ...pageParameters, account: accountParameter },
    answers: { 200: { says: { en: 'The keys, newest first; `count` is that of all pages.', fr: 'Les clés, la plus récente d\'abord ; `count` est celui de toutes les pages.' }, schema: named('ApiKeyList') } },
    examples: [{ name: 'those-of-the-account', says: { en: 'Those of the caller\'s account', fr: 'Celles du compte de l\'appelant' } }],
    handle: listApiKeys
  }),
  route({
    method: 'post',
    path: PATH,
    name: 'createApiKey',
    tag: 'api-keys',
    says: { en: 'Makes an API key', fr: 'Crée une clé d\'API' },
    more: {
      en: 'Its holder acts for the account with the given role, on all its processings or on those that are listed, until it expires or is revoked. An API key cannot make others.',
      fr: 'Son détenteur agit pour le compte avec le rôle donné, sur tous ses traitements ou sur ceux qui sont listés, jusqu\'à ce qu\'elle expire ou soit révoquée. Une clé d\'API ne peut pas en créer d\'autres.'
    },
    access: keyManager,
    body: { schema: wantedKey },
    answers: { 201: { says: { en: 'The key. `key` is shown this once.', fr: 'La clé. `key` n\'est montré que cette fois.' }, schema: named('NewApiKey') } },
    errors: [409],
    examples: [
      { name: 'for-a-script', says: { en: 'For a script that does everything', fr: 'Pour un script qui fait tout' }, body: { title: 'Nightly import', role: 'admin', expiresAt: '2099-12-31T23:59:59Z' } },
      { name: 'role-missing', says: { en: 'A role is needed', fr: 'Un rôle est nécessaire' }, body: { title: 'Nightly import' }, status: 400 }
    ],
    handle: createApiKey
  }),
  route({
    method: 'delete',
    path: `${PATH}/{id}`,
    name: 'revokeApiKey',
    tag: 'api-keys',
    says: { en: 'Revokes an API key', fr: 'Révoque une clé d\'API' },
    access: keyManager,
    query: { account: accountParameter },
    answers: { 204: { says: { en: 'It is unknown from now on.', fr: 'Elle est désormais inconnue.' } } },
    errors: [404],
    examples: [{ name: 'unknown', says: { en: 'A key that the account does not have', fr: 'Une clé que le compte n\'a pas' }, path: { id: 'not-a-key' }, status: 404 }],
    handle: revokeApiKey
  })
]
