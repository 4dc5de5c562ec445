/** What the sandbox has of the members that a plugin uses: the sandbox itself is asked, by a small plugin of ours. */
import { fileURLToPath } from 'node:url'
import type { Workshop } from '../workshop/index.ts'

export type Service = 'served' | 'refused' | 'absent'

const PROBE = 'vivarium-probe'
const folder = fileURLToPath(new URL('./probe', import.meta.url))
/** The API takes configurations of up to 100 KB. */
const AT_ONCE = 1_000

/** `members`: `fs readFile`, `fs promises.readFile`. */
export async function askSandbox (workshop: Workshop, members: readonly string[]): Promise<ReadonlyMap<string, Service>> {
  const answers = new Map<string, Service>()
  if (members.length > 0) await workshop.serve(PROBE, folder)
  for (let from = 0; from < members.length; from += AT_ONCE) {
    const { config } = await workshop.client.createProcessing({ title: PROBE, plugin: PROBE, owner: workshop.account, active: false, config: { members: members.slice(from, from + AT_ONCE) } })
    const { found = {} } = (config ?? {}) as { found?: Record<string, Service> } // what the probe answers
    for (const [name, service] of Object.entries(found)) answers.set(name, service)
  }
  return answers
}
