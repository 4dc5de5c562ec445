/** The state of the service, its document, and what an error is. */
import type { JsonSchema } from '../routes/route.ts'
import { anything, text } from './base.ts'

export const serviceSchemas: Readonly<Record<string, JsonSchema>> = {
  Health: {
    type: 'object',
    required: ['status', 'store'],
    additionalProperties: true,
    properties: {
      status: { enum: ['ok', 'error'] },
      store: { type: 'object', required: ['ok', 'ms'], properties: { ok: { type: 'boolean' }, ms: { type: 'integer', minimum: 0 }, reason: text } },
      running: { type: 'integer', minimum: 0, description: { en: 'Runs that go on.', fr: 'Exécutions en cours.' } },
      cells: { type: 'integer', minimum: 0, description: { en: 'Processes of plugins.', fr: 'Processus de plugins.' } },
      canStartCells: { type: 'boolean' }
    }
  },
  Readiness: { type: 'object', required: ['status'], properties: { status: { enum: ['ok', 'stopping', 'error'] } } },
  ServiceInfo: { type: 'object', required: ['version', 'node'], properties: { version: text, node: { type: 'string', description: { en: 'Version of Node.', fr: 'Version de Node.' } } } },
  ServiceStatus: {
    type: 'object',
    required: ['status', 'message', 'details'],
    properties: {
      status: { enum: ['ok', 'error'] },
      message: text,
      details: {
        type: 'array',
        items: { type: 'object', required: ['status', 'name', 'timeInMs'], properties: { status: { enum: ['ok', 'error'] }, name: text, timeInMs: { type: 'integer', minimum: 0 }, message: text } }
      }
    }
  },
  OpenApi: anything,
  Problem: {
    type: 'object',
    description: {
      en: 'RFC 9457. Sent as `application/problem+json` to who accepts JSON and does not prefer text, else the sentence alone as text.',
      fr: 'RFC 9457. Envoyé en `application/problem+json` à qui accepte du JSON et ne préfère pas du texte, sinon la phrase seule, en texte.'
    },
    required: ['type', 'title', 'status', 'code', 'detail', 'message', 'requestId'],
    properties: {
      type: { const: 'about:blank' },
      title: text,
      status: { type: 'integer', minimum: 400, maximum: 599 },
      code: { type: 'string', description: { en: 'Stable; also in the header `X-Error-Code`.', fr: 'Stable ; aussi dans l\'en-tête `X-Error-Code`.' } },
      detail: { type: 'string', description: { en: 'The sentence, in the caller\'s language.', fr: 'La phrase, dans la langue de l\'appelant.' } },
      message: { type: 'string', description: { en: 'The same sentence.', fr: 'La même phrase.' } },
      requestId: { type: 'string', description: { en: 'The service\'s log names it too.', fr: 'Le journal du service le nomme aussi.' } },
      position: { type: 'string', description: { en: '`file:line:column` in the plugin.', fr: '`fichier:ligne:colonne` dans le plugin.' } },
      frame: { type: 'string', description: { en: 'The code there.', fr: 'Le code à cet endroit.' } },
      errors: {
        type: 'array',
        items: {
          type: 'object',
          required: ['pointer', 'code', 'message'],
          properties: {
            pointer: { type: 'string', description: { en: 'JSON pointer into what was sent.', fr: 'Pointeur JSON dans ce qui a été envoyé.' } },
            code: text,
            message: text,
            path: { type: 'string', description: { en: 'JSON pointer into the configuration.', fr: 'Pointeur JSON dans la configuration.' } },
            params: anything
          }
        }
      }
    }
  }
}
