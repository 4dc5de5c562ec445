/** One run, from its trigger to its end. */
import type { LogEntry } from '../../store/types.ts'
import type { Client, EndedRun } from './client.ts'
import type { Progress, View } from './view.ts'

/** Shows the log of a run as it is written, and answers the run when it has ended. Throws when `signal` is aborted. */
export async function follow (client: Client, runId: string, source: string, view: View, signal: AbortSignal): Promise<EndedRun> {
  for await (const { event, data } of client.followLog(runId, signal)) {
    if (event === 'log') view.entry(source, JSON.parse(data) as LogEntry) // shapes of api/log-events.ts
    else if (event === 'progress') view.progress(source, JSON.parse(data) as Progress)
    else if (event === 'end') break
  }
  view.end(source)
  return await client.run(runId)
}
