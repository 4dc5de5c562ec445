/** One way for errors: whatever is thrown below becomes one answer here, in the caller's language, with a stable code. */
import type { Middleware } from 'koa'
import type { SourcePlace } from '../cache/code-frame.ts'
import { CacheError, type CacheErrorCode } from '../cache/types.ts'
import type { Account } from '../store/types.ts'
import { say, type Text, type TextCode, type TextParams } from './texts.ts'
import type { ApiDeps, ApiState } from './types.ts'

/** One thing that is wrong in a body; `pointer` is a JSON pointer. */
export interface Problem {
  readonly pointer: string
  readonly code: TextCode
  readonly params: TextParams
}

export interface HttpErrorOptions extends ErrorOptions {
  readonly problems?: readonly Problem[]
  /** Sent as it is, as JSON, whatever the caller accepts. */
  readonly body?: Readonly<Record<string, unknown>>
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
 * text. What we did not throw on purpose is answered 500 with a reference that the log line carries too.
 */
export function answerErrors ({ logger }: Pick<ApiDeps, 'logger'>): Middleware<ApiState> {
  return async (ctx, next) => {
    try {
      await next()
    } catch (error) {
      const known = toHttpError(error, ctx.state.requestId)
      if (known.status >= 500) logger.error({ err: error, requestId: ctx.state.requestId, method: ctx.method, path: ctx.path }, 'a request failed')
      ctx.status = known.status
      ctx.set({ 'Cache-Control': 'no-cache', Expires: '-1', 'X-Error-Code': known.options.sentCode ?? known.code, ...known.options.headers })
      if (known.options.body !== undefined) ctx.body = known.options.body
      else if (prefersJson(ctx)) sendProblem(ctx, known)
      else sendText(ctx, known)
    }
  }
}

/** The end of the line: 405 for a path that takes other methods (Koa's router leaves them in `ctx.matched`), else 404. */
export const answerUnknown: Middleware<ApiState> = async ctx => {
  const matched: readonly { readonly methods: readonly string[] }[] = ctx.matched ?? []
  const allowed = [...new Set(matched.flatMap(layer => layer.methods))].join(', ')
  if (allowed === '') throw new HttpError(404, 'unknown-route', { method: ctx.method, path: ctx.path })
  throw new HttpError(405, 'method-not-allowed', { method: ctx.method, path: ctx.path, allowed }, { headers: { Allow: allowed } })
}

/** What a registry or a plugin's archive did wrong, as upstream answers it. */
export function fromCacheError (error: CacheError, owner: Account): HttpError {
  const params = { plugin: error.artefact, owner: owner.name === '' ? owner.id : owner.name, reason: inBothLanguages(error.reason) }
  return new HttpError(cacheStatus[error.code], error.code, params, { cause: error, where: error.where })
}

/** How cache/manifest.ts begins its reason when the package's entry is not there: upstream's words. */
const MISSING_ENTRY = 'fichier source manquant : '

function inBothLanguages (reason: string): string | Text {
  return reason.startsWith(MISSING_ENTRY) ? { fr: reason, en: `missing source file: ${reason.slice(MISSING_ENTRY.length)}` } : reason
}

const cacheStatus: Record<CacheErrorCode, number> = {
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
  if (isExposed(error)) return new HttpError(error.status, 'bad-request', {}, { cause: error })
  return new HttpError(500, 'internal', { reference }, { cause: error })
}

/** Errors of Koa and its parsers about a request that cannot be read (a malformed escape in a path). */
function isExposed (error: unknown): error is { status: number } {
  return error instanceof Error && 'expose' in error && error.expose === true && 'status' in error && typeof error.status === 'number' && error.status >= 400 && error.status < 500
}

function prefersJson (ctx: AnyContext): boolean {
  return ['json', 'application/problem+json'].includes(String(ctx.accepts('text/plain', 'json', 'application/problem+json')))
}

function sendText (ctx: AnyContext, error: HttpError): void {
  const { problems } = error.options
  ctx.type = 'text'
  ctx.body = problems === undefined
    ? say(error.code, error.params, ctx.state.locale)
    : problems.map(problem => say(problem.code, problem.params, ctx.state.locale)).join('\n')
}

function sendProblem (ctx: AnyContext, error: HttpError): void {
  const { locale, requestId } = ctx.state
  const code = error.options.sentCode ?? error.code
  const detail = say(error.code, error.params, locale)
  const errors = error.options.problems?.map(({ pointer, code, params }) => ({ pointer, code, message: say(code, params, locale) }))
  ctx.type = 'application/problem+json'
  ctx.body = { type: 'about:blank', title: detail, status: error.status, code, detail, errors, ...error.options.where, requestId }
}
