/** What happens to a configuration before it is stored: the plugin's schema, then the plugin's own prepare(), then the cipher. */
import { CacheError, type CachedPlugin } from '../cache/types.ts'
import type { Account, CipheredSecret } from '../store/types.ts'
import type { ConfigSchemas } from './config-schema.ts'
import { fromCacheError, HttpError } from './errors.ts'
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

/**
 * 1. the plugin, as the owner  2. its schema  3. prepare(), which alone moves secrets out of the configuration  4. sealed secrets.
 * Throws `HttpError`: 403, 404, 502 of the registry; 400 with `{ errors: [{ path, message, params }] }` for a configuration that does not
 * fit; 400 with the plugin's code and words when prepare() fails.
 */
export async function settleConfig (deps: Pick<ApiDeps, 'cache' | 'prepare' | 'cipher'>, schemas: ConfigSchemas, draft: ConfigDraft): Promise<SettledConfig> {
  try {
    const { plugin } = await deps.cache.ensure(draft.plugin, draft.owner, { integrity: draft.pluginIntegrity })
    checkAgainstSchema(schemas, plugin, draft.config)
    return await prepared(deps, draft)
  } catch (error) {
    throw error instanceof CacheError ? fromCacheError(error, draft.owner) : error
  }
}

function checkAgainstSchema (schemas: ConfigSchemas, plugin: CachedPlugin, config: Record<string, unknown>): void {
  if (plugin.schema === undefined) throw new HttpError(400, 'schema-missing')
  const check = schemas.check(plugin.integrity, plugin.schema, config)
  switch (check.kind) {
    case 'valid': return
    case 'bad-schema': throw new HttpError(400, 'schema-invalid', { plugin: plugin.artefact, reason: check.reason })
    case 'invalid': {
      const problems = check.faults.map(({ path, message }) => `${path === '' ? 'config' : path} ${message}`).join('; ')
      throw new HttpError(400, 'config-invalid', { problems }, { body: { errors: check.faults } })
    }
  }
}

async function prepared ({ prepare, cipher }: Pick<ApiDeps, 'prepare' | 'cipher'>, draft: ConfigDraft): Promise<SettledConfig> {
  const result = await prepare(draft.plugin, draft.owner, {
    processingId: draft.processingId,
    pluginIntegrity: draft.pluginIntegrity,
    processingTitle: draft.title,
    processingConfig: draft.config,
    secrets: mapValues(draft.secrets, secret => cipher.open(secret))
  })
  if (!result.ok) throw new HttpError(400, 'prepare-failed', { reason: result.message }, { sentCode: result.code, where: result.where })
  const config = result.processingConfig ?? draft.config
  return result.secrets === undefined ? { config } : { config, secrets: mapValues(result.secrets, text => cipher.seal(text)) }
}

function mapValues<A, B> (record: Readonly<Record<string, A>>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]))
}
