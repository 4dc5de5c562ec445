/** /api/v1/processings: saved configurations of plugins. */
import { listProcessings, PROCESSING_SORT, STATUSES } from '../lists.ts'
import { changeProcessing, createProcessing, readConfigSchema, readPlugin, readProcessing, removeProcessing } from '../processings.ts'
import { anything, named, text } from '../schemas/base.ts'
import { SHOWN_FIELDS } from '../schemas/processing.ts'
import { MAX_DELAY_SECONDS, MAX_WAIT_SECONDS, TRIGGER_BYTES, triggerProcessing } from '../triggers.ts'
import { readWebhookKey, renewWebhookKey } from '../webhook-key.ts'
import { processing, session, webhookKey } from './admission.ts'
import * as example from './example.ts'
import { ownerParameters, pageParameters, sortParameter } from './parameters.ts'
import { route, type Route } from './route.ts'

const one = { path: { id: example.ids.processing } }
const { owner, processing: of, ...lastRun } = example.run
const idle = { ...example.idle, userProfile: 'admin' }
const shown = { ...example.processing, lastRun, userProfile: 'admin' }
/** A field that is answered, or what is in it. */
const SELECTED = `(?:${SHOWN_FIELDS.join('|')})(?:\\.[\\w.-]+)?`
/** Of the whole account. */
const facets = { statuses: { none: 1, scheduled: 0, running: 1 }, plugins: { 'keeps-a-secret': 2 } }
const renamed = { ...shown, title: 'Sales of the month', revision: 1 }

const etag = { ETag: { says: { en: 'Of the edits of the processing; runs do not change it.', fr: 'Des modifications du traitement ; les exécutions ne le changent pas.' }, schema: text } }
const ifMatch: NonNullable<Route['headers']> = {
  'if-match': {
    says: { en: 'The ETag that was answered before: 412 tells which fields have been changed since.', fr: 'L\'ETag reçu auparavant : 412 dit quels champs ont changé depuis.' },
    schema: { type: 'string', maxLength: 1000, wanted: { en: '* or the ETag of the processing', fr: '* ou l\'ETag du traitement' } }
  }
}
const replayed = { 'Idempotency-Replayed': { says: { en: '`true`: the run of an earlier call.', fr: '`true` : l\'exécution d\'un appel précédent.' }, schema: text } }

