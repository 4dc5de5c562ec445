/** One way for errors: whatever is thrown below becomes one answer here, in the caller's language, with a stable code. */
import type { Middleware } from 'koa'
import type { SourcePlace } from '../cache/code-frame.ts'
import { renderReason, type Reason } from '../cache/reasons.ts'
import { CacheError, type CacheErrorCode } from '../cache/types.ts'
import type { CallsBusy } from '../runner/call-places.ts'
import type { CellStartError } from '../runner/cells/start-error.ts'
import { StoreError, type Account } from '../store/types.ts'
import { say, type Locale, type Text, type TextCode, type TextParams } from './texts.ts'
import type { ApiDeps, ApiState } from './types.ts'

/** One thing that is wrong in a body; `pointer` is a JSON pointer. */
export interface Problem {
  readonly pointer: string
  readonly code: TextCode
  readonly params: TextParams
}

/** A problem as it is answered. */
interface Listed {
  readonly pointer: string
  readonly code: string
  readonly message: string
}

export interface HttpErrorOptions extends ErrorOptions {
  readonly problems?: readonly Problem[]
  /** The `errors` of the answer, which is then JSON, whatever the caller accepts. */
  readonly listed?: (locale: Locale) => readonly Listed[]
  readonly headers?: Readonly<Record<string, string>>
  /** Where in the plugin's files: for a caller who reads JSON, beside the sentence. */
  readonly where?: SourcePlace
  /** A code of the plugin or of the runner, sent instead of that of the text. */
  readonly sentCode?: string
}

/** What a caller is told. Its message is the English sentence; the answer is in the caller's language. */
export class HttpError extends Error {
  override readonly name = 'HttpError'
  readonly status: number
  readonly code: TextCode
  readonly params: TextParams
  readonly options: HttpErrorOptions

  constructor (status: number, code: TextCode, params: TextParams = {}, options: HttpErrorOptions = {}) {
    super(say(code, params, 'en'), { cause: options.cause })
    this.status = status
    this.code = code
    this.params = params
    this.options = options
  }
}

/**
 * text/plain with the code in `X-Error-Code`; application/problem+json (RFC 9457) for a caller who accepts JSON and does not prefer
 * text. Upstream's front end shows an error's body only when it is text, though its client accepts JSON: who comes with the cookies of a
 * session is answered JSON when he asks for application/problem+json by name. What we did not throw on purpose is answered 500 with a
 * reference that the log line carries too, and nothing else.
 */
export function answerErrors ({ logger }: Pick<ApiDeps, 'logger'>): Middleware<ApiState> {
  return async (ctx, next) => {
    try {
      await next()
    } catch (error) {
      const known = toHttpError(error, ctx.state.requestId)
      if (known.status >= 500) logger.error({ err: error, requestId: ctx.state.requestId, method: ctx.method, path: ctx.path, ...ctx.state.about }, 'a request failed')
      ctx.status = known.status
      ctx.set({ 'Cache-Control': 'no-cache', Expires: '-1', 'X-Error-Code': known.options.sentCode ?? known.code, ...known.options.headers })
      if (prefersJson(ctx)) sendProblem(ctx, known, 'application/problem+json')
      else if (known.options.listed !== undefined) sendProblem(ctx, known, 'application/json')
      else sendText(ctx, known)
    }
  }
}

/** The end of the line: 405 for a path that takes other methods (Koa's router leaves them in `ctx.matched`), else 404. */
export const answerUnknown: Middleware<ApiState> = async ctx => {
  const matched: readonly { readonly methods: readonly string[] }[] = ctx.matched ?? []
  const allowed = [...new Set(matched.flatMap(layer => layer.methods))]
  if (allowed.length === 0) throw new HttpError(404, 'unknown-route', { method: ctx.method, path: ctx.path })
  throw new HttpError(405, 'method-not-allowed', { method: ctx.method, path: ctx.path, allowed: possible(allowed) }, { headers: { Allow: allowed.join(', ') } })
}

/** `HEAD and GET are` */
function possible (methods: readonly string[]): Text {
  const list = (and: string): string => [...(methods.length > 1 ? [methods.slice(0, -1).join(', ')] : []), ...methods.slice(-1)].join(` ${and} `)
  return methods.length === 1 ? { en: `${list('and')} is`, fr: `${list('et')} l'est` } : { en: `${list('and')} are`, fr: `${list('et')} le sont` }
}

