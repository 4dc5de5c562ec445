/** The document of the API, for programs and for people. It holds nothing of any account: anybody may read it. */
import { apiDocument } from '../openapi/document.ts'
import { processingDocument } from '../openapi/processing-document.ts'
import { documentationPage, referenceScript, startScript } from '../openapi/page.ts'
import { configSchemaOf } from '../processings.ts'
import { named, text } from '../schemas/base.ts'
import { anybody, superAdmin, superAdminOnProcessing } from './admission.ts'
import * as example from './example.ts'
import { route, type Route } from './route.ts'

const document = { says: { en: 'The document.', fr: 'Le document.' }, schema: named('OpenApi') }

export const documentationRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/api-docs',
    name: 'browseDocumentation',
    tag: 'documentation',
    says: { en: 'Browse this document', fr: 'Parcourir ce document' },
    access: anybody,
    query: { processing: { says: { en: 'Id of a processing: its own document is shown to a super-admin who has signed in.', fr: 'Identifiant d\'un traitement : son propre document est montré à un super-administrateur connecté.' }, schema: { type: 'string', pattern: '^[\\w-]{1,64}$', wanted: { en: 'the id of a processing', fr: 'l\'identifiant d\'un traitement' } } } },
    answers: { 200: { says: { en: 'A page.', fr: 'Une page.' }, schema: text, type: 'text/html' } },
    examples: [{ name: 'page', says: { en: 'The page', fr: 'La page' }, as: 'nobody' }],
    handle: documentationPage
  }),
  route({
    method: 'get',
    path: '/api-docs/openapi.json',
    name: 'readDocument',
    tag: 'documentation',
    says: { en: 'Read this document', fr: 'Lire ce document' },
    access: anybody,
    answers: { 200: document },
    examples: [{ name: 'document', says: { en: 'The document', fr: 'Le document' }, as: 'nobody' }],
    handle: ({ ctx, deps }) => apiDocument(deps.routes, ctx.state.locale)
  }),
  route({
    method: 'get',
    path: '/api-docs/scalar.js',
    name: 'readReferenceScript',
    tag: 'documentation',
    says: { en: 'The script that shows documents', fr: 'Le script qui montre les documents' },
    access: anybody,
    answers: { 200: { says: { en: 'The script.', fr: 'Le script.' }, schema: text, type: 'text/javascript' } },
    examples: [{ name: 'script', says: { en: 'The script', fr: 'Le script' }, as: 'nobody' }],
    handle: referenceScript
  }),
  route({
    method: 'get',
    path: '/api-docs/start.js',
    name: 'readStartScript',
    tag: 'documentation',
    says: { en: 'The script that starts it', fr: 'Le script qui le lance' },
    access: anybody,
    answers: { 200: { says: { en: 'The script.', fr: 'Le script.' }, schema: text, type: 'text/javascript' } },
    examples: [{ name: 'script', says: { en: 'The script', fr: 'Le script' }, as: 'nobody' }],
    handle: startScript
  }),
  route({
    method: 'get',
    path: '/api/v1/admin/api-docs.json',
    name: 'readDocumentAsAdmin',
    tag: 'documentation',
    says: { en: 'Read this document, where data-fair/processings has it', fr: 'Lire ce document, là où data-fair/processings le met' },
    access: superAdmin,
    answers: { 200: document },
    examples: [{ name: 'document', says: { en: 'The document', fr: 'Le document' }, as: 'super-admin' }],
    handle: ({ ctx, deps }) => apiDocument(deps.routes, ctx.state.locale)
  }),
  route({
    method: 'get',
    path: '/api/v1/processings/{id}/api-docs.json',
    name: 'readProcessingDocument',
    tag: 'documentation',
    says: { en: 'Read the document of one processing', fr: 'Lire le document d\'un traitement' },
    more: { en: 'Its own addresses, with the schema of its plugin for the configuration.', fr: 'Ses propres adresses, avec le schéma de son plugin pour la configuration.' },
    access: superAdminOnProcessing,
    answers: { 200: document },
    errors: [502],
    examples: [{ name: 'one', says: { en: 'Of a processing', fr: 'D\'un traitement' }, as: 'super-admin', path: { id: example.ids.processing } }],
    handle: async ({ ctx, deps, subject }) => processingDocument(deps.routes, subject, await configSchemaOf(deps, subject), ctx.state.locale)
  })
]