export const processingRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/api/v1/processings',
    name: 'listProcessings',
    tag: 'processings',
    says: { en: 'List processings', fr: 'Lister les traitements' },
    access: session,
    query: {
      ...pageParameters,
      sort: sortParameter(...PROCESSING_SORT),
      q: { says: { en: 'Words of the title.', fr: 'Des mots du titre.' }, schema: { type: 'string', maxLength: 1000, wanted: { en: 'at most 1000 characters', fr: 'au plus 1000 caractères' } } },
      ...ownerParameters,
      statuses: {
        says: { en: 'Those whose last run has one of these statuses, with commas between them; `none`: that have not run; `scheduled`: for which a run is planned.', fr: 'Ceux dont la dernière exécution a l\'un de ces statuts, séparés par des virgules ; `none` : sans exécution ; `scheduled` : dont une exécution est planifiée.' },
        schema: { type: 'string', maxLength: 400, pattern: `^(?:${STATUSES.join('|')})(?:,(?:${STATUSES.join('|')}))*$`, wanted: { en: `one or more of ${STATUSES.join(', ')}`, fr: `une ou plusieurs valeurs parmi ${STATUSES.join(', ')}` } }
      },
      plugins: {
        says: { en: 'Those of these plugins: ids of the registry, with commas between them.', fr: 'Ceux de ces plugins : identifiants du registre, séparés par des virgules.' },
        schema: { type: 'string', maxLength: 10_000, pattern: '^[^,]{1,214}(?:,[^,]{1,214}){0,99}$', wanted: { en: 'at most 100 ids of plugins', fr: 'au plus 100 identifiants de plugins' } }
      },
      select: {
        says: { en: 'The only fields that are wanted, with commas between them; `_id` and `userProfile` come with them. Of `lastRun.status` the whole `lastRun` comes.', fr: 'Les seuls champs voulus, séparés par des virgules ; `_id` et `userProfile` viennent avec. Pour `lastRun.status`, tout `lastRun` vient.' },
        schema: { type: 'string', maxLength: 1000, pattern: `^${SELECTED}(?:,${SELECTED})*$`, wanted: { en: `fields of ${SHOWN_FIELDS.join(', ')}, with commas between them`, fr: `des champs parmi ${SHOWN_FIELDS.join(', ')}, séparés par des virgules` } }
      }
    },
    answers: { 200: { says: { en: 'A page of them, how many there are, and how many of each kind.', fr: 'Une page, leur nombre, et leur nombre de chaque sorte.' }, schema: named('ProcessingList') } },
    examples: [
      { name: 'own', says: { en: 'Those of the account, by title', fr: 'Ceux du compte, par titre' }, query: { sort: 'title:1', size: '20' }, answer: { results: [shown, idle], facets, count: 2 } },
      { name: 'of-a-status', says: { en: 'Titles of those that have never run', fr: 'Titres de ceux qui n\'ont jamais été exécutés' }, query: { statuses: 'none', select: 'title' }, answer: { results: [{ _id: idle._id, title: idle.title, userProfile: 'admin' }], facets: { statuses: { none: 1, scheduled: 0 }, plugins: { 'keeps-a-secret': 1 } }, count: 1 } },
      { name: 'count', says: { en: 'Only how many there are, of all accounts', fr: 'Seulement leur nombre, de tous les comptes' }, as: 'super-admin', query: { showAll: 'true', size: '0' }, answer: { results: [], facets: { ...facets, owners: [{ ...example.account, totalCount: 2, departments: [] }] }, count: 2 } }
    ],
    handle: listProcessings
  }),
  route({
    method: 'post',
    path: '/api/v1/processings',
    name: 'createProcessing',
    tag: 'processings',
    says: { en: 'Create a processing', fr: 'Créer un traitement' },
    more: {
      en: 'For administrators of the owner. A configuration is checked against the schema of the plugin, and handed to its `prepare()`, which may put secrets aside: they are never answered. An active processing is scheduled at once. Answers 200, as data-fair/processings does.',
      fr: 'Pour les administrateurs du propriétaire. Une configuration est comparée au schéma du plugin puis confiée à son `prepare()`, qui peut mettre des secrets de côté : ils ne sont jamais renvoyés. Un traitement actif est aussitôt planifié. Répond 200, comme data-fair/processings.'
    },
    access: session,
    body: { schema: named('NewProcessing'), checkedBy: 'handler' },
    answers: { 200: { says: { en: 'The processing.', fr: 'Le traitement.' }, schema: named('Processing'), headers: etag } },
    errors: [403, 404, 429, 502, 503],
    examples: [
      { name: 'plain', says: { en: 'Without a configuration', fr: 'Sans configuration' }, body: { title: 'Sales of the week', plugin: 'keeps-a-secret' }, answer: { ...without(shown, 'active', 'config', 'lastRun'), created: { id: 'superadmin', name: 'Super-admin', date: example.processing.created.date }, updated: { id: 'superadmin', name: 'Super-admin', date: example.processing.created.date } } },
      {
        name: 'scheduled',
        says: { en: 'Every day at 7:30, in Paris', fr: 'Chaque jour à 7 h 30, à Paris' },
        body: {
          title: 'Sales of the week',
          plugin: 'keeps-a-secret',
          active: true,
          config: { message: 'Hello' },
          scheduling: [{ type: 'daily', month: '*', dayOfWeek: '*', dayOfMonth: '*', hour: 7, minute: 30, timeZone: 'Europe/Paris' }],
          permissions: [{ profile: 'read', target: { type: 'partner', organization: { id: 'red', name: 'Red' }, roles: ['admin', 'contrib'] } }]
        }
      },
      {
        name: 'wrong',
        says: { en: 'What is wrong is told all at once', fr: 'Tout ce qui ne va pas est dit à la fois' },
        headers: { accept: 'application/problem+json' },
        body: { title: 5, extra: 1 },
        status: 400,
        answer: {
          type: 'about:blank',
          title: 'Field plugin is missing: wanted the id of an artefact of the registry, such as @scope-name-1.',
          status: 400,
          code: 'missing-field',
          detail: 'Field plugin is missing: wanted the id of an artefact of the registry, such as @scope-name-1.',
          message: 'Field plugin is missing: wanted the id of an artefact of the registry, such as @scope-name-1.',
          errors: [
            { pointer: '/plugin', code: 'missing-field', message: 'Field plugin is missing: wanted the id of an artefact of the registry, such as @scope-name-1.' },
            { pointer: '/extra', code: 'unknown-field', message: 'Unknown field extra.' },
            { pointer: '/title', code: 'bad-field', message: 'Field title: wanted a text of 1 to 1000 characters, without control characters, found 5.' }
          ],
          requestId: 'V1StGXR8Z5jdHi6BmyT4o'
        }
      }
    ],
    handle: createProcessing
  }),
  route({
    method: 'get',
    path: '/api/v1/processings/{id}',
    name: 'readProcessing',
    tag: 'processings',
    says: { en: 'Read a processing', fr: 'Lire un traitement' },
    more: { en: 'Who is no administrator of it sees neither its configuration nor its permissions.', fr: 'Qui n\'en est pas administrateur ne voit ni sa configuration ni ses permissions.' },
    access: processing('read'),
    answers: { 200: { says: { en: 'The processing.', fr: 'Le traitement.' }, schema: named('Processing'), headers: etag } },
    examples: [{ name: 'one', says: { en: 'As an administrator', fr: 'En tant qu\'administrateur' }, ...one, answer: shown }],
    handle: readProcessing
  }),
  route({
    method: 'patch',
    path: '/api/v1/processings/{id}',
    name: 'changeProcessing',
    tag: 'processings',
    says: { en: 'Change a processing', fr: 'Modifier un traitement' },
    access: processing('admin'),
    headers: ifMatch,
    body: { schema: named('ProcessingPatch'), checkedBy: 'handler' },
    answers: { 200: { says: { en: 'The processing as it is now.', fr: 'Le traitement tel qu\'il est maintenant.' }, schema: named('Processing'), headers: etag } },
    errors: [412, 429, 502, 503],
    examples: [
      { name: 'title', says: { en: 'Another title', fr: 'Un autre titre' }, ...one, body: { title: 'Sales of the month' }, answer: { ...renamed, updated: { id: 'superadmin', name: 'Super-admin', date: example.processing.updated.date } } },
      {
        name: 'too-late',
        says: { en: 'Somebody else was quicker', fr: 'Quelqu\'un a été plus rapide' },
        ...one,
        headers: { 'if-match': '"7"' },
        body: { title: 'Sales of the month' },
        status: 412,
        answer: `The processing has been changed since it was read (last edited by Ada, ${example.processing.updated.date}): read it again before you send your change.`
      },
      { name: 'unset', says: { en: 'Stopped, and no longer configured', fr: 'Arrêté, et sans configuration' }, ...one, body: { active: false, config: null } }
    ],
    handle: changeProcessing
  }),
  route({
    method: 'delete',
    path: '/api/v1/processings/{id}',
    name: 'deleteProcessing',
    tag: 'processings',
    says: { en: 'Delete a processing', fr: 'Supprimer un traitement' },
    more: { en: 'Its run is stopped first; then its runs, their logs and its files go.', fr: 'Son exécution est d\'abord arrêtée ; puis ses exécutions, leurs journaux et ses fichiers disparaissent.' },
    access: processing('admin'),
    headers: ifMatch,
    answers: { 204: { says: { en: 'It is gone.', fr: 'Il n\'existe plus.' } } },
    errors: [412],
    examples: [{ name: 'one', says: { en: 'Delete it', fr: 'Le supprimer' }, ...one }],
    handle: removeProcessing
  }),
  route({
    method: 'get',
    path: '/api/v1/processings/{id}/plugin',
    name: 'readPlugin',
    tag: 'processings',
    says: { en: 'Read which plugin it has', fr: 'Lire quel est son plugin' },
    more: { en: 'The plugin is asked of the registry as the owner of the processing.', fr: 'Le plugin est demandé au registre au nom du propriétaire du traitement.' },
    access: processing('read'),
    answers: { 200: { says: { en: 'The content that the next run would have.', fr: 'Le contenu qu\'aurait la prochaine exécution.' }, schema: named('Plugin') } },
    errors: [502],
    examples: [{ name: 'one', says: { en: 'Its plugin', fr: 'Son plugin' }, ...one }],
    handle: readPlugin
  }),
  route({
    method: 'get',
    path: '/api/v1/processings/{id}/plugin-config-schema',
    name: 'readConfigSchema',
    tag: 'processings',
    says: { en: 'Read the schema of its configuration', fr: 'Lire le schéma de sa configuration' },
    more: { en: 'The plugin is asked of the registry as the owner of the processing.', fr: 'Le plugin est demandé au registre au nom du propriétaire du traitement.' },
    access: processing('read'),
    answers: { 200: { says: { en: 'The file processing-config-schema.json of the plugin.', fr: 'Le fichier processing-config-schema.json du plugin.' }, schema: named('ConfigSchema') } },
    errors: [502],
    examples: [{ name: 'one', says: { en: 'Of its plugin', fr: 'De son plugin' }, ...one }],
    handle: readConfigSchema
  }),
  route({
    method: 'get',
    path: '/api/v1/processings/{id}/webhook-key',
    name: 'readWebhookKey',
    tag: 'processings',
    says: { en: 'Read its webhook key', fr: 'Lire sa clé de webhook' },
    access: processing('admin'),
    answers: { 200: { says: { en: 'The key, as text.', fr: 'La clé, en texte.' }, schema: text, type: 'text/plain' } },
    examples: [{ name: 'one', says: { en: 'As an administrator', fr: 'En tant qu\'administrateur' }, ...one, answer: example.webhookKey }],
    handle: readWebhookKey
  }),
  route({
    method: 'delete',
    path: '/api/v1/processings/{id}/webhook-key',
    name: 'renewWebhookKey',
    tag: 'processings',
    says: { en: 'Replace its webhook key', fr: 'Remplacer sa clé de webhook' },
    more: { en: 'The old key is refused at once.', fr: 'L\'ancienne clé est aussitôt refusée.' },
    access: processing('admin'),
    answers: { 200: { says: { en: 'The new key, as text.', fr: 'La nouvelle clé, en texte.' }, schema: text, type: 'text/plain' } },
    examples: [{ name: 'one', says: { en: 'As an administrator', fr: 'En tant qu\'administrateur' }, ...one }],
    handle: renewWebhookKey
  }),
  route({
    method: 'post',
    path: '/api/v1/processings/{id}/_trigger',
    name: 'triggerProcessing',
    tag: 'processings',
    says: { en: 'Start a run', fr: 'Lancer une exécution' },
    more: {
      en: 'By who may execute it, or by its webhook key without a session. One run at a time: a run that already waits is answered again, with the body that it was triggered with. What is not sent as JSON is not read.',
      fr: 'Par qui peut l\'exécuter, ou par sa clé de webhook sans session. Une exécution à la fois : celle qui attend déjà est renvoyée, avec le corps de son déclenchement. Ce qui n\'est pas envoyé en JSON n\'est pas lu.'
    },
    access: webhookKey,
    query: {
      delay: {
        says: { en: 'Seconds to wait before it starts.', fr: 'Secondes à attendre avant son lancement.' },
        schema: { type: 'number', minimum: 0, maximum: MAX_DELAY_SECONDS, wanted: { en: `a number of seconds from 0 to ${MAX_DELAY_SECONDS}`, fr: `un nombre de secondes de 0 à ${MAX_DELAY_SECONDS}` } }
      },
      wait: {
        says: { en: 'Seconds to wait for the end of the run: 202 when it has not ended by then.', fr: 'Secondes pendant lesquelles attendre la fin de l\'exécution : 202 si elle n\'est pas terminée alors.' },
        schema: { type: 'number', minimum: 0, maximum: MAX_WAIT_SECONDS, wanted: { en: `a number of seconds from 0 to ${MAX_WAIT_SECONDS}`, fr: `un nombre de secondes de 0 à ${MAX_WAIT_SECONDS}` } }
      },
      key: { says: { en: 'The webhook key; better in the header `x-webhook-key`, for addresses are kept in logs.', fr: 'La clé de webhook ; de préférence dans l\'en-tête `x-webhook-key`, car les adresses restent dans des journaux.' }, schema: { type: 'string', wanted: { en: 'a webhook key', fr: 'une clé de webhook' } } }
    },
    headers: {
      'x-webhook-key': { says: { en: 'The webhook key.', fr: 'La clé de webhook.' }, schema: { type: 'string', wanted: { en: 'a webhook key', fr: 'une clé de webhook' } } },
      'idempotency-key': {
        says: { en: 'A text that the caller has made up: his calls with the same one start one run, for 24 hours.', fr: 'Un texte choisi par l\'appelant : ses appels avec le même lancent une seule exécution, pendant 24 heures.' },
        schema: { type: 'string', pattern: '^[\\x21-\\x7e]{1,200}$', wanted: { en: '1 to 200 visible ASCII characters', fr: 'de 1 à 200 caractères ASCII visibles' } }
      }
    },
    body: { schema: { ...anything, wanted: { en: 'a JSON object, which the plugin finds as `context.trigger.body`', fr: 'un objet JSON, que le plugin trouve dans `context.trigger.body`' } }, optional: true, ignoresOtherTypes: true, bytes: TRIGGER_BYTES },
    answers: {
      200: { says: { en: 'The run; with `wait`, when it has ended.', fr: 'L\'exécution ; avec `wait`, quand elle est terminée.' }, schema: named('Run'), headers: replayed },
      202: { says: { en: 'The run, which has not ended within `wait`.', fr: 'L\'exécution, qui ne s\'est pas terminée pendant `wait`.' }, schema: named('Run'), headers: replayed }
    },
    errors: [409, 422],
    examples: [
      { name: 'later', says: { en: 'In an hour, by an administrator', fr: 'Dans une heure, par un administrateur' }, path: { id: example.ids.idle }, query: { delay: '3600' } },
      { name: 'webhook', says: { en: 'By the webhook key', fr: 'Par la clé de webhook' }, as: 'nobody', path: { id: example.ids.idle }, headers: { 'x-webhook-key': example.webhookKey } },
      {
        name: 'body',
        says: { en: 'With something for the plugin, and a key that makes it safe to call again', fr: 'Avec quelque chose pour le plugin, et une clé qui permet de rappeler sans risque' },
        as: 'nobody',
        path: { id: example.ids.idle },
        headers: { 'x-webhook-key': example.webhookKey, 'idempotency-key': 'delivery-4711' },
        body: { file: 'sales.csv' }
      },
      { name: 'wait', says: { en: 'And wait a moment for its end', fr: 'Et attendre un instant sa fin' }, path: { id: example.ids.idle }, query: { wait: '0.1' }, status: 202 },
      { name: 'wrong-key', says: { en: 'With a wrong key', fr: 'Avec une mauvaise clé' }, as: 'nobody', ...one, headers: { 'x-webhook-key': 'guessed' }, status: 403, answer: 'Wrong trigger key' }
    ],
    handle: triggerProcessing
  })
]

function without<T extends object> (document: T, ...fields: string[]): Partial<T> {
  return Object.fromEntries(Object.entries(document).filter(([field]) => !fields.includes(field))) as Partial<T> // fewer fields of the same
}
