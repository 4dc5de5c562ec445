/** Addresses of data-fair/processings v5 at which plugins were installed and listed. */
import type { Middleware } from 'koa'
import { HttpError } from './errors.ts'
import type { ApiOptions, ApiState } from './types.ts'

const REMOVED = /^\/(?:api\/v1\/)?plugins(?:-registry)?(?:\/|$)/

/** 410, whatever the method; the sentence names the registry that has the plugins now. */
export function answerRemoved ({ registry }: Pick<ApiOptions, 'registry'>): Middleware<ApiState> {
  return async (ctx, next) => {
    if (!REMOVED.test(ctx.path)) return await next()
    throw new HttpError(410, 'plugins-moved', { path: ctx.path, registry: registry === undefined ? '' : ` (${registry})` })
  }
}
