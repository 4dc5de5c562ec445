/** The part of the route table about the audit trail. */
import { listAudit } from '../audit.ts'
import { accountPattern } from '../schemas/api-key.ts'
import { named } from '../schemas/base.ts'
import { session } from './admission.ts'
import * as example from './example.ts'
import { pageParameters } from './parameters.ts'
import { route, type Parameter, type Route } from './route.ts'

const date: Parameter['schema'] = {
  type: 'string',
  pattern: '^\\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\\d|3[01])(?:T(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d{1,9})?(?:Z|[+-](?:0\\d|1[0-4]):[0-5]\\d))?$',
  wanted: { en: 'a date such as 2030-01-31 or 2030-01-31T12:00:00Z', fr: 'une date telle que 2030-01-31 ou 2030-01-31T12:00:00Z' }
}

export const auditRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/api/v1/audit',
    name: 'listAudit',
    tag: 'audit',
    says: { en: 'List who did what, and when', fr: 'Lister qui a fait quoi, et quand' },
    more: {
      en: 'What was created, changed, deleted, triggered, stopped and allowed, and by whom; never a secret nor a value of a configuration. For administrators of the account and super-admins. Entries are kept for `AUDIT_RETENTION_DAYS`.',
      fr: 'Ce qui a été créé, modifié, supprimé, déclenché, arrêté et permis, et par qui ; jamais un secret ni une valeur d\'une configuration. Pour les administrateurs du compte et les super-administrateurs. Les entrées sont gardées `AUDIT_RETENTION_DAYS` jours.'
    },
    access: session,
    query: {
      ...pageParameters,
      account: {
        says: { en: 'Whose: `type:id`, or `type:id:department`; by default that of the caller, to a super-admin all.', fr: 'De qui : `type:id`, ou `type:id:department` ; par défaut celui de l\'appelant, à un super-administrateur tous.' },
        schema: { type: 'string', pattern: accountPattern, wanted: { en: 'type:id or type:id:department', fr: 'type:id ou type:id:department' } }
      },
      from: { says: { en: 'Not before.', fr: 'Pas avant.' }, schema: date },
      until: { says: { en: 'Before.', fr: 'Avant.' }, schema: date }
    },
    answers: { 200: { says: { en: 'A page of them, the newest first.', fr: 'Une page, les plus récentes d\'abord.' }, schema: named('AuditList') } },
    examples: [{ name: 'of-the-account', says: { en: 'Of the caller\'s account', fr: 'Du compte de l\'appelant' }, query: { from: '2026-03-01' }, answer: { results: [example.auditEntry], count: 1 } }],
    handle: listAudit
  })
]