/** What a registry or a plugin's archive did wrong, as upstream answers it. */
export function fromCacheError (error: CacheError, owner: Account): HttpError {
  const params = { plugin: error.artefact, owner: owner.name === '' ? owner.id : owner.name, reason: inBothLanguages(error.reason) }
  // An error of ours: `internal` gets its reference where it is answered, and its cause is logged there.
  if (error.code === 'internal') throw error
  return new HttpError(cacheStatus[error.code], error.code, params, { cause: error, where: error.where })
}

function inBothLanguages (reason: Reason): Text {
  return { fr: renderReason(reason, 'fr'), en: renderReason(reason, 'en') }
}

/** 429 when the calls are the account's own, else 503. */
export function fromCallsBusy (error: CallsBusy, owner: Account): HttpError {
  const params = { owner: owner.name === '' ? owner.id : owner.name, seconds: error.retrySeconds }
  const options = { cause: error, headers: { 'Retry-After': String(error.retrySeconds) } }
  return error.by === 'owner' ? new HttpError(429, 'too-many-prepares', params, options) : new HttpError(503, 'prepares-busy', params, options)
}

/** No process can be started for plugins at the moment: the reason names the host's parts, and is for the log. */
export function fromCellStart (error: CellStartError): HttpError {
  const seconds = 30
  return new HttpError(503, 'cells-unavailable', { seconds }, { cause: error, headers: { 'Retry-After': String(seconds) } })
}

/** A database that is locked, full or away: what was asked for may be asked for again. The reason names its file. */
function fromStore (error: StoreError): HttpError {
  const seconds = 5
  return new HttpError(503, 'store-unavailable', { seconds }, { cause: error, headers: { 'Retry-After': String(seconds) } })
}

const cacheStatus: Record<Exclude<CacheErrorCode, 'internal'>, number> = {
  'plugin-forbidden': 403,
  'plugin-not-found': 404,
  'registry-unavailable': 502,
  'registry-misconfigured': 502,
  'plugin-corrupt': 502,
  'plugin-refused': 400,
  'plugin-invalid': 400
}

type AnyContext = Parameters<Middleware<ApiState>>[0]

function toHttpError (error: unknown, reference: string): HttpError {
  if (error instanceof HttpError) return error
  if (error instanceof StoreError && error.code === 'unavailable') return fromStore(error)
  if (isExposed(error)) return new HttpError(error.status, 'bad-request', {}, { cause: error })
  return new HttpError(500, 'internal', { reference }, { cause: error })
}

/** Errors of Koa and its parsers about a request that cannot be read (a malformed escape in a path). */
function isExposed (error: unknown): error is { status: number } {
  return error instanceof Error && 'expose' in error && error.expose === true && 'status' in error && typeof error.status === 'number' && error.status >= 400 && error.status < 500
}

function prefersJson (ctx: AnyContext): boolean {
  if (hasSessionCookie(ctx)) return /\bapplication\/problem\+json\b/.test(ctx.get('accept'))
  return ['json', 'application/problem+json'].includes(String(ctx.accepts('text/plain', 'json', 'application/problem+json')))
}

function hasSessionCookie (ctx: AnyContext): boolean {
  return ctx.get('authorization') === '' && ctx.cookies.get('id_token') !== undefined
}

function sendText (ctx: AnyContext, error: HttpError): void {
  const { problems } = error.options
  ctx.type = 'text'
  ctx.body = problems === undefined
    ? say(error.code, error.params, ctx.state.locale)
    : problems.map(problem => say(problem.code, problem.params, ctx.state.locale)).join('\n')
}

function sendProblem (ctx: AnyContext, error: HttpError, type: string): void {
  const { locale, requestId } = ctx.state
  const { listed, problems, sentCode, where } = error.options
  const code = sentCode ?? error.code
  const detail = say(error.code, error.params, locale)
  const errors = listed?.(locale) ?? problems?.map(({ pointer, code, params }): Listed => ({ pointer, code, message: say(code, params, locale) }))
  ctx.type = type
  ctx.body = { type: 'about:blank', title: detail, status: error.status, code, detail, message: detail, errors, ...where, requestId }
}
