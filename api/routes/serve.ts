/** The route table as middleware. */
import { Router } from '@koa/router'
import type { Middleware } from 'koa'
import { CONFIG_BYTES } from '../../validation/index.ts'
import { checkId } from '../access.ts'
import { bodyReader } from '../body.ts'
import type { ApiParts, ApiState, Context } from '../types.ts'
import { queryChecker } from './check-query.ts'
import type { Call, Route } from './route.ts'

/**
 * For each call: 1. who calls (`readSession`), unless nothing is needed  2. the ids of the path  3. the door: 401, 403, 404  4. the query
 * and the body: a stranger's is not even read  5. the handler.
 */
export function serveRoutes (routes: readonly Route[], deps: ApiParts, readSession: Middleware<ApiState>): ReturnType<Router<ApiState>['routes']> {
  const router = new Router<ApiState>()
  for (const one of routes) {
    const serve = server(one, deps, readSession)
    router[one.method](koaPath(one.path), serve)
  }
  return router.routes()
}

function server (route: Route, deps: ApiParts, readSession: Middleware<ApiState>): (ctx: Context) => Promise<void> {
  const checkParams = queryChecker(route.params ?? {})
  const read = inputReader(route, deps)
  const [status = '200'] = Object.keys(route.answers)
  return async ctx => {
    ctx.state.route = route.path
    if (route.access.needs !== 'nothing') await readSession(ctx, async () => {})
    checkPath(ctx, checkParams)
    ctx.status = Number(status)
    const body = await route.perform(ctx, deps, async () => await read(ctx))
    const { type, schema } = route.answers[ctx.status] ?? {}
    if (schema === undefined) return
    if (type !== undefined) ctx.type = type
    // Koa takes a status that was not set on purpose for 200 or 204: it is set again after the body.
    const answered = ctx.status
    ctx.body = body
    ctx.status = answered
  }
}

function inputReader (route: Route, deps: ApiParts): (ctx: Context) => Promise<Pick<Call<unknown>, 'query' | 'body'>> {
  const checkQuery = queryChecker(route.query ?? {})
  const readBody = route.body === undefined ? undefined : bodyReader({ ...route.body, bytes: route.body.bytes ?? deps.options.bodyBytes ?? CONFIG_BYTES })
  return async ctx => ({ query: checkQuery(ctx.query), body: await readBody?.(ctx) ?? {} })
}

/** What cannot be in a path is told before anything is looked up. */
function checkPath (ctx: Context, check: ReturnType<typeof queryChecker>): void {
  const { id, ...others } = ctx.params
  if (id !== undefined) checkId('id', id)
  check(others)
}

/** `/runs/{id}` -> `/runs/:id` */
function koaPath (path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1')
}
