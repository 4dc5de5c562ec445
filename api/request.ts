/** What surrounds every request: its id and language, one log line, the headers and the form of the answer. */
import type { Middleware } from 'koa'
import compress from 'koa-compress'
import helmet from 'koa-helmet'
import { nanoid } from 'nanoid'
import type { Logger } from 'pino'
import { Stream } from 'node:stream'
import { arrivalOf, doorOf, trustedProxies } from './callers/door.ts'
import type { Locale } from './texts.ts'
import type { ApiDeps, ApiOptions, ApiState } from './types.ts'

/** Finds out by which way the request came; gives it an id (that of a proxy, if it sends a sound one in `x-request-id`) and the language of its answer. */
export function identifyRequest (options: Pick<ApiOptions, 'locale' | 'trustProxy'>): Middleware<ApiState> {
  const trusted = trustedProxies(options.trustProxy ?? [])
  return async (ctx, next) => {
    ctx.state.door = doorOf(arrivalOf(ctx.req), trusted)
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
      ...(ctx.state.route === undefined ? {} : { route: ctx.state.route }),
      ...ctx.state.about,
      status: ctx.status,
      // Who guesses keys is found by it.
      ...(ctx.status === 401 || ctx.status === 403 ? { address: ctx.state.door.address } : {}),
      ms: Math.round((performance.now() - start) * 10) / 10,
      ...(account === undefined ? {} : { account: `${account.type}:${account.id}${account.department === undefined ? '' : `:${account.department}`}` }),
      ...(ctx.state.session?.apiKey === undefined ? {} : { apiKey: ctx.state.session.apiKey.id }),
      ...(ctx.state.session?.adminMode === true ? { adminMode: true } : {})
    }, 'request')
  }
}

/** Errors of HTTP clients carry the request that failed, its headers included. */
const CARRIERS = ['config', 'request', 'response', 'headers', 'options'].flatMap(field => [`err.${field}`, `err.cause.${field}`])
const SECRETS = ['authorization', 'cookie', '["set-cookie"]', '["x-webhook-key"]', '["x-secret-key"]'].flatMap(name => {
  const path = name.startsWith('[') ? name : `.${name}`
  return [`headers${path}`, `*.headers${path}`, name]
})

/** A logger whose lines never have what could be a key, whoever writes them. */
export function withoutSecrets (logger: Logger): Logger {
  return logger.child({}, { redact: { paths: [...CARRIERS, ...SECRETS], remove: true } })
}

/**
 * Nothing that the API answers is a page, may be framed, guessed as another type, or kept by a proxy. Strict-Transport-Security is for
 * who serves HTTPS, and knows the neighbours of this host.
 */
export const secureHeaders: readonly Middleware[] = [
  helmet({
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
    frameguard: { action: 'deny' },
    hsts: false
  }),
  async (ctx, next) => {
    ctx.set('Cache-Control', 'no-store')
    await next()
  }
]

/** What is over a kilobyte; a log that is followed must not wait in a compressor. */
export const compressAnswers: Middleware = compress({
  filter: type => type !== 'text/event-stream' && /json|text|javascript/.test(type),
  threshold: 1024,
  zstd: false
})

/** JSON is indented by two, as upstream's. */
export const indentJson: Middleware<ApiState> = async (ctx, next) => {
  await next()
  const { body, type } = ctx.response
  if (typeof body !== 'object' || body === null || Buffer.isBuffer(body) || body instanceof Stream) return
  ctx.body = `${JSON.stringify(body, null, 2)}\n`
  ctx.type = type
}
