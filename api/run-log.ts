/** The log of a run, as it is embedded in the run. */
import type { LogStore } from '../store/types.ts'
import { isVisible, presentEntry, type Viewer } from './present.ts'

const MAX_ENTRIES = 5000
const PAGE = 1000

/** The first 5,000 entries that the viewer may see; `truncated` when there are more. */
export async function readLog (logs: LogStore, runId: string, viewer: Viewer): Promise<{ readonly entries: Record<string, unknown>[], readonly truncated: boolean }> {
  const entries: Record<string, unknown>[] = []
  let after = 0
  for (;;) {
    const page = await logs.read(runId, { after, limit: PAGE })
    for (const entry of page) {
      if (!isVisible(entry, viewer.session)) continue
      if (entries.length === MAX_ENTRIES) return { entries, truncated: true }
      entries.push(presentEntry(entry, viewer.locale))
    }
    after = page.at(-1)?.seq ?? after
    if (page.length < PAGE) return { entries, truncated: false }
  }
}
