/** What surrounds every request: its id and language, one log line, the headers and the form of the answer. */
import type { Middleware } from 'koa'
import { nanoid } from 'nanoid'
import { Stream } from 'node:stream'
import type { Locale } from './texts.ts'
import type { ApiDeps, ApiState } from './types.ts'

/** Gives the request an id (that of a proxy, if it sends a sound one in `x-request-id`) and the language of its answer. */
export function identifyRequest (options: { readonly locale: Locale }): Middleware<ApiState> {
  return async (ctx, next) => {
    const sent = ctx.get('x-request-id')
    ctx.state.requestId = /^[\w-]{1,64}$/.test(sent) ? sent : nanoid()
    ctx.state.locale = localeOf(ctx, options.locale)
    ctx.set('X-Request-Id', ctx.state.requestId)
    await next()
  }
}

function localeOf (ctx: Parameters<Middleware<ApiState>>[0], fallback: Locale): Locale {
  if (ctx.get('accept-language') === '') return fallback
  const other: Locale = fallback === 'en' ? 'fr' : 'en'
  return ctx.acceptsLanguages(fallback, other) === other ? other : fallback
}

/** One line per request. The query is left out: it may hold a webhook key. */
export function logRequests ({ logger }: Pick<ApiDeps, 'logger'>): Middleware<ApiState> {
  return async (ctx, next) => {
    const start = performance.now()
    await next()
    const account = ctx.state.session?.account
    logger.info({
      requestId: ctx.state.requestId,
      method: ctx.method,
      path: ctx.path,
      status: ctx.status,
      ms: Math.round((performance.now() - start) * 10) / 10,
      ...(account === undefined ? {} : { account: `${account.type}:${account.id}${account.department === undefined ? '' : `:${account.department}`}` }),
      ...(ctx.state.session?.adminMode === true ? { adminMode: true } : {})
    }, 'request')
  }
}

/** Nothing that the API answers is a page, may be framed, guessed as another type, or kept by a proxy. */
export const secureHeaders: Middleware<ApiState> = async (ctx, next) => {
  ctx.set({
    'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Cache-Control': 'no-store'
  })
  await next()
}

/** JSON is indented by two, as upstream's. */
export const indentJson: Middleware<ApiState> = async (ctx, next) => {
  await next()
  const { body, type } = ctx.response
  if (typeof body !== 'object' || body === null || Buffer.isBuffer(body) || body instanceof Stream) return
  ctx.body = `${JSON.stringify(body, null, 2)}\n`
  ctx.type = type
}
