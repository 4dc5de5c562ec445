/** The answers of the document that tell what went wrong. */
import { named, text } from '../schemas/base.ts'
import type { Text } from '../texts.ts'

const errors: Readonly<Record<number, { readonly name: string, readonly says: Text }>> = {
  400: { name: 'BadRequest', says: { en: 'What was sent is wrong; the sentence says where.', fr: 'Ce qui a été envoyé ne convient pas ; la phrase dit où.' } },
  401: { name: 'NotAuthenticated', says: { en: 'Nobody said who calls, or with wrong credentials.', fr: 'Personne n\'a dit qui appelle, ou avec de mauvais identifiants.' } },
  403: { name: 'Forbidden', says: { en: 'The caller may not do this.', fr: 'L\'appelant n\'en a pas le droit.' } },
  404: { name: 'NotFound', says: { en: 'It does not exist, or the caller has nothing to do with it.', fr: 'Cela n\'existe pas, ou ne concerne en rien l\'appelant.' } },
  409: { name: 'Conflict', says: { en: 'It is not in a state for this.', fr: 'Son état ne le permet pas.' } },
  412: { name: 'Changed', says: { en: 'It has been changed since the caller has read it.', fr: 'Cela a changé depuis que l\'appelant l\'a lu.' } },
  413: { name: 'TooLarge', says: { en: 'The body is too large.', fr: 'Le corps est trop grand.' } },
  415: { name: 'WrongType', says: { en: 'The body is not sent as JSON.', fr: 'Le corps n\'est pas envoyé en JSON.' } },
  421: { name: 'InternalOnly', says: { en: 'Only services of the platform may call this.', fr: 'Seuls les services de la plateforme peuvent appeler ceci.' } },
  422: { name: 'OtherBody', says: { en: 'Another body came with this `Idempotency-Key`.', fr: 'Un autre corps est venu avec cette `Idempotency-Key`.' } },
  429: { name: 'TooMany', says: { en: 'Too much at the same time, or wrong credentials too often; `Retry-After` says when to try again.', fr: 'Trop à la fois, ou trop souvent de mauvais identifiants ; `Retry-After` dit quand réessayer.' } },
  500: { name: 'Internal', says: { en: 'A fault of the platform, with a reference that its log has too.', fr: 'Un défaut de la plateforme, avec une référence que son journal a aussi.' } },
  502: { name: 'RegistryUnavailable', says: { en: 'The registry of plugins does not do its part.', fr: 'Le registre des plugins ne répond pas comme il faut.' } },
  503: { name: 'Busy', says: { en: 'The platform has too much to do, or its database does not answer; `Retry-After` says when to try again.', fr: 'La plateforme a trop à faire, ou sa base de données ne répond pas ; `Retry-After` dit quand réessayer.' } }
}

const headers = {
  'X-Error-Code': { description: { en: 'The stable code of the error.', fr: 'Le code stable de l\'erreur.' }, schema: text },
  'X-Request-Id': { description: { en: 'The service\'s log names it too.', fr: 'Le journal du service le nomme aussi.' }, schema: text }
}

export function errorRef (status: number): { readonly $ref: string } {
  return { $ref: `#/components/responses/${errors[status]?.name}` }
}

/** `components.responses`. A configuration that does not fit its schema is told as JSON to everybody, as upstream does. */
export function errorResponses (): Record<string, unknown> {
  return Object.fromEntries(Object.keys(errors).map(Number).map(status => [errors[status]?.name, errorResponse(status)]))
}

export function errorResponse (status: number): { readonly description: Text | undefined, readonly headers: object, readonly content: Readonly<Record<string, object>> } {
  const problem = { schema: named('Problem') }
  return { description: errors[status]?.says, headers, content: { 'application/problem+json': problem, 'text/plain': { schema: text }, ...(status === 400 ? { 'application/json': problem } : {}) } }
}
