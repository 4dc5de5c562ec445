/**
 * The second step of the schema (see schema.ts): sharing, sorting by runs, revisions, triggers, and the tables of accounts and of the service.
 * `last_runs` is made again: what lists filter and sort by has columns, and an index that holds them all, so that 10,000 of them are
 * looked through without the documents.
 * `processing_shares` holds one row for each permission: who is named finds the processing by an index.
 */
export const SECOND = `
  ALTER TABLE processings ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE processings ADD COLUMN created_by TEXT;
  ALTER TABLE processings ADD COLUMN updated_by TEXT;
  UPDATE processings SET created_by = json_extract(doc, '$.created.id'), updated_by = json_extract(doc, '$.updated.id');
  CREATE INDEX processings_created_by ON processings (created_by, id);
  CREATE INDEX processings_updated_by ON processings (updated_by, id);

  CREATE TABLE processing_shares (
    target TEXT NOT NULL,
    kind TEXT NOT NULL,
    role TEXT NOT NULL,
    processing TEXT NOT NULL REFERENCES processings (id) ON DELETE CASCADE,
    PRIMARY KEY (target, kind, role, processing)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX processing_shares_processing ON processing_shares (processing);
  INSERT OR IGNORE INTO processing_shares (target, kind, role, processing)
    SELECT json_extract(permission.value, '$.target.email'), 'userEmail', '', processings.id
    FROM processings, json_each(processings.doc, '$.permissions') AS permission
    WHERE json_extract(permission.value, '$.target.type') = 'userEmail';
  INSERT OR IGNORE INTO processing_shares (target, kind, role, processing)
    SELECT json_extract(permission.value, '$.target.organization.id'), 'partner', role.value, processings.id
    FROM processings, json_each(processings.doc, '$.permissions') AS permission, json_each(permission.value, '$.target.roles') AS role
    WHERE json_extract(permission.value, '$.target.type') = 'partner';

  ALTER TABLE last_runs RENAME TO former_last_runs;
  CREATE TABLE last_runs (
    processing TEXT PRIMARY KEY NOT NULL REFERENCES processings (id) ON DELETE CASCADE,
    status TEXT NOT NULL,
    created_at TEXT NOT NULL,
    scheduled_at TEXT,
    started_at TEXT,
    finished_at TEXT,
    run TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  INSERT INTO last_runs
    SELECT processing, json_extract(run, '$.status'), json_extract(run, '$.createdAt'), json_extract(run, '$.scheduledAt'),
      json_extract(run, '$.startedAt'), json_extract(run, '$.finishedAt'), run
    FROM former_last_runs;
  DROP TABLE former_last_runs;
  CREATE INDEX last_runs_facts ON last_runs (processing, status, created_at, scheduled_at, started_at, finished_at);

  ALTER TABLE runs ADD COLUMN trigger_type TEXT;
  ALTER TABLE runs ADD COLUMN trigger_body TEXT;

  CREATE TABLE limits (
    owner_id TEXT NOT NULL,
    owner_type TEXT NOT NULL,
    name TEXT,
    last_update TEXT NOT NULL,
    defaults INTEGER NOT NULL,
    seconds_limit REAL,
    seconds_used REAL,
    PRIMARY KEY (owner_id, owner_type)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX limits_updated ON limits (last_update, owner_id, owner_type);
  CREATE INDEX limits_type ON limits (owner_type, last_update, owner_id);

  CREATE TABLE run_limits (
    kind TEXT NOT NULL,
    type TEXT NOT NULL,
    id TEXT NOT NULL,
    doc TEXT NOT NULL,
    PRIMARY KEY (kind, type, id)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE api_keys (
    id TEXT PRIMARY KEY NOT NULL,
    hash TEXT NOT NULL UNIQUE,
    owner_type TEXT NOT NULL,
    owner_id TEXT NOT NULL,
    owner_department TEXT,
    created_date TEXT NOT NULL,
    last_used TEXT,
    doc TEXT NOT NULL
  ) STRICT;
  CREATE INDEX api_keys_owner ON api_keys (owner_type, owner_id, created_date, id);

  CREATE TABLE audit (
    id TEXT PRIMARY KEY NOT NULL,
    date TEXT NOT NULL,
    owner_type TEXT NOT NULL,
    owner_id TEXT NOT NULL,
    owner_department TEXT,
    doc TEXT NOT NULL
  ) STRICT;
  CREATE INDEX audit_date ON audit (date, id);
  CREATE INDEX audit_owner ON audit (owner_type, owner_id, date, id);

  CREATE TABLE idempotency (
    scope TEXT NOT NULL,
    key TEXT NOT NULL,
    body_hash TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    result TEXT,
    PRIMARY KEY (scope, key)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX idempotency_expires ON idempotency (expires_at, scope, key);

  CREATE TABLE outbox (
    id TEXT PRIMARY KEY NOT NULL,
    created_at TEXT NOT NULL,
    available_at TEXT NOT NULL,
    lease TEXT,
    attempts INTEGER NOT NULL,
    body TEXT NOT NULL
  ) STRICT;
  CREATE INDEX outbox_created ON outbox (created_at, id, available_at);

  CREATE TABLE meta (
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (kind, name)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE locks (
    name TEXT PRIMARY KEY NOT NULL,
    owner TEXT NOT NULL,
    until TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE crashes (
    content TEXT PRIMARY KEY NOT NULL,
    last_at TEXT NOT NULL,
    doc TEXT NOT NULL
  ) STRICT;
  CREATE INDEX crashes_last ON crashes (last_at, content);
`
