/**
 * Every configuration key: the one table that `loadConfig` reads, `npm run config` prints and docs/configuration.md is made of.
 * Names are those of data-fair/processings wherever the meaning is the same.
 */
import { join } from 'node:path'
import { boolean, derivedInteger, derivedPath, hostPorts, integer, mongoUrl, oneOf, optionalInteger, optionalText, optionalUrl, origins, proxies, secret, secretJson, text, type ValueOf } from './kinds.ts'
import { npmScopes } from './npm-scopes.ts'

const KIB = 1024
const MIB = 1024 * KIB
const GIB = 1024 * MIB
const COUNT = { min: 1, max: 1_000_000_000 }
const BYTES = { min: KIB, max: 1024 * GIB }
const SECONDS = { min: 1, max: 30 * 86_400 }
const MB = { min: 1, max: 1_048_576 }

export const table = {
  // the service
  PORT: integer(8080, { min: 0, max: 65535 }, 'Port of the HTTP API; 0 takes a free one.'),
  API_LOG_STREAMS: integer(1000, { min: 1, max: 100_000 }, 'Live logs that are followed at the same time, by all accounts together; one more is answered 503.'),
  API_LOG_STREAMS_PER_ACCOUNT: integer(100, { min: 1, max: 100_000 }, 'Live logs that one account follows at the same time; one more is answered 429.'),
  API_BODY_BYTES: integer(100 * KIB, { min: KIB, max: 10 * MIB }, 'Largest body of a request, in bytes, once decompressed.'),
  API_WEBHOOK_CALLS: integer(60, COUNT, 'Calls by webhook key that one address may make to one processing in a minute; one more is answered 429.'),
  API_WRONG_WEBHOOK_KEYS: integer(20, COUNT, 'Wrong webhook keys that one address may send in a minute; then none of its keys is looked at for the rest of it.'),
  API_WRONG_KEYS: integer(60, COUNT, 'Wrong keys that one address may send in a minute, and as many wrong sessions; then none of that kind is looked at for the rest of it (429).'),
  HOST: text('0.0.0.0', 'Address on which the HTTP API listens.'),
  LOCALE: oneOf(['en', 'fr'], 'en', 'Language of run logs, and of API errors when the caller names none.'),
  LOG_LEVEL: oneOf(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], 'info', 'Least severe level that the service writes to its own output (JSON lines).'),
  OBSERVER_ACTIVE: boolean(true, 'Whether metrics are served, on OBSERVER_PORT.'),
  OBSERVER_PORT: integer(9090, { min: 0, max: 65535 }, 'Port of the metrics; 0 takes a free one.'),
  RUNNER_OBSERVER_PORT: derivedInteger('OBSERVER_PORT + 1', { min: 0, max: 65535 }, values => besidePort(Number(values.OBSERVER_PORT)), 'Port of the metrics of a runner that has a process of its own (`start runner`), so that it goes with the API on one machine; 0 takes a free one.'),

  // who calls
  PRIVATE_DIRECTORY_URL: optionalUrl('Address of simple-directory, as the service reaches it: its users are then known by their cookies. When absent, only keys are known.'),
  TRUST_PROXY: proxies('Reverse proxies whose x-forwarded-for, -host, -port and -proto are believed. When absent, none are.'),
  SECRET_IDENTITIES: secret(1, 'Secret with which simple-directory says that accounts were renamed or removed.'),
  SECRET_LIMITS: secret(1, 'Secret with which another service of the platform sets the processing time that accounts may use.'),
  IGNORE_ASSERT_REQ_INTERNAL: boolean(false, 'Whether the addresses for other services are served through the reverse proxy too, to whoever holds their secret.'),

  // where things are kept
  DATA_DIR: text('./data', 'Folder of the database, of the keys that are made at the first start, of the persistent files of processings and of the files of runs.'),
  TMP_DIR: derivedPath('<DATA_DIR>/tmp', values => join(String(values.DATA_DIR), 'tmp'), 'Folder of the plugin cache and of what cells start from; it may be emptied while the service is stopped.'),
  MONGO_URL: mongoUrl('Database of MongoDB in which documents and logs are kept, of data-fair/processings or a new one; several machines may share it. When absent, they are kept in SQLite, under DATA_DIR.'),
  SQLITE_SYNCHRONOUS: oneOf(['NORMAL', 'FULL'], 'NORMAL', 'NORMAL survives a crash of the service, FULL also a power cut right after a write, at the price of speed.'),
  CIPHER_PASSWORD: secret(1, 'Password of the secrets of processings. When absent, one is made at the first start and kept in DATA_DIR/cipher-password.'),
  CIPHER_PASSWORD_OLD: secret(1, 'Former CIPHER_PASSWORD: what it sealed can still be opened, nothing new is sealed with it.'),

  // plugins
  REGISTRY: oneOf(['auto', 'dir', 'datafair', 'npm'], 'auto', 'Where plugins come from: the folder PLUGINS_DIR, a registry of data-fair, or one of npm; auto: the one of which an address is given, else the folder.'),
  PLUGINS_DIR: text('./examples', 'Folder of plugins (folders or .tgz), used when no address of a registry is given.'),
  PRIVATE_REGISTRY_URL: optionalUrl('Address of a data-fair registry from which plugins are fetched.'),
  SECRET_REGISTRY: secret(1, 'Secret key sent to the registry; needed with PRIVATE_REGISTRY_URL.'),
  NPM_REGISTRY_URL: optionalUrl('Address of a registry of npm from which plugins and their dependencies are fetched.'),
  NPM_TOKEN: secret(1, 'Token sent to the registry at NPM_REGISTRY_URL.'),
  NPM_SCOPES: npmScopes('Registries that have the packages of a scope, and no other has them; tokens go here too.'),
  NPM_TARBALL_ORIGINS: origins('Origins from which a registry of npm may let archives come, beside its own.'),
  NPM_INSTALL_SECONDS: integer(120, SECONDS, 'Longest time to work out and to fetch the dependencies of a plugin, in seconds.'),
  REGISTRY_STALE_IF_ERROR: integer(0, { min: 0, max: 30 * 86_400 }, 'While the registry is unavailable, a plugin is used to which it gave the owner access within so many seconds; 0: never.'),
  PLUGIN_ARCHIVE_MB: integer(100, MB, 'Largest archive of a plugin, compressed, in MB.'),
  PLUGIN_UNPACKED_MB: integer(400, MB, 'Largest plugin once unpacked, in MB.'),
  PLUGIN_ENTRIES: integer(60_000, COUNT, 'Most files and folders in an archive.'),
  PLUGIN_DEPTH: integer(32, { min: 1, max: 256 }, 'Deepest folder in an archive.'),
  PLUGIN_RATIO: integer(100, { min: 2, max: 10_000 }, 'Highest ratio of unpacked to compressed bytes.'),
  PLUGIN_EXTRACT_SECONDS: integer(60, SECONDS, 'Longest extraction of an archive, in seconds.'),
  PLUGIN_BUNDLE_MB: integer(50, { min: 1, max: 256 }, 'Largest bundle that a plugin may give, in MB.'),
  PLUGIN_BUNDLE_SECONDS: integer(30, SECONDS, 'Longest bundling of a plugin, in seconds. Large ones take three.'),
  PLUGIN_MAX_CRASHES: integer(3, { min: 2, max: 20 }, 'Times that a plugin may bring down the process that isolates it within PLUGIN_CRASH_WINDOW_SECONDS before it is paused.'),
  PLUGIN_CRASH_WINDOW_SECONDS: integer(300, SECONDS, 'Time in which these crashes are counted, in seconds.'),
  PLUGIN_PAUSE_SECONDS: integer(900, SECONDS, 'Pause of a plugin that crashes, in seconds; then one run tries it.'),
  CACHE_MAX_MB: integer(10_240, MB, 'Size of the plugin cache beyond which the contents used least recently are deleted, in MB.'),
  CACHE_MAX_DAYS: integer(30, { min: 1, max: 3650 }, 'Days after which an unused content of the plugin cache is deleted.'),

  // data-fair and mail
  DATA_FAIR_URL: optionalUrl('Public address of data-fair: base of the relative addresses of context.axios, always reachable by plugins.'),
  PRIVATE_DATA_FAIR_URL: optionalUrl('Internal address of data-fair, used for requests that write.'),
  GET_FROM_PRIVATE_DATA_FAIR_URL: boolean(false, 'Whether requests that only read use PRIVATE_DATA_FAIR_URL too.'),
  DATA_FAIR_API_KEY: secret(1, 'API key added to the requests of context.axios to data-fair; plugins never see it.'),
  DATA_FAIR_ADMIN_MODE: boolean(false, 'Whether DATA_FAIR_API_KEY is a super-admin key, used on behalf of the owner of the processing.'),
  MAILS_TRANSPORT: secretJson('Transport of context.sendMail, as nodemailer takes it (JSON). When absent, sending mail fails with a sentence.'),
  MAILS_PENDING_MB: integer(64, { min: 1, max: 4096 }, 'Size of all mails that are under way to the mail server at the same time, in MB; those of one account may have a quarter of it, those of one run an eighth, and one mail always fits.'),
  EGRESS_ALLOW: hostPorts('Addresses that plugins may reach although they are private. The origin of DATA_FAIR_URL always is.'),

  // runs: when and how many
  WORKER_CONCURRENCY: integer(4, { min: 1, max: 1024 }, 'Most runs at the same time in one runner.'),
  WORKER_GRACE_PERIOD: integer(20_000, { min: 0, max: 3_600_000 }, 'Milliseconds that a plugin has to stop by itself before it is stopped by force.'),
  RUNS_RETENTION: integer(500, { min: 1, max: 100_000 }, 'Ended runs kept for each processing.'),
  AUDIT_RETENTION_DAYS: integer(365, { min: 1, max: 36_500 }, 'Days for which the audit trail (who did what) is kept.'),
  RUN_MAX_INTERRUPTIONS: integer(3, { min: 0, max: 1000 }, 'Times that a run without effects is run again because its runner stopped or died.'),
  MAX_FAILURES: integer(10, { min: 1, max: 1000 }, 'Failures in a row after which a processing is deactivated.'),
  MAX_FAILURES_COOLDOWN: integer(12, { min: 0, max: 8760 }, 'Hours that these failures must span.'),
  DEFAULT_LIMITS_PROCESSINGS_SECONDS: integer(-1, { min: -1, max: 1_000_000_000 }, 'Seconds of processing allowed to an account that has no limit of its own; -1: unlimited.'),

  // cells
  CELL_MAX: integer(8, { min: 1, max: 1024 }, 'Most cells (confined processes) alive at the same time; who needs one more waits.'),
  CELL_SPARES: integer(1, { min: 0, max: 64 }, 'Cells kept warm for an owner who has none.'),
  CELL_THREADS: integer(4, { min: 1, max: 64 }, 'Most runs at the same time in one cell.'),
  CELL_MAX_RUNS: integer(200, COUNT, 'Runs after which a cell is replaced.'),
  CELL_IDLE_SECONDS: integer(600, SECONDS, 'Seconds after which an idle cell is ended.'),
  CELL_READY_SECONDS: integer(10, { min: 1, max: 600 }, 'Seconds that a cell has to start; one that is not ready by then is ended.'),
  CELL_WRAPPER: optionalText('Command put before that of a cell, for example a bwrap or unshare call; words are separated by spaces.'),
  CELL_UID: optionalInteger({ min: 1, max: 4_294_967_294 }, 'User id of cells, when the service starts as root.'),
  CELL_GID: optionalInteger({ min: 1, max: 4_294_967_294 }, 'Group id of cells; goes with CELL_UID.'),
  CELL_NO_NODE_SNAPSHOT: boolean(false, 'Starts cells without the start-up snapshot of Node (slower).'),

  // limits of one run
  RUN_CPU_SECONDS: integer(300, { min: 1, max: 86_400 }, 'Computing time of a run, in seconds.'),
  RUN_WALL_SECONDS: integer(3600, { min: 1, max: 604_800 }, 'Duration of a run, in seconds.'),
  RUN_HEAP_MB: integer(256, { min: 16, max: 16_384 }, 'JavaScript heap of a run, in MB.'),
  RUN_CELL_MEMORY_MB: integer(1024, { min: 128, max: 65_536 }, 'Memory of the process of a run, in MB; buffers, Intl and WebAssembly count here.'),
  RUN_LOG_ENTRIES: integer(10_000, { min: 10, max: 1_000_000 }, 'Entries in the log of a run.'),
  RUN_LOG_BYTES: integer(10 * MIB, { min: 64 * KIB, max: GIB }, 'Bytes in the log of a run.'),
  RUN_LOG_ENTRY_BYTES: integer(64 * KIB, { min: KIB, max: 4 * MIB }, 'Bytes of one log entry, its extra included.'),
  RUN_RESULT_BYTES: integer(MIB, { min: KIB, max: 64 * MIB }, 'Bytes of what run() may return, as JSON.'),
  RUN_TIMERS: integer(10_000, { min: 10, max: 1_000_000 }, 'Timers that a run may have waiting.'),
  RUN_MESSAGE_BYTES: integer(16 * MIB, { min: 256 * KIB, max: 256 * MIB }, 'Bytes of one message between a run and its runner.'),
  RUN_HTTP_CONCURRENT: integer(16, { min: 1, max: 1024 }, 'HTTP requests of a run at the same time.'),
  RUN_HTTP_REQUESTS: integer(10_000, COUNT, 'HTTP requests of a run in all.'),
  RUN_HTTP_BYTES_IN: integer(GIB, BYTES, 'Bytes that a run may receive over HTTP.'),
  RUN_HTTP_BYTES_OUT: integer(GIB, BYTES, 'Bytes that a run may send over HTTP.'),
  RUN_DISK_BYTES: integer(GIB, { min: 4 * KIB, max: 1024 * GIB }, 'Bytes of the files of a run, those of dir and tmpDir together.'),
  RUN_DISK_FILES: integer(10_000, { min: 1, max: 10_000_000 }, 'Files and folders of a run, those in dir and tmpDir together.'),
  RUN_OPEN_FILES: integer(512, { min: 1, max: 65_536 }, 'Files that a run may have open at the same time; one more fails with EMFILE.'),
  RUN_MAILS: integer(100, { min: 1, max: 100_000 }, 'Mails of a run, those that were refused included.'),
  RUN_MAIL_BYTES: integer(10 * MIB, { min: KIB, max: 64 * MIB }, 'Bytes of one mail, its attachments included.'),
  RUN_PREPARE_SECONDS: integer(5, { min: 1, max: 60 }, 'Duration of a plugin\'s prepare(), in seconds.')
}

function besidePort (port: number): number {
  return port === 0 ? 0 : port === 65535 ? port - 1 : port + 1
}

export type ConfigKey = keyof typeof table
export type Config = { readonly [K in ConfigKey]: ValueOf<(typeof table)[K]> }
