/** Runs and their logs, as they are answered. */
import type { JsonSchema } from '../routes/route.ts'
import { WAITING_CODES } from '../waiting-for.ts'
import { anything, date, id, listOf, named, text } from './base.ts'

const count: JsonSchema = { type: 'integer', minimum: 0 }

const status: JsonSchema = {
  enum: ['scheduled', 'triggered', 'running', 'finished', 'error', 'kill', 'killed'],
  description: { en: '`kill`: someone has asked for its end; `finished`, `error` and `killed` are for good.', fr: '`kill` : on a demandé son arrêt ; `finished`, `error` et `killed` sont définitifs.' }
}

const snapshot = {
  _id: id,
  plugin: text,
  status,
  createdAt: date,
  scheduledAt: date,
  startedAt: date,
  finishedAt: date,
  permissions: named('Permissions'),
  deleteOnComplete: { type: 'boolean' },
  attempt: count,
  runner: { type: 'string', description: { en: 'For super-admins.', fr: 'Pour les super-administrateurs.' } },
  effects: { type: 'object', required: ['writes', 'configPatches', 'mails'], properties: { writes: count, configPatches: count, mails: count } },
  resumed: { type: 'object', required: ['reason', 'quarantine'], properties: { reason: text, quarantine: { type: 'boolean' }, retry: count, interruptions: count } },
  outcome: named('Outcome'),
  receipt: { ...anything, description: { en: 'What the run has cost, and where its time went.', fr: 'Ce que l\'exécution a coûté, et où son temps est passé.' } }
}

const run = {
  owner: named('Account'),
  processing: { type: 'object', required: ['_id', 'title'], properties: { _id: id, title: text } },
  ...snapshot,
  trigger: { type: 'object', required: ['type'], properties: { type: { enum: ['manual', 'webhook', 'schedule'] }, body: { description: { en: 'JSON that came with the call. For administrators.', fr: 'JSON reçu avec l\'appel. Pour les administrateurs.' } } } },
  userProfile: named('Profile'),
  waitingFor: { type: 'array', items: named('WaitingReason'), description: { en: 'Why it has not started; empty: it is about to. Only of a run that is scheduled or triggered.', fr: 'Pourquoi elle n\'a pas commencé ; vide : elle va commencer. Seulement d\'une exécution planifiée ou déclenchée.' } }
}

const required = ['_id', 'owner', 'processing', 'status', 'createdAt', 'attempt']

export const runSchemas: Readonly<Record<string, JsonSchema>> = {
  RunSnapshot: { type: 'object', required: ['_id', 'status', 'createdAt', 'attempt'], properties: snapshot },
  Run: { type: 'object', required, properties: run },
  RunWithLog: {
    type: 'object',
    required: [...required, 'log'],
    properties: {
      ...run,
      log: { type: 'array', maxItems: 5000, items: named('LogEntry') },
      logTruncated: { const: true, description: { en: 'The log is longer: these are its last entries.', fr: 'Le journal est plus long : voici ses dernières lignes.' } }
    }
  },
  RunList: listOf('Run'),
  WaitingReason: {
    type: 'object',
    required: ['code', 'params', 'since', 'message'],
    properties: {
      code: { enum: WAITING_CODES },
      params: anything,
      since: date,
      message: { type: 'string', description: { en: 'In the caller\'s language.', fr: 'Dans la langue de l\'appelant.' } }
    }
  },
  Outcome: {
    type: 'object',
    required: ['code', 'message'],
    properties: {
      code: text,
      params: anything,
      message: { type: 'string', description: { en: 'In the caller\'s language.', fr: 'Dans la langue de l\'appelant.' } },
      hint: { type: 'string', description: { en: 'What can be done about it.', fr: 'Ce que l\'on peut y faire.' } },
      adminDetail: { type: 'string', description: { en: 'For super-admins.', fr: 'Pour les super-administrateurs.' } }
    }
  },
  LogPage: {
    type: 'object',
    required: ['results'],
    properties: {
      results: { type: 'array', items: named('LogEntry') },
      next: { type: 'integer', minimum: 1, description: { en: '`after` of the next page; absent when there is no more for now.', fr: '`after` de la page suivante ; absent quand il n\'y a rien de plus pour l\'instant.' } }
    }
  },
  LogEntry: {
    type: 'object',
    required: ['seq', 'type', 'msg', 'date'],
    properties: {
      seq: { type: 'integer', minimum: 1, description: { en: '1, 2, 3… within a run: what a reader resumes from.', fr: '1, 2, 3… dans une exécution : là où un lecteur reprend.' } },
      type: { enum: ['step', 'info', 'warning', 'error', 'debug', 'task'] },
      msg: text,
      date,
      extra: { description: { en: 'Whatever the plugin has added.', fr: 'Ce que le plugin a ajouté.' } },
      code: { type: 'string', description: { en: 'Of the platform\'s own lines.', fr: 'Des lignes de la plateforme elle-même.' } },
      params: anything,
      progress: { type: 'number' },
      total: { type: 'number' },
      progressDate: date
    }
  }
}
