/** Is the service there: for load balancers and orchestrators. */
import { readHealth, readReadiness } from '../health.ts'
import { named } from '../schemas/base.ts'
import { anybody } from './admission.ts'
import { route, type Route } from './route.ts'

export const serviceRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/api/v1/_ping',
    name: 'ping',
    tag: 'service',
    says: { en: 'Is it there?', fr: 'Est-il là ?' },
    access: anybody,
    answers: { 200: { says: { en: 'It is.', fr: 'Il l\'est.' }, schema: { const: 'ok' }, type: 'text/plain' } },
    examples: [{ name: 'ping', says: { en: 'It answers', fr: 'Il répond' }, as: 'nobody', answer: 'ok' }],
    handle: () => 'ok'
  }),
  route({
    method: 'get',
    path: '/healthz',
    name: 'readHealth',
    tag: 'service',
    says: { en: 'Can it work?', fr: 'Peut-il travailler ?' },
    access: anybody,
    answers: {
      200: { says: { en: 'It can.', fr: 'Oui.' }, schema: named('Health') },
      503: { says: { en: 'The store does not answer within a second, or no process can be started for plugins.', fr: 'La base ne répond pas en une seconde, ou aucun processus ne peut être lancé pour les plugins.' }, schema: named('Health') }
    },
    examples: [{ name: 'healthy', says: { en: 'It can', fr: 'Oui' }, as: 'nobody', answer: { cells: 0, status: 'ok', store: { ok: true, ms: 0 } } }],
    handle: readHealth
  }),
  route({
    method: 'get',
    path: '/readyz',
    name: 'readReadiness',
    tag: 'service',
    says: { en: 'Should calls be sent here?', fr: 'Faut-il lui envoyer des appels ?' },
    access: anybody,
    answers: {
      200: { says: { en: 'They should.', fr: 'Oui.' }, schema: named('Readiness') },
      503: { says: { en: 'It cannot work, or it stops.', fr: 'Il ne peut pas travailler, ou il s\'arrête.' }, schema: named('Readiness') }
    },
    examples: [{ name: 'ready', says: { en: 'They should', fr: 'Oui' }, as: 'nobody', answer: { status: 'ok' } }],
    handle: readReadiness
  })
]
