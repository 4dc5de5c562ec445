/** What an upgrade of the database is made of: versioned scripts, run one after the other by upgrade/index.ts. */
import type { Db } from 'mongodb'

/** One sentence for the operator. */
export type Log = (line: string) => void

/** Idempotent: run again, it does what is left. */
export interface Script {
  readonly description: string
  /** Changes nothing: says what `exec` would do, in numbers and a sample. */
  plan(db: Db, log: Log): Promise<void>
  exec(db: Db, log: Log): Promise<void>
}

/** When a script is wanted. Pure. */
export interface Facts {
  /** Of data-fair/processings, as its own upgrade has recorded it; undefined: it never ran on this database. */
  readonly recorded: string | undefined
  /** Whether there is a folder `plugins` of data-fair/processings v5 under DATA_DIR. */
  readonly volume: boolean
  /** Whether all scripts were run on this database once. */
  readonly movedIn: boolean
}

export interface VersionedScript extends Script {
  /** Its place in this folder, without the extension: `2.3.0/scheduling-array`. */
  readonly name: string
  /** A sentence's end that says why not; undefined: it is wanted. */
  unwanted(facts: Facts): string | undefined
}

/** What the platform says of a run that was cut short (store/document-types.ts, `OutcomeRecord`). */
export interface Interruption {
  readonly code: string
  readonly params: Readonly<Record<string, unknown>>
  readonly message: string
}
