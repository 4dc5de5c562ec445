/** Reads the body of a request that must be a JSON object, within bounds. */
import { bodyParser } from '@koa/bodyparser'
import type { RouterMiddleware } from '@koa/router'
import { HttpError } from './errors.ts'
import { printFound } from './print-found.ts'
import type { ApiState, Context } from './types.ts'

const MAX_DEPTH = 32

/**
 * Leaves a plain object in `ctx.request.body`. Throws 415 for another content type, 413 above `bytes` (after inflation), 400 for what is
 * no JSON object, is nested deeper than 32 levels, or has a key `__proto__`.
 */
export function jsonBody (bytes: number): RouterMiddleware<ApiState> {
  const parse = bodyParser({ enableTypes: ['json'], jsonLimit: bytes, onError: error => { throw translated(error, bytes) } })
  return async (ctx, next) => {
    if (ctx.is('json', 'application/*+json') === false) throw new HttpError(415, 'not-json-type', { found: printFound(ctx.get('content-type') || undefined) })
    await parse(ctx, async () => {})
    const body: unknown = ctx.request.body
    if (!isObject(body)) throw new HttpError(400, 'body-not-object', { found: printFound(body) })
    checkShape(body, 1)
    await next()
  }
}

/** The object that `jsonBody` has left. */
export function bodyOf (ctx: Context): Record<string, unknown> {
  const body: unknown = ctx.request.body
  return isObject(body) ? body : {}
}

function translated (error: unknown, bytes: number): unknown {
  if (!(error instanceof Error) || !('status' in error)) return error
  if (error.status === 413) return new HttpError(413, 'body-too-large', { limit: bytes }, { cause: error })
  const code = error.status === 415 || !(error instanceof SyntaxError || /JSON/.test(error.message)) ? 'bad-encoding' : 'bad-json'
  return new HttpError(error.status === 415 ? 415 : 400, code, { reason: error.message }, { cause: error })
}

/** Everything in it is visited once; the size of the body bounds the work, the depth bounds the stack. */
function checkShape (value: object, depth: number): void {
  if (depth > MAX_DEPTH) throw new HttpError(400, 'body-too-deep', { limit: MAX_DEPTH })
  if (Object.hasOwn(value, '__proto__')) throw new HttpError(400, 'reserved-key', { field: '__proto__' })
  for (const child of Object.values(value)) {
    if (typeof child === 'object' && child !== null) checkShape(child, depth + 1)
  }
}

function isObject (value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
