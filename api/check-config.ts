/** A configuration against the schema of its plugin, and how a caller is told that it does not fit. */
import type { CachedPlugin } from '../cache/types.ts'
import type { ConfigCheck, ConfigFault } from '../validation/index.ts'
import { HttpError } from './errors.ts'
import type { Text } from './texts.ts'
import type { ApiDeps } from './types.ts'

const MAX_TOLD = 10

/** Throws `HttpError`: 400 for a configuration or a schema that is wrong, 503 when too many checks wait. */
export async function checkAgainstSchema ({ configChecks }: Pick<ApiDeps, 'configChecks'>, plugin: CachedPlugin, config: Record<string, unknown>): Promise<void> {
  if (plugin.schema === undefined) throw new HttpError(400, 'schema-missing')
  const check = await configChecks.check(plugin.integrity, plugin.schema, config)
  if (check.kind !== 'valid') throw misfit(plugin, check)
}

export function misfit ({ artefact }: CachedPlugin, check: Exclude<ConfigCheck, { readonly kind: 'valid' }>): HttpError {
  switch (check.kind) {
    case 'bad-schema': return new HttpError(400, 'schema-invalid', { plugin: artefact, reason: check.reason })
    case 'too-costly': return new HttpError(400, 'schema-too-costly', { plugin: artefact, reason: check.reason })
    case 'busy': return new HttpError(503, 'checks-busy', {}, { headers: { 'Retry-After': '2' } })
    case 'invalid': return new HttpError(400, 'config-invalid', { problems: problemsOf(check.faults) }, {
      listed: locale => check.faults.map(fault => ({ ...fault, message: fault.message[locale], pointer: `/config${fault.path}`, code: 'config-invalid' }))
    })
  }
}

/** The faults as one text: `/url must be string; config must have required property 'name'`. */
export function problemsOf (faults: readonly ConfigFault[]): Text {
  const told = faults.slice(0, MAX_TOLD)
  const rest = faults.length > told.length ? '; …' : ''
  const all = (locale: 'en' | 'fr'): string => told.map(({ path, message }) => `${path === '' ? 'config' : path} ${message[locale]}`).join('; ') + rest
  return { en: all('en'), fr: all('fr') }
}
