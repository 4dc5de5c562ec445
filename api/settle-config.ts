/** What happens to a configuration before it is stored: the plugin's schema, then the plugin's own prepare(), then the cipher. */
import { CacheError, type CachedPlugin } from '../cache/types.ts'
import type { PrepareResult } from '../runner/types.ts'
import { CallsBusy } from '../runner/call-places.ts'
import { CellStartError } from '../runner/cells/start-error.ts'
import type { Account, CipheredSecret } from '../store/types.ts'
import { CONFIG_BYTES } from '../validation/index.ts'
import { checkAgainstSchema, misfit } from './check-config.ts'
import { fromCacheError, fromCallsBusy, fromCellStart, HttpError } from './errors.ts'
import { returnedFault } from './prepared-value.ts'
import type { Text } from './texts.ts'
import type { ApiDeps } from './types.ts'

export interface ConfigDraft {
  readonly processingId: string
  readonly title: string
  readonly plugin: string
  readonly pluginIntegrity?: string
  /** The owner that the processing will have: the plugin is asked for as this account. */
  readonly owner: Account
  readonly config: Record<string, unknown>
  /** As stored. */
  readonly secrets: Readonly<Record<string, CipheredSecret>>
}

export interface SettledConfig {
  readonly config: Record<string, unknown>
  /** Undefined: prepare() left the secrets as they were. */
  readonly secrets?: Record<string, CipheredSecret>
}

type Deps = Pick<ApiDeps, 'cache' | 'prepare' | 'cipher' | 'configChecks'>

/**
 * 1. the plugin, as the owner  2. its schema  3. prepare(), which alone moves secrets out of the configuration  4. what it returned is
 * held to the rules of a body and to the schema  5. sealed secrets.
 * Throws `HttpError`: 403, 404, 502 of the registry; 400 with `{ message, errors: [{ path, message, params }] }` for a configuration that
 * does not fit; 400 with the plugin's code and words when prepare() fails, 400 `prepare-invalid` when it returns what cannot be stored.
 */
export async function settleConfig (deps: Deps, draft: ConfigDraft): Promise<SettledConfig> {
  try {
    const { plugin } = await deps.cache.ensure(draft.plugin, draft.owner, { integrity: draft.pluginIntegrity })
    await checkAgainstSchema(deps, plugin, draft.config)
    return await prepared(deps, plugin, draft)
  } catch (error) {
    if (error instanceof CallsBusy) throw fromCallsBusy(error, draft.owner)
    if (error instanceof CellStartError) throw fromCellStart(error)
    throw error instanceof CacheError ? fromCacheError(error, draft.owner) : error
  }
}

async function prepared (deps: Deps, plugin: CachedPlugin, draft: ConfigDraft): Promise<SettledConfig> {
  const { cipher } = deps
  const result = await deps.prepare(draft.plugin, draft.owner, {
    processingId: draft.processingId,
    pluginIntegrity: draft.pluginIntegrity,
    processingTitle: draft.title,
    processingConfig: draft.config,
    secrets: mapValues(draft.secrets, secret => cipher.open(secret))
  })
  if (!result.ok && result.returned !== undefined) throw badPrepare(plugin, returnedFault[result.returned])
  if (!result.ok) throw new HttpError(400, 'prepare-failed', { reason: result.message }, { sentCode: result.code, where: result.where })
  await checkReturned(deps, plugin, result)
  const config = result.processingConfig ?? draft.config
  return result.secrets === undefined ? { config } : { config, secrets: mapValues(result.secrets, text => cipher.seal(text)) }
}

/** What a plugin hands over is worth no more than what a caller sends. */
async function checkReturned ({ configChecks }: Deps, plugin: CachedPlugin, { processingConfig, secrets }: PrepareResult & { readonly ok: true }): Promise<void> {
  const fault = returnedFault.of('processingConfig', processingConfig, CONFIG_BYTES) ?? returnedFault.of('secrets', secrets, CONFIG_BYTES)
  if (fault !== undefined) throw badPrepare(plugin, fault)
  if (processingConfig === undefined || plugin.schema === undefined) return
  const check = await configChecks.check(plugin.integrity, plugin.schema, processingConfig)
  if (check.kind !== 'valid') throw check.kind === 'invalid' ? badPrepare(plugin, returnedFault.misfit(check.faults)) : misfit(plugin, check)
}

function badPrepare (plugin: CachedPlugin, reason: Text): HttpError {
  return new HttpError(400, 'prepare-invalid', { plugin: plugin.artefact, reason })
}

function mapValues<A, B> (record: Readonly<Record<string, A>>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]))
}
