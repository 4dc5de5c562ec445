/** Reads the body of a request that must be a JSON object, within bounds, and holds it against the schema of its route. */
import { bodyParser } from '@koa/bodyparser'
import { boundsFault, type BoundsFault } from '../validation/index.ts'
import { HttpError } from './errors.ts'
import { printFound } from './print-found.ts'
import type { BodyRule } from './routes/route.ts'
import { schemaChecker } from './schema-problems.ts'
import type { Text } from './texts.ts'
import type { Context } from './types.ts'

const JSON_TYPES = ['json', 'application/*+json']
const MAX_DEPTH = 32
/** Of all levels: objects, lists, texts, numbers. */
const MAX_VALUES = 10_000

type Body = Record<string, unknown>

/**
 * A reader of bodies of `bytes` at most, after inflation. It throws 415 for another content type, 413 for a larger one, 400 for what is no
 * JSON object, is nested deeper than 32 levels, has more than 10,000 values or a key `__proto__`, or does not fit the schema.
 */
export function bodyReader ({ schema, checkedBy = 'table', optional = false, ignoresOtherTypes = false, bytes }: BodyRule & { readonly bytes: number }): (ctx: Context) => Promise<Body> {
  // As text: what is wrong with it is then told in our words, in the caller's language.
  const readText = bodyParser({ enableTypes: ['text'], extendTypes: { text: JSON_TYPES }, textLimit: bytes, onError: (error, ctx) => { throw translated(error, bytes, ctx.get('content-encoding')) } })
  const check = checkedBy === 'table' ? schemaChecker(schema) : () => {}
  return async ctx => {
    if (optional && !hasBody(ctx)) return {}
    if (ctx.is(...JSON_TYPES) === false && ignoresOtherTypes) return {}
    if (ctx.is(...JSON_TYPES) === false) throw new HttpError(415, 'not-json-type', { found: printFound(ctx.get('content-type') || undefined) })
    await readText(ctx, async () => {})
    const body = parse(ctx.request.body)
    if (!isObject(body)) throw new HttpError(400, 'body-not-object', { found: printFound(body) })
    const fault = boundsFault(body, { depth: MAX_DEPTH, values: MAX_VALUES })
    if (fault !== undefined) throw outOfBounds(fault)
    check(body)
    return body
  }
}

/** A body of length 0 is none. */
function hasBody (ctx: Context): boolean {
  return ctx.get('transfer-encoding') !== '' || Number(ctx.get('content-length')) > 0
}

/** Nothing at all is an object without fields, as upstream. */
function parse (text: unknown): unknown {
  if (typeof text !== 'string' || text === '') return {}
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new HttpError(400, 'bad-json', { place: placeOf(cause) }, { cause })
  }
}

/** V8 says so of long texts. */
function placeOf (error: unknown): Text {
  const position = /at position (\d+)/.exec(String(error))?.[1]
  if (position === undefined) return { en: '', fr: '' }
  const character = Number(position) + 1
  return { en: ` (see character ${character})`, fr: ` (voir le caractère ${character})` }
}

function translated (error: unknown, bytes: number, encoding: string): unknown {
  if (!(error instanceof Error)) return error
  const status = 'status' in error ? error.status : undefined
  if (status === 413) return new HttpError(413, 'body-too-large', { limit: bytes }, { cause: error })
  const isOurs = status === undefined && !('code' in error && String(error.code).startsWith('Z_'))
  return isOurs ? error : new HttpError(status === 415 ? 415 : 400, 'bad-encoding', { found: printFound(encoding || undefined) }, { cause: error })
}

function outOfBounds (fault: BoundsFault): HttpError {
  switch (fault.kind) {
    case 'depth': return new HttpError(400, 'body-too-deep', { limit: fault.limit })
    case 'values': return new HttpError(400, 'body-too-many-values', { limit: fault.limit })
    case 'key': return new HttpError(400, 'reserved-key', { field: fault.key })
  }
}

function isObject (value: unknown): value is Body {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
