/** /api/v1/runs: what became of each execution. */
import { listRuns, RUN_SORT } from '../lists.ts'
import { DEFAULT_ENTRIES, downloadLog, LOG_TYPES, MAX_ENTRIES, readLogPage } from '../read-log.ts'
import { killRun, readRun } from '../runs.ts'
import { named, text } from '../schemas/base.ts'
import { run, session } from './admission.ts'
import * as example from './example.ts'
import { ownerParameters, pageParameters, sortParameter } from './parameters.ts'
import { route, type Route } from './route.ts'

const one = { path: { id: example.ids.run } }
const shown = { ...example.run, userProfile: 'admin' }
const ended = { ...example.endedRun, userProfile: 'admin' }

const afterSchema = { type: 'integer', minimum: 0, wanted: { en: 'the number of a log entry', fr: 'le numéro d\'une ligne du journal' } } as const

export const runRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/api/v1/runs',
    name: 'listRuns',
    tag: 'runs',
    says: { en: 'List runs', fr: 'Lister les exécutions' },
    more: { en: 'Without their logs. A run is shared as its processing is. To a super-admin, those of all accounts by default.', fr: 'Sans leurs journaux. Une exécution est partagée comme son traitement. À un super-administrateur, par défaut celles de tous les comptes.' },
    access: session,
    query: {
      ...pageParameters,
      sort: sortParameter(...RUN_SORT),
      processing: { says: { en: 'Ids of processings, with commas between them.', fr: 'Identifiants de traitements, séparés par des virgules.' }, schema: { type: 'string', wanted: { en: 'ids with commas between them', fr: 'des identifiants séparés par des virgules' } } },
      ...ownerParameters,
      select: { says: { en: 'Ignored, as by data-fair/processings.', fr: 'Ignoré, comme par data-fair/processings.' }, schema: { type: 'string', deprecated: true, wanted: { en: 'names of fields', fr: 'des noms de champs' } } }
    },
    answers: { 200: { says: { en: 'A page of them, and how many there are.', fr: 'Une page, et leur nombre.' }, schema: named('RunList') } },
    examples: [
      { name: 'of-one', says: { en: 'Those of one processing, the newest first', fr: 'Celles d\'un traitement, les plus récentes d\'abord' }, query: { processing: example.ids.processing, sort: 'createdAt:-1,_id:1' }, answer: { results: [shown, ended], count: 2 } }
    ],
    handle: listRuns
  }),
  route({
    method: 'get',
    path: '/api/v1/runs/{id}',
    name: 'readRun',
    tag: 'runs',
    says: { en: 'Read a run with its log', fr: 'Lire une exécution et son journal' },
    more: { en: 'The last 5,000 entries of the log, and 2 MB of them at most. `debug` entries are for super-admins.', fr: 'Les 5 000 dernières lignes du journal, et 2 Mo au plus. Les lignes `debug` sont pour les super-administrateurs.' },
    access: run('read'),
    answers: { 200: { says: { en: 'The run.', fr: 'L\'exécution.' }, schema: named('RunWithLog') } },
    examples: [{ name: 'ended', says: { en: 'One that has ended', fr: 'Une exécution terminée' }, path: { id: example.ids.endedRun }, answer: { ...ended, log: example.log } }],
    handle: readRun
  }),
  route({
    method: 'post',
    path: '/api/v1/runs/{id}/_kill',
    name: 'killRun',
    tag: 'runs',
    says: { en: 'Stop a run', fr: 'Arrêter une exécution' },
    more: { en: 'One that waits is killed at once; one that goes on is asked to stop, then forced. Twice is harmless.', fr: 'Une exécution en attente est aussitôt tuée ; une exécution en cours est priée de s\'arrêter, puis forcée. Deux fois ne nuit pas.' },
    access: run('exec'),
    answers: { 200: { says: { en: 'The run with its log.', fr: 'L\'exécution et son journal.' }, schema: named('RunWithLog') } },
    errors: [409],
    examples: [
      { name: 'running', says: { en: 'One that goes on', fr: 'Une exécution en cours' }, ...one, answer: { ...shown, status: 'kill', log: [] } },
      { name: 'ended', says: { en: 'One that has ended', fr: 'Une exécution terminée' }, path: { id: example.ids.endedRun }, status: 409, answer: `The run ${example.ids.endedRun} has already ended (finished): only one that waits or runs can be stopped.` }
    ],
    handle: killRun
  }),
  route({
    method: 'get',
    path: '/api/v1/runs/{id}/log',
    name: 'readLog',
    tag: 'runs',
    says: { en: 'Read its log in pages', fr: 'Lire son journal par pages' },
    more: {
      en: 'Entries by their `seq`. A page ends at `limit`, or after 2 MB; `next` is the `after` of the one that follows. `debug` entries are for super-admins.',
      fr: 'Les lignes selon leur `seq`. Une page finit à `limit`, ou après 2 Mo ; `next` est le `after` de la suivante. Les lignes `debug` sont pour les super-administrateurs.'
    },
    access: run('read'),
    query: {
      after: { says: { en: 'The last `seq` that the reader has.', fr: 'Le dernier `seq` que le lecteur possède.' }, schema: afterSchema },
      limit: {
        says: { en: 'Entries in a page.', fr: 'Lignes par page.' },
        schema: { type: 'integer', minimum: 1, maximum: MAX_ENTRIES, default: DEFAULT_ENTRIES, wanted: { en: `an integer from 1 to ${MAX_ENTRIES}`, fr: `un entier de 1 à ${MAX_ENTRIES}` } }
      },
      level: {
        says: { en: 'Types of entries, with commas between them.', fr: 'Types de lignes, séparés par des virgules.' },
        schema: { type: 'string', maxLength: 200, pattern: `^(?:${LOG_TYPES.join('|')})(?:,(?:${LOG_TYPES.join('|')}))*$`, wanted: { en: `some of ${LOG_TYPES.join(', ')}, with commas between them`, fr: `certains de ${LOG_TYPES.join(', ')}, séparés par des virgules` } }
      },
      q: {
        says: { en: 'A text that the message contains, in any case, as it was stored.', fr: 'Un texte que contient le message tel qu\'enregistré, sans égard à la casse.' },
        schema: { type: 'string', maxLength: 1000, wanted: { en: 'at most 1000 characters', fr: 'au plus 1000 caractères' } }
      }
    },
    answers: { 200: { says: { en: 'A page of the log.', fr: 'Une page du journal.' }, schema: named('LogPage') } },
    examples: [
      { name: 'first', says: { en: 'The first entry', fr: 'La première ligne' }, path: { id: example.ids.endedRun }, query: { limit: '1' }, answer: { results: example.log.slice(0, 1), next: 1 } },
      { name: 'search', says: { en: 'Entries of one type that speak of rows', fr: 'Les lignes d\'un type qui parlent de rows' }, path: { id: example.ids.endedRun }, query: { level: 'info', q: 'ROWS' }, answer: { results: example.log.slice(1) } }
    ],
    handle: readLogPage
  }),
  route({
    method: 'get',
    path: '/api/v1/runs/{id}/log.txt',
    name: 'downloadLog',
    tag: 'runs',
    says: { en: 'Download its log', fr: 'Télécharger son journal' },
    access: run('read'),
    answers: {
      200: {
        says: { en: 'All of it, as text: the date, the type and the message; further lines are set in.', fr: 'Le journal entier, en texte : la date, le type et le message ; les lignes suivantes sont en retrait.' },
        schema: text,
        type: 'text/plain',
        headers: { 'Content-Disposition': { says: { en: 'The name of the file.', fr: 'Le nom du fichier.' }, schema: text } }
      }
    },
    examples: [{ name: 'ended', says: { en: 'Of a run that has ended', fr: 'D\'une exécution terminée' }, path: { id: example.ids.endedRun }, answer: `${example.log[0].date} step    Reading\n${example.log[1].date} info    120 rows\n` }],
    handle: downloadLog
  }),
  route({
    method: 'get',
    path: '/api/v1/runs/{id}/log/stream',
    name: 'followLog',
    tag: 'runs',
    says: { en: 'Follow its log', fr: 'Suivre son journal' },
    more: {
      en: 'Server-Sent Events: `log` (its id is the `seq` of the entry), `progress`, `status`, `end`. It is closed once the run has ended, or after an hour; who comes back with `Last-Event-ID` misses nothing.',
      fr: 'Server-Sent Events : `log` (son id est le `seq` de la ligne), `progress`, `status`, `end`. Le flux se ferme quand l\'exécution est terminée, ou après une heure ; qui revient avec `Last-Event-ID` ne manque rien.'
    },
    access: run('read'),
    query: { after: { says: { en: 'The last `seq` that the reader has.', fr: 'Le dernier `seq` que le lecteur possède.' }, schema: afterSchema } },
    headers: { 'last-event-id': { says: { en: 'As `after`: browsers send it by themselves.', fr: 'Comme `after` : les navigateurs l\'envoient d\'eux-mêmes.' }, schema: afterSchema } },
    answers: { 200: { says: { en: 'The events.', fr: 'Les événements.' }, schema: text, type: 'text/event-stream' } },
    errors: [429, 503],
    examples: [{ name: 'resume', says: { en: 'From the entry after 1', fr: 'À partir de la ligne qui suit 1' }, path: { id: example.ids.endedRun }, query: { after: '1' } }],
    handle: call => call.deps.streams.open(call)
  })
]
