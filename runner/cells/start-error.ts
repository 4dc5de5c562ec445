/** Why a cell could not be started, in a sentence that names the configuration key to look at. */
import type { CellDeath } from './cell.ts'
import type { CellProcessOptions } from './spawn.ts'

export interface StartFailure {
  /** Absent: not even a process was made. */
  readonly death?: CellDeath
  /** What it wrote to its standard error, or what the system said. */
  readonly stderr: string
  readonly options: Pick<CellProcessOptions, 'wrapper' | 'uid' | 'gid' | 'readyMs'>
}

/** `code` is stable: `cell-not-started`. For operators; a run's owner reads the text of `internal`. */
export class CellStartError extends Error {
  override readonly name = 'CellStartError'
  readonly code = 'cell-not-started'

  constructor (failure: StartFailure, options?: ErrorOptions) {
    super(`A cell could not be started: ${reasonOf(failure)}.`, options)
  }
}

const WORDS_CHARS = 600

/** Pure. */
function reasonOf ({ death, stderr, options: { wrapper, uid, gid, readyMs } }: StartFailure): string {
  if (death?.by === 'runner' && death.reason === 'closing') return 'the service is closing'
  const words = firstWords(stderr)
  const said = words === '' ? '' : `; its output begins: ${words}`
  const subject = wrapper === undefined ? 'it' : `CELL_WRAPPER (${JSON.stringify(wrapper.join(' '))})`
  const user = uid === undefined ? '' : ` under CELL_UID ${uid}, CELL_GID ${gid}`
  if (death === undefined || isSpawnError(stderr)) return `wanted a process for ${subject}${user}, found ${words}`
  if (death.by === 'runner') {
    return death.reason === 'not-ready' ? `${subject}${user} was not ready within CELL_READY_SECONDS (${readyMs / 1000} s)${said}` : `${subject} was killed before it was ready (${death.reason})${said}`
  }
  return `${subject}${user} ended ${death.signal === null ? `with code ${death.code}` : `by ${death.signal}`} before the cell was ready${said}`
}

/** Node's own words when there is no such command, or it may not be executed. */
function isSpawnError (text: string): boolean {
  return /^spawn \S.* E[A-Z]+$/.test(text)
}

function firstWords (text: string): string {
  return text.replace(/\s+/g, ' ').trim().slice(0, WORDS_CHARS)
}
