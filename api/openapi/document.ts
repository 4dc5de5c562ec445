/** The route table as a document of OpenAPI 3.1, in one language. Pure. */
import manifest from '../../package.json' with { type: 'json' }
import type { JsonSchema, Route } from '../routes/route.ts'
import { schemas } from '../schemas/index.ts'
import type { Locale } from '../texts.ts'
import { errorResponses } from './errors.ts'
import { localise } from './localise.ts'
import { operationOf, type OperationOptions } from './operation.ts'
import { securitySchemes } from './security.ts'
import { usedComponents } from './used.ts'

export type Document = Record<string, unknown>

const description = {
  en: 'Processings, their runs and their logs. Texts come in the language of `Accept-Language` (en, fr). JSON is `application/json`; what goes wrong is told as a sentence in plain text, or as `application/problem+json` (RFC 9457) to who accepts JSON and does not prefer text; with session cookies only to who asks for that type by name. Parameters that are not documented are refused.',
  fr: 'Les traitements, leurs exécutions et leurs journaux. Les textes viennent dans la langue de `Accept-Language` (en, fr). Le JSON est du `application/json` ; ce qui ne va pas est dit d\'une phrase en texte brut, ou en `application/problem+json` (RFC 9457) à qui accepte du JSON et ne préfère pas du texte ; avec les cookies d\'une session, seulement à qui demande ce type par son nom. Les paramètres qui ne sont pas documentés sont refusés.'
}

const tags = [
  { name: 'processings', description: { en: 'Saved configurations of plugins.', fr: 'Des configurations de plugins enregistrées.' } },
  { name: 'runs', description: { en: 'Executions of processings, and their logs.', fr: 'Les exécutions de traitements, et leurs journaux.' } },
  { name: 'api-keys', description: { en: 'Keys by which programs act for an account.', fr: 'Des clés par lesquelles des programmes agissent pour un compte.' } },
  { name: 'audit', description: { en: 'Who did what, and when.', fr: 'Qui a fait quoi, et quand.' } },
  { name: 'limits', description: { en: 'The processing time that accounts may use, and what each of their runs is allowed.', fr: 'Le temps de traitement que les comptes peuvent utiliser, et ce qui est permis à chacune de leurs exécutions.' } },
  { name: 'identities', description: { en: 'For the directory of users: accounts that are renamed or removed.', fr: 'Pour l\'annuaire des utilisateurs : des comptes renommés ou supprimés.' } },
  { name: 'service', description: { en: 'The service itself.', fr: 'Le service lui-même.' } },
  { name: 'documentation', description: { en: 'This document.', fr: 'Ce document.' } }
]

const accountParameter = {
  name: 'x-account',
  in: 'header',
  required: false,
  description: { en: 'With the key of the super-admin: the account as whose administrator he acts. JSON; names may be URI-encoded.', fr: 'Avec la clé du super-administrateur : le compte comme administrateur duquel il agit. JSON ; les noms peuvent être encodés comme dans une URI.' },
  content: { 'application/json': { schema: { type: 'object', required: ['type', 'id'], properties: { type: { enum: ['user', 'organization'] }, id: { type: 'string' }, name: { type: 'string' }, department: { type: 'string' }, departmentName: { type: 'string' } } } } }
}

export interface DocumentOptions extends OperationOptions {
  readonly title: string
  readonly locale: Locale
  /** Where the paths begin. */
  readonly server: string
  /** A path of the table -> a path of the document. */
  readonly pathOf?: (path: string) => string
  readonly schemas?: Readonly<Record<string, JsonSchema>>
}

/** The whole API. */
export function apiDocument (routes: readonly Route[], locale: Locale): Document {
  return documentOf(routes, { title: 'Vivarium', locale, server: '/', examples: true })
}

export function documentOf (routes: readonly Route[], options: DocumentOptions): Document {
  const { title, locale, server, pathOf = path => path } = options
  const used = new Set(routes.map(({ tag }) => tag as string)) // looked up by any name
  const paths = pathsOf(routes, pathOf, options)
  const components = { securitySchemes: schemesOf(routes), parameters: { Account: accountParameter }, responses: errorResponses(), schemas: options.schemas ?? schemas }
  const document = {
    openapi: '3.1.1',
    info: { title, version: manifest.version, description, license: { name: manifest.license, identifier: manifest.license } },
    servers: [{ url: server }],
    tags: tags.filter(({ name }) => used.has(name)),
    paths,
    components: usedComponents(components, paths)
  }
  return localise(document, locale) as Document // an object stays one
}

/** The ways to say who calls that these routes know. */
function schemesOf (routes: readonly Route[]): Record<string, unknown> {
  const used = new Set(routes.flatMap(({ access }) => access.schemes))
  return Object.fromEntries(Object.entries(securitySchemes).filter(([name]) => used.has(name)))
}

function pathsOf (routes: readonly Route[], pathOf: (path: string) => string, options: OperationOptions): Record<string, Record<string, unknown>> {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const route of routes) {
    const path = paths[pathOf(route.path)] ??= {}
    path[route.method] = operationOf(route, options)
  }
  return paths
}
