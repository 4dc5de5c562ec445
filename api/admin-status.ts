/** /api/v1/admin/status and /info: for super-admins. Source: data-fair/processings v6. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import manifest from '../package.json' with { type: 'json' }
import { storeState } from './health.ts'
import type { Session } from './permissions.ts'
import type { Call } from './routes/route.ts'
import type { ApiDeps } from './types.ts'

interface Detail {
  readonly status: 'ok' | 'error'
  readonly name: string
  readonly timeInMs: number
  readonly message?: string
}

interface Status {
  readonly status: 'ok' | 'error'
  readonly message: string
  readonly details: readonly Detail[]
}

export function readInfo (): { readonly version: string, readonly node: string } {
  return { version: manifest.version, node: process.version }
}

export async function readStatus ({ deps }: Call<Session>): Promise<Status> {
  const details = (await Promise.all([storeDetail(deps), volumeDetail(deps), cellsDetail(deps)])).filter(detail => detail !== undefined)
  const wrong = details.filter(({ status }) => status === 'error').map(({ name }) => name)
  return wrong.length === 0 ? { status: 'ok', message: 'Service is ok', details } : { status: 'error', message: `Problem with : ${wrong.join(', ')}`, details }
}

async function storeDetail (deps: ApiDeps): Promise<Detail> {
  const state = await storeState(deps)
  const name = deps.options.storeName ?? 'sqlite'
  return state.ok ? { status: 'ok', name, timeInMs: state.ms } : { status: 'error', name, timeInMs: state.ms, message: state.reason }
}

/** A full or read-only disk is found by writing. */
async function volumeDetail ({ options: { dataDir }, logger }: ApiDeps): Promise<Detail | undefined> {
  if (dataDir === undefined) return undefined
  const start = performance.now()
  const told = (rest: Omit<Detail, 'name' | 'timeInMs'>): Detail => ({ ...rest, name: 'data volume', timeInMs: Math.round(performance.now() - start) })
  try {
    await writeFile(join(dataDir, 'check-access.txt'), new Date().toISOString(), { mode: 0o600 })
    return told({ status: 'ok' })
  } catch (error) {
    logger.error({ err: error }, 'the data folder cannot be written to')
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : ''
    return told({ status: 'error', message: `the data folder cannot be written to${code}` })
  }
}

async function cellsDetail ({ health }: ApiDeps): Promise<Detail | undefined> {
  const { canStartCells } = health()
  if (canStartCells === undefined) return undefined
  return canStartCells ? { status: 'ok', name: 'cells', timeInMs: 0 } : { status: 'error', name: 'cells', timeInMs: 0, message: 'no process can be started for plugins' }
}
