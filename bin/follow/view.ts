/** How the logs of several runs are shown while they go on: progress bars in a terminal, plain lines elsewhere. */
import type { LogEntry } from '../../store/types.ts'

export interface Progress {
  readonly msg: string
  readonly progress: number
  readonly total: number
}

export interface View {
  /** `source` names the run: account and title. */
  entry (source: string, entry: LogEntry): void
  progress (source: string, progress: Progress): void
  /** The run has ended: what it left unfinished is no longer shown as going on. */
  end (source: string): void
}

export interface Output {
  readonly columns?: number
  write (text: string): unknown
}
