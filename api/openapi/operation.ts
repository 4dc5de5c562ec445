/** One entry of the route table as an operation of OpenAPI 3.1; texts in both languages. Pure. */
import { idParameter } from '../routes/parameters.ts'
import type { AnswerRule, Example, Parameter, Route } from '../routes/route.ts'
import { errorRef, errorResponse } from './errors.ts'
import { isCredential } from './security.ts'

export interface OperationOptions {
  /** Examples of other documents would mislead. */
  readonly examples: boolean
  /** The server's address says it. */
  readonly withoutId?: boolean
}

export function operationOf (route: Route, options: OperationOptions): Record<string, unknown> {
  const examples = options.examples ? route.examples : []
  return {
    operationId: route.name,
    tags: [route.tag],
    summary: route.says,
    ...(route.more === undefined ? {} : { description: route.more }),
    'x-needs': route.access.needs,
    security: route.access.schemes.map(name => ({ [name]: [] })),
    parameters: parametersOf(route, examples, options),
    ...(route.body === undefined ? {} : { requestBody: requestBodyOf(route, route.body, examples) }),
    responses: responsesOf(route, examples)
  }
}

function parametersOf (route: Route, examples: readonly Example[], { withoutId = false }: OperationOptions): unknown[] {
  const id = route.path.includes('{id}') && route.params?.id === undefined && !withoutId ? { id: idParameter } : {}
  const all: [string, 'path' | 'query' | 'header', Parameter][] = [
    ...Object.entries({ ...id, ...route.params }).map(([name, rule]) => [name, 'path', rule] as const),
    ...Object.entries(route.query ?? {}).map(([name, rule]) => [name, 'query', rule] as const),
    ...Object.entries(route.headers ?? {}).map(([name, rule]) => [name, 'header', rule] as const)
  ].map(entry => [...entry])
  const shown = all.filter(([name, place]) => !isCredential(route.access.schemes, place, name))
  const account = route.access.schemes.includes('key') ? [{ $ref: '#/components/parameters/Account' }] : []
  return [...shown.map(([name, place, rule]) => parameterOf(name, place, rule, examples)), ...account]
}

function parameterOf (name: string, place: 'path' | 'query' | 'header', { says, schema }: Parameter, examples: readonly Example[]): unknown {
  const sent = examples.flatMap(({ name: example, says: summary, path, query, headers }) => {
    const text = { path, query, header: headers }[place]?.[name]
    return text === undefined ? [] : [[example, { summary, value: typed(text, schema.type) }]]
  })
  return { name, in: place, required: place === 'path', description: says, schema, ...(sent.length === 0 ? {} : { examples: Object.fromEntries(sent) }) }
}

function typed (text: string, type: unknown): unknown {
  if (type === 'integer' || type === 'number') return Number(text)
  return type === 'boolean' ? text === 'true' : text
}

/** An example that is refused need not fit the schema: it is shown with its refusal alone. */
function requestBodyOf ({ answers }: Route, { schema, optional = false }: NonNullable<Route['body']>, examples: readonly Example[]): unknown {
  const sent = examples.filter(({ body, status }) => body !== undefined && (status === undefined || status in answers))
  return { required: !optional, content: { 'application/json': { schema, ...examplesOf(sent, example => example.body) } } }
}

function responsesOf (route: Route, examples: readonly Example[]): Record<string, unknown> {
  const [first = '200'] = Object.keys(route.answers)
  const of = (status: number): Example[] => examples.filter(example => (example.status ?? Number(first)) === status && example.answer !== undefined)
  const answers = Object.entries(route.answers).map(([status, rule]) => [status, responseOf(rule, of(Number(status)))])
  const errors = errorsOf(route).map(status => [status, of(status).length === 0 ? errorRef(status) : refusal(status, of(status))])
  return Object.fromEntries([...answers, ...errors])
}

/** Statuses, in order: those of the checks, of the door (wrong credentials are counted), of the handler, of our own faults (the store is away). */
function errorsOf ({ access, body, answers, errors = [] }: Pick<Route, 'access' | 'body' | 'answers' | 'errors'>): number[] {
  const all = new Set([400, ...access.refuses, ...(access.refuses.includes(401) ? [429] : []), ...(body === undefined ? [] : [413, 415]), ...errors, 500, ...(access.schemes.length === 0 ? [] : [503])])
  return [...all].filter(status => !(status in answers)).sort((a, b) => a - b)
}

function responseOf ({ says, schema, type = 'application/json', headers }: AnswerRule, examples: readonly Example[]): unknown {
  return {
    description: says,
    ...(headers === undefined ? {} : { headers: Object.fromEntries(Object.entries(headers).map(([name, { says, schema }]) => [name, { description: says, schema }])) }),
    ...(schema === undefined ? {} : { content: { [type]: { schema, ...examplesOf(examples, example => example.answer) } } })
  }
}

function refusal (status: number, examples: readonly Example[]): unknown {
  const { content, ...rest } = errorResponse(status)
  const shown = (type: string, { answer }: Example): boolean => (type === 'text/plain') === (typeof answer === 'string')
  return { ...rest, content: Object.fromEntries(Object.entries(content).map(([type, media]) => [type, { ...media, ...examplesOf(examples.filter(example => shown(type, example)), example => example.answer) }])) }
}

function examplesOf (examples: readonly Example[], value: (example: Example) => unknown): { readonly examples?: Record<string, unknown> } {
  if (examples.length === 0) return {}
  return { examples: Object.fromEntries(examples.map(example => [example.name, { summary: example.says, value: value(example) }])) }
}
