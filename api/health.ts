/** Is the service there, and can it work: for load balancers and orchestrators. No credentials are needed. */
import { Router } from '@koa/router'
import type { ApiDeps, ApiState } from './types.ts'

const STORE_MS = 1000

type StoreState = { readonly ok: true, readonly ms: number } | { readonly ok: false, readonly ms: number, readonly reason: string }

/** `GET /api/v1/_ping` answers `ok`; `GET /healthz` answers 200, or 503 when the store does not answer within a second. */
export function healthRoutes (deps: Pick<ApiDeps, 'store' | 'health' | 'logger'>): Router<ApiState> {
  const router = new Router<ApiState>()
  router.get('/api/v1/_ping', ctx => { ctx.body = 'ok' })
  router.get('/healthz', async ctx => {
    const store = await storeState(deps)
    ctx.status = store.ok ? 200 : 503
    ctx.body = { ...deps.health(), status: store.ok ? 'ok' : 'error', store }
  })
  return router
}

async function storeState ({ store, logger }: Pick<ApiDeps, 'store' | 'logger'>): Promise<StoreState> {
  const start = performance.now()
  const ms = () => Math.round(performance.now() - start)
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<'late'>(resolve => { timer = setTimeout(resolve, STORE_MS, 'late') })
  try {
    const answer = await Promise.race([store.ping(), late])
    return answer === 'late' ? { ok: false, ms: ms(), reason: `no answer within ${STORE_MS} ms` } : { ok: true, ms: ms() }
  } catch (error) {
    // The reason may name files of the host: it is for the log alone.
    logger.error({ err: error }, 'the store does not answer')
    return { ok: false, ms: ms(), reason: 'the store does not answer' }
  } finally {
    clearTimeout(timer)
  }
}
