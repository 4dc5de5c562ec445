/** The part of the route table for super-admins: the state of the service, the limits of runs. */
import { listRunLimits, removeRunLimits, writeRunLimits } from '../run-limits.ts'
import { readInfo, readStatus } from '../admin-status.ts'
import { processingSchema } from '../processing-schema.ts'
import { named } from '../schemas/base.ts'
import { superAdmin } from './admission.ts'
import * as example from './example.ts'
import { accountParameters } from './limits.ts'
import { pageParameters } from './parameters.ts'
import { route, type Parameter, type Route } from './route.ts'

const PATH = '/api/v1/admin/limits'
const ofOwner = { path: `${PATH}/owners/{type}/{account}`, params: accountParameters }
const ofPlugin = {
  path: `${PATH}/plugins/{plugin}`,
  params: { plugin: { says: { en: 'Its id in the registry, URI-encoded.', fr: 'Son identifiant dans le registre, encodé comme dans une URI.' }, schema: processingSchema.properties.plugin } as Parameter } // it has `wanted`
}
const written = { says: { en: 'The override.', fr: 'La dérogation.' }, schema: named('RunLimitOverride') }
const removed = { says: { en: 'The configured limits hold again.', fr: 'Les limites configurées s\'appliquent de nouveau.' } }
const blue = { type: example.account.type, account: example.account.id }
const more = {
  en: 'In place of the whole override that was there. What an owner is allowed wins over what a plugin is allowed, and that over the configuration. Runs that begin from now on have it, and tell it in their receipt.',
  fr: 'À la place de toute la dérogation précédente. Ce qui est permis à un propriétaire l\'emporte sur ce qui l\'est à un plugin, et cela sur la configuration. Les exécutions qui commencent désormais l\'ont, et le disent dans leur reçu.'
}

export const adminRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/api/v1/admin/info',
    name: 'readInfo',
    tag: 'service',
    says: { en: 'Which version is it?', fr: 'Quelle version est-ce ?' },
    access: superAdmin,
    answers: { 200: { says: { en: 'This one.', fr: 'Celle-ci.' }, schema: named('ServiceInfo') } },
    examples: [{ name: 'version', says: { en: 'The version', fr: 'La version' }, as: 'super-admin' }],
    handle: readInfo
  }),
  route({
    method: 'get',
    path: '/api/v1/admin/status',
    name: 'readStatus',
    tag: 'service',
    says: { en: 'What works, and what does not', fr: 'Ce qui marche, et ce qui ne marche pas' },
    more: { en: 'Answered 200 whatever is found, as by data-fair/processings.', fr: 'Répondu 200 quoi qu\'on trouve, comme par data-fair/processings.' },
    access: superAdmin,
    answers: { 200: { says: { en: 'The parts of the service.', fr: 'Les parties du service.' }, schema: named('ServiceStatus') } },
    examples: [{ name: 'all-is-well', says: { en: 'All is well', fr: 'Tout va bien' }, as: 'super-admin' }],
    handle: readStatus
  }),
  route({
    method: 'get',
    path: PATH,
    name: 'listRunLimits',
    tag: 'limits',
    says: { en: 'List what owners and plugins are allowed instead of the configured limits of a run', fr: 'Lister ce qui est permis à des propriétaires et à des plugins au lieu des limites configurées d\'une exécution' },
    access: superAdmin,
    query: pageParameters,
    answers: { 200: { says: { en: 'A page of overrides, and what may be set.', fr: 'Une page de dérogations, et ce qui peut être fixé.' }, schema: named('RunLimitOverrideList') } },
    examples: [{ name: 'all', says: { en: 'All', fr: 'Toutes' }, as: 'super-admin' }],
    handle: listRunLimits
  }),
  route({
    ...ofOwner,
    method: 'put',
    name: 'writeRunLimitsOfOwner',
    tag: 'limits',
    says: { en: 'Set what the runs of an owner are allowed', fr: 'Fixer ce qui est permis aux exécutions d\'un propriétaire' },
    more,
    access: superAdmin,
    body: { schema: named('RunLimitValues') },
    answers: { 200: written },
    examples: [
      { name: 'longer', says: { en: 'Two hours, and more memory', fr: 'Deux heures, et plus de mémoire' }, as: 'super-admin', path: blue, body: { RUN_WALL_SECONDS: 7200, RUN_HEAP_MB: 512 } },
      { name: 'out-of-bounds', says: { en: 'More than can be', fr: 'Plus que possible' }, as: 'super-admin', path: blue, body: { RUN_CPU_SECONDS: 1_000_000 }, status: 400 }
    ],
    handle: writeRunLimits
  }),
  route({
    ...ofOwner,
    method: 'delete',
    name: 'removeRunLimitsOfOwner',
    tag: 'limits',
    says: { en: 'Allow the runs of an owner what is configured', fr: 'Permettre aux exécutions d\'un propriétaire ce qui est configuré' },
    access: superAdmin,
    answers: { 204: removed },
    errors: [404],
    examples: [{ name: 'none', says: { en: 'When there was none', fr: 'Quand il n\'y en avait pas' }, as: 'super-admin', path: blue, status: 404 }],
    handle: removeRunLimits
  }),
  route({
    ...ofPlugin,
    method: 'put',
    name: 'writeRunLimitsOfPlugin',
    tag: 'limits',
    says: { en: 'Set what the runs of a plugin are allowed', fr: 'Fixer ce qui est permis aux exécutions d\'un plugin' },
    more,
    access: superAdmin,
    body: { schema: named('RunLimitValues') },
    answers: { 200: written },
    examples: [{ name: 'longer', says: { en: 'More computing time', fr: 'Plus de temps de calcul' }, as: 'super-admin', path: { plugin: '@acme/import@^1.2' }, body: { RUN_CPU_SECONDS: 1800 } }],
    handle: writeRunLimits
  }),
  route({
    ...ofPlugin,
    method: 'delete',
    name: 'removeRunLimitsOfPlugin',
    tag: 'limits',
    says: { en: 'Allow the runs of a plugin what is configured', fr: 'Permettre aux exécutions d\'un plugin ce qui est configuré' },
    access: superAdmin,
    answers: { 204: removed },
    errors: [404],
    examples: [{ name: 'none', says: { en: 'When there was none', fr: 'Quand il n\'y en avait pas' }, as: 'super-admin', path: { plugin: 'my-plugin' }, status: 404 }],
    handle: removeRunLimits
  })
]
