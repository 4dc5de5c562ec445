/** The tables, as a list of steps. The file says in `user_version` how many it has taken. A published step never changes: add one. */
import { StoreError } from '../types.ts'
import type { Database } from './database.ts'
import { SECOND } from './schema-second.ts'

/**
 * `runs.slot` is the id of the processing while the run waits or is held, and `ended:` with the run's own id afterwards:
 * its unique index is what keeps a processing from having two live runs.
 * `runs.due` is set while the run waits, `runs.runner` while it is held, `runs.finished_at` once it has ended: partial
 * indexes over them stay as small as the work in hand.
 */
const FIRST = `
  CREATE TABLE processings (
    id TEXT PRIMARY KEY NOT NULL,
    owner_type TEXT NOT NULL,
    owner_id TEXT NOT NULL,
    owner_department TEXT,
    title TEXT NOT NULL,
    plugin TEXT NOT NULL,
    created_date TEXT NOT NULL,
    updated_date TEXT NOT NULL,
    armed INTEGER NOT NULL,
    doc TEXT NOT NULL,
    config TEXT
  ) STRICT;
  CREATE INDEX processings_owner ON processings (owner_type, owner_id, updated_date, id);
  CREATE INDEX processings_title ON processings (title, id);
  CREATE INDEX processings_plugin ON processings (plugin, id);
  CREATE INDEX processings_created ON processings (created_date, id);
  CREATE INDEX processings_updated ON processings (updated_date, id);
  CREATE INDEX processings_armed ON processings (id) WHERE armed = 1;

  CREATE TABLE title_words (
    word TEXT NOT NULL,
    processing TEXT NOT NULL REFERENCES processings (id) ON DELETE CASCADE,
    PRIMARY KEY (word, processing)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX title_words_processing ON title_words (processing);

  CREATE TABLE last_runs (
    processing TEXT PRIMARY KEY NOT NULL REFERENCES processings (id) ON DELETE CASCADE,
    run TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE runs (
    id TEXT PRIMARY KEY NOT NULL,
    processing TEXT NOT NULL REFERENCES processings (id) ON DELETE CASCADE,
    slot TEXT NOT NULL UNIQUE,
    status TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    runner TEXT,
    due TEXT,
    created_at TEXT NOT NULL,
    scheduled_at TEXT,
    started_at TEXT,
    finished_at TEXT,
    owner_type TEXT NOT NULL,
    owner_id TEXT NOT NULL,
    owner_department TEXT,
    owner TEXT NOT NULL,
    permissions TEXT,
    doc TEXT NOT NULL,
    delete_on_complete INTEGER,
    effects TEXT,
    resumed TEXT,
    outcome TEXT,
    receipt TEXT
  ) STRICT;
  CREATE INDEX runs_created ON runs (created_at, id);
  CREATE INDEX runs_owner ON runs (owner_type, owner_id, created_at, id);
  CREATE INDEX runs_processing ON runs (processing, created_at, id);
  CREATE INDEX runs_due ON runs (due, id) WHERE due IS NOT NULL;
  CREATE INDEX runs_held ON runs (runner, id) WHERE runner IS NOT NULL;
  CREATE INDEX runs_ended ON runs (processing, finished_at, id) WHERE finished_at IS NOT NULL;
  CREATE INDEX runs_retained ON runs (processing, created_at, id) WHERE finished_at IS NOT NULL;

  CREATE TABLE log_entries (
    run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    seq INTEGER NOT NULL,
    type TEXT NOT NULL,
    progress REAL,
    total REAL,
    progress_date TEXT,
    doc TEXT NOT NULL,
    PRIMARY KEY (run, seq)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE runners (
    id TEXT PRIMARY KEY NOT NULL,
    host TEXT NOT NULL,
    pid INTEGER NOT NULL,
    started_at TEXT NOT NULL,
    heartbeat_at TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
`

const STEPS: readonly string[] = [FIRST, SECOND]

/** Takes the steps that the file lacks, all or none. Throws `StoreError` `too-new` for a file of a later release. */
export function migrate (database: Database): void {
  if (schemaVersion(database) === STEPS.length) return
  database.transaction(() => {
    const found = schemaVersion(database) // another process may have come first
    if (found > STEPS.length) throw tooNew(database.file, found)
    for (const step of STEPS.slice(found)) database.script(step)
    database.script(`PRAGMA user_version = ${STEPS.length}`)
  })
}

export function schemaVersion (database: Database): number {
  return database.get<{ user_version: number }>('PRAGMA user_version')?.user_version ?? 0
}

function tooNew (file: string, found: number): StoreError {
  return new StoreError('too-new', `the database ${file} has schema version ${found}, this release knows versions up to ${STEPS.length}: start the newer release again, or restore a backup made before it`)
}
