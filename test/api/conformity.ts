/** Holds what the API answers against its own document: nothing that is not documented may come out. */
import assert from 'node:assert/strict'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { apiDocument } from '../../api/openapi/document.ts'
import { routes } from '../../api/routes/index.ts'

export interface Exchange {
  readonly method: string
  /** With its query. */
  readonly path: string
  readonly sent?: unknown
  readonly status: number
  readonly type: string
  readonly text: string
}

interface Media { readonly schema: object }
interface Answer { readonly $ref?: string, readonly content?: Readonly<Record<string, Media>> }
interface Operation { readonly responses: Readonly<Record<string, Answer>>, readonly requestBody?: { readonly content: Readonly<Record<string, Media>> } }

const document = apiDocument(routes, 'en') as unknown as { paths: Record<string, Record<string, Operation>>, components: { responses: Record<string, Answer>, schemas: Record<string, object> } } // shapes that OpenAPI gives
const ajv = new Ajv2020({ strict: false, allErrors: true, discriminator: true })
addFormats.default(ajv)
const validators = new Map<object, ValidateFunction>()

/** The paths of the document, those without parameters first: `/runs/x` before `/runs/{id}`. */
const paths = Object.entries(document.paths)
  .toSorted(([a], [b]) => a.split('{').length - b.split('{').length)
  .map(([path, operations]) => ({ path, operations, pattern: new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}/?$`) }))

/** Throws `AssertionError` for a status, a type or a body that the document does not have, or a body that was taken against the document. */
export function assertConforms (exchange: Exchange): void {
  const { method, status, type } = exchange
  const found = paths.find(({ pattern }) => pattern.test(exchange.path.split('?')[0] ?? ''))
  const operation = found?.operations[method.toLowerCase()]
  if (found === undefined || operation === undefined) {
    assert.ok([400, 401, 404, 405].includes(status) || method === 'HEAD' || method === 'OPTIONS', `${method} ${exchange.path}: ${status}, but no route of the table`)
    return
  }
  const name = `${method} ${found.path}: ${status}`
  const answer = resolved(operation.responses[status])
  assert.ok(answer !== undefined, `${name} is not documented: ${exchange.text.slice(0, 300)}`)
  const sort = type.split(';')[0] ?? ''
  if (answer.content === undefined) {
    assert.equal(exchange.text, '', `${name}: no content is documented`)
    return
  }
  const media = answer.content[sort]
  assert.ok(media !== undefined, `${name}: the type "${sort}" is not documented`)
  assertFits(`${name} ${sort}`, media.schema, sort.endsWith('json') ? JSON.parse(exchange.text) : exchange.text)
  const taken = status < 300 && exchange.sent !== undefined ? operation.requestBody?.content['application/json'] : undefined
  if (taken !== undefined) assertFits(`${name}, what was sent`, taken.schema, exchange.sent)
}

function resolved (answer: Answer | undefined): Answer | undefined {
  return answer?.$ref === undefined ? answer : document.components.responses[answer.$ref.split('/').at(-1) ?? '']
}

function assertFits (what: string, schema: object, value: unknown): void {
  const validate = validators.get(schema) ?? ajv.compile({ ...strict(schema) as object, components: { schemas: strict(document.components.schemas) } })
  validators.set(schema, validate)
  assert.ok(validate(value), `${what} does not fit the document: ${ajv.errorsText(validate.errors)} ${JSON.stringify(validate.errors?.[0]?.params)}`)
}

/** A client must live with fields that it does not know; our own tests need not. */
function strict (schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(strict)
  if (typeof schema !== 'object' || schema === null) return schema
  const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, strict(value)]))
  return 'properties' in schema && 'type' in schema && !('additionalProperties' in schema) ? { ...inner, additionalProperties: false } : inner
}
