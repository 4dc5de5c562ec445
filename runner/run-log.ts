/** The log of a run as the runner opens it: to run it, or to tell the end of one that nobody runs any more. */
import { createLogBroker, type LogBroker, type LogBrokerOptions } from './brokers/log.ts'
import type { Run } from '../store/types.ts'
import type { RunDeps } from './deps.ts'

type Rest = Pick<LogBrokerOptions, 'startSeq' | 'debug' | 'readable' | 'mask' | 'onFenced' | 'onError'>

export function openRunLog ({ store, bus, limits, locale }: Pick<RunDeps, 'store' | 'bus' | 'limits' | 'locale'>, run: Run, rest: Rest): LogBroker {
  return createLogBroker({
    store,
    runId: run._id,
    attempt: run.attempt,
    limits: { entries: limits.logEntries, bytes: limits.logBytes, entryBytes: limits.logEntryBytes },
    locale,
    onAppended: () => bus.publish(`run:${run._id}`),
    ...rest
  })
}
