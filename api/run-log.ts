/** The log of a run, as it is embedded in the run. */
import type { LogEntry, LogStore } from '../store/types.ts'
import { entriesBackwards, entrySize } from './log-pages.ts'
import { presentEntry, visibleTypes, type Viewer } from './present.ts'

const MAX_ENTRIES = 5000
/** Of the log's texts. */
const MAX_CHARS = 2_097_152

/**
 * The last 5,000 entries that the viewer may see, in order, and about 2 MB at most: how a run ended is in its last lines. They have no gap,
 * so that the first `seq` tells where the rest ends; `truncated` when there are more before it. The last entry is there whatever its size.
 */
export async function readLog (logs: LogStore, runId: string, viewer: Viewer): Promise<{ readonly entries: Record<string, unknown>[], readonly truncated: boolean }> {
  const found: LogEntry[] = []
  let chars = 0
  let truncated = false
  for await (const entry of entriesBackwards(logs, runId, visibleTypes(viewer.session))) {
    chars += entrySize(entry)
    truncated = found.length > 0 && (found.length === MAX_ENTRIES || chars > MAX_CHARS)
    if (truncated) break
    found.push(entry)
  }
  return { entries: found.reverse().map(entry => presentEntry(entry, viewer.locale)), truncated }
}
