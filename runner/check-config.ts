/** Whether the stored configuration of a processing still fits its plugin, which may have changed since it was saved. */
import type { CachedPlugin } from '../cache/types.ts'
import type { Processing } from '../store/types.ts'
import type { ConfigChecks } from '../validation/index.ts'
import type { NotStarted } from './outcome.ts'

/**
 * Undefined: it may run. That goes too for a plugin without a schema, and for a schema that cannot be used or takes too long to check:
 * this says nothing of the configuration, and the run itself is contained. A check whose answer is known takes microseconds, another one
 * about a millisecond (a thread is kept ready for it), and never more than twice the limit of the checks.
 */
export async function checkConfig (checks: Pick<ConfigChecks, 'check'>, plugin: CachedPlugin, { config }: Pick<Processing, 'config'>): Promise<NotStarted | undefined> {
  if (plugin.schema === undefined || config === undefined) return undefined
  const check = await checks.check(plugin.integrity, plugin.schema, config)
  const [fault] = check.kind === 'invalid' ? check.faults : []
  return fault === undefined ? undefined : { by: 'config', path: fault.path, problem: fault.message }
}
