/** Is the service there, and can it work: for load balancers and orchestrators. No credentials are needed. */
import type { Call } from './routes/route.ts'
import type { ApiDeps } from './types.ts'

const STORE_MS = 1000

type StoreState = { readonly ok: true, readonly ms: number } | { readonly ok: false, readonly ms: number, readonly reason: string }

/** 200, or 503 when the store does not answer within a second or no cell can be started. */
export async function readHealth ({ ctx, deps }: Call<undefined>): Promise<Record<string, unknown>> {
  const store = await storeState(deps)
  const facts = deps.health()
  const ok = store.ok && facts.canStartCells !== false
  ctx.status = ok ? 200 : 503
  return { ...facts, status: ok ? 'ok' : 'error', store }
}

/** For orchestrators: whether to send calls here. 503 as /healthz, and once the service stops. */
export async function readReadiness ({ ctx, deps }: Call<undefined>): Promise<{ readonly status: 'ok' | 'stopping' | 'error' }> {
  const stopping = deps.closing?.aborted === true
  const ok = !stopping && (await storeState(deps)).ok && deps.health().canStartCells !== false
  ctx.status = ok ? 200 : 503
  return { status: ok ? 'ok' : stopping ? 'stopping' : 'error' }
}

/** Never rejects; within a second or so. */
export async function storeState ({ store, logger }: Pick<ApiDeps, 'store' | 'logger'>): Promise<StoreState> {
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
