/** The part of the route table about the limits of accounts. The paths are data-fair/processings'. */
import { listLimits, readLimits, writeLimits } from '../limits.ts'
import { named } from '../schemas/base.ts'
import { accountId, accountType } from '../schemas/limits.ts'
import { MAX_SIZE } from '../query.ts'
import { limitReader, serviceOrSuperAdmin } from './admission.ts'
import * as example from './example.ts'
import { pageParameters } from './parameters.ts'
import { route, type Parameter, type Route } from './route.ts'

const PATH = '/api/v1/limits'
const one = `${PATH}/{type}/{account}`

const key: Parameter = { says: { en: 'The secret.', fr: 'Le secret.' }, schema: { type: 'string', wanted: { en: 'one text', fr: 'un seul texte' } } }
export const accountParameters: Readonly<Record<string, Parameter>> = {
  type: { says: { en: 'Of the account.', fr: 'Du compte.' }, schema: accountType },
  account: { says: { en: 'Id of the account.', fr: 'Identifiant du compte.' }, schema: accountId }
}
const { size, ...fromWhere } = pageParameters
const blue = { type: example.account.type, account: example.account.id }
const shown = { type: example.account.type, id: example.account.id, name: 'Blue', lastUpdate: '2026-03-01T00:00:00.000Z', processings_seconds: { limit: 3600, consumption: 240 } }

export const limitRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: PATH,
    name: 'listLimits',
    tag: 'limits',
    says: { en: 'List the limits of accounts', fr: 'Lister les limites des comptes' },
    access: serviceOrSuperAdmin('limits'),
    query: {
      key,
      ...fromWhere,
      ...(size === undefined ? {} : { size: { ...size, schema: { ...size.schema, default: MAX_SIZE } } }),
      type: accountParameters.type as Parameter, // it is written above
      id: accountParameters.account as Parameter
    },
    answers: { 200: { says: { en: 'A page, those that were changed last first, and how many there are.', fr: 'Une page, les dernières modifiées d\'abord, et leur nombre.' }, schema: named('LimitsList') } },
    examples: [
      { name: 'of-organisations', says: { en: 'Those of organisations', fr: 'Celles des organisations' }, as: 'super-admin', query: { type: 'organization' }, answer: { results: [shown], count: 1 } },
      { name: 'without-the-secret', says: { en: 'With a wrong secret', fr: 'Avec un mauvais secret' }, as: 'nobody', query: { key: 'guessed' }, status: 401 }
    ],
    handle: listLimits
  }),
  route({
    method: 'get',
    path: one,
    name: 'readLimits',
    tag: 'limits',
    says: { en: 'Read the limits of an account', fr: 'Lire les limites d\'un compte' },
    more: { en: 'For its members, super-admins and the service that sets them. They are made when there are none: the configured limit holds then.', fr: 'Pour ses membres, les super-administrateurs et le service qui les fixe. Elles sont créées s\'il n\'y en a pas : la limite configurée s\'applique alors.' },
    access: limitReader,
    params: accountParameters,
    query: { key },
    answers: { 200: { says: { en: 'They are.', fr: 'Les voici.' }, schema: named('Limits') } },
    examples: [{ name: 'own', says: { en: 'Of the caller\'s account', fr: 'Du compte de l\'appelant' }, path: blue, answer: shown }],
    handle: readLimits
  }),
  route({
    method: 'post',
    path: one,
    name: 'writeLimits',
    tag: 'limits',
    says: { en: 'Set the limits of an account', fr: 'Fixer les limites d\'un compte' },
    more: { en: 'What is not sent stays as it is, what was used above all. A run that goes on is stopped within half a minute once more than the limit is used.', fr: 'Ce qui n\'est pas envoyé reste tel quel, surtout ce qui a été utilisé. Une exécution en cours est arrêtée en une demi-minute une fois la limite dépassée.' },
    access: serviceOrSuperAdmin('limits'),
    params: accountParameters,
    query: { key },
    body: { schema: named('NewLimits') },
    answers: { 200: { says: { en: 'As they are now.', fr: 'Telles qu\'elles sont maintenant.' }, schema: named('Limits') } },
    examples: [
      { name: 'raise', says: { en: 'Two hours', fr: 'Deux heures' }, as: 'super-admin', path: blue, body: { lastUpdate: '2026-03-03T00:00:00.000Z', processings_seconds: { limit: 7200 } }, answer: { ...shown, lastUpdate: '2026-03-03T00:00:00.000Z', processings_seconds: { limit: 7200, consumption: 240 } } },
      { name: 'by-an-administrator', says: { en: 'By an administrator of the account', fr: 'Par un administrateur du compte' }, path: blue, body: { lastUpdate: '2026-03-03T00:00:00.000Z' }, status: 403 }
    ],
    handle: writeLimits
  })
]
