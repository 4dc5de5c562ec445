/** The audit trail, as it is shown. */
import type { JsonSchema } from '../routes/route.ts'
import { anything, date, id, listOf, named, text } from './base.ts'

export const auditSchemas: Readonly<Record<string, JsonSchema>> = {
  AuditEntry: {
    type: 'object',
    required: ['_id', 'account', 'date', 'actor', 'action'],
    properties: {
      _id: id,
      account: { ...named('Account'), description: { en: 'Whose administrators may read it.', fr: 'Dont les administrateurs peuvent la lire.' } },
      date,
      actor: { type: 'object', required: ['type', 'id', 'name'], properties: { type: { enum: ['user', 'api-key', 'super-admin', 'webhook', 'service'] }, id, name: text } },
      action: {
        enum: ['processing.create', 'processing.patch', 'processing.delete', 'processing.receive', 'webhook-key.renew', 'run.trigger', 'run.kill', 'api-key.create', 'api-key.revoke', 'limits.set', 'run-limits.set', 'run-limits.remove', 'account.rename', 'account.remove']
      },
      target: { type: 'object', required: ['type', 'id'], properties: { type: text, id, title: text } },
      paths: { type: 'array', items: text, description: { en: 'Names of the fields that were changed; never their values.', fr: 'Noms des champs modifiés ; jamais leurs valeurs.' } },
      details: { ...anything, description: { en: 'What the action needs to be understood: limits, roles, who was given access.', fr: 'Ce qu\'il faut pour comprendre l\'action : limites, rôles, à qui un accès a été donné.' } }
    }
  },
  AuditList: listOf('AuditEntry')
}
