/** What an author can do in place of a builtin, or of one of its members, that the sandbox does not offer. Part of the message of the error. */
const HTTP = 'use context.axios, fetch or the http and https modules'
const NO_PROGRAM = 'no other program can be started: use a package in JavaScript or WebAssembly that does the same'
const FILES = 'nobody but the run itself changes its files, and readdir with { recursive: true } lists them'
const OWN_FILES = 'the files of a run have one owner and one name each: use the other functions of fs'
const GLOB = 'list the files with readdir and { recursive: true }, and choose among them with a package such as picomatch'
const ONE_THREAD = 'a run has one thread and one process'
const NOT_FOR_RUNS = 'it belongs to development: leave it out of the plugin'
const PACKAGE = 'use a package in JavaScript or WebAssembly that does the same'
const SERVE = 'a plugin can make requests, not serve them'
const PROCESS = 'a run has no process of its own: return from run(), or throw an error, to end it'
const BUNDLED = 'the modules of a plugin are bundled before it runs: import them, or require them by a name'
const UTIL = 'nothing of it is needed to treat data: leave it out of the plugin'
const MEASURES = 'use performance.now(), mark and measure'
const CONSOLE = 'a run has no terminal: write with context.log or console'

const INSTEAD: Readonly<Record<string, string>> = {
  assert: 'use the functions of assert itself',
  'assert/strict': 'use the functions of assert itself',
  child_process: NO_PROGRAM,
  cluster: ONE_THREAD,
  crypto: PACKAGE,
  dgram: HTTP,
  diagnostics_channel: 'use channel() and tracingChannel()',
  dns: HTTP,
  'dns/promises': HTTP,
  domain: 'catch errors with try and catch, or with catch() of a promise',
  events: PACKAGE,
  ffi: PACKAGE,
  fs: OWN_FILES,
  'fs/promises': OWN_FILES,
  http: SERVE,
  https: SERVE,
  http2: HTTP,
  inspector: NOT_FOR_RUNS,
  'inspector/promises': NOT_FOR_RUNS,
  module: BUNDLED,
  net: HTTP,
  os: PROCESS,
  path: GLOB,
  'path/posix': GLOB,
  'path/win32': GLOB,
  perf_hooks: MEASURES,
  process: PROCESS,
  readline: CONSOLE,
  'readline/promises': CONSOLE,
  repl: NOT_FOR_RUNS,
  sea: NOT_FOR_RUNS,
  sqlite: PACKAGE,
  stream: PACKAGE,
  'stream/web': PACKAGE,
  sys: UTIL,
  test: NOT_FOR_RUNS,
  'test/reporters': NOT_FOR_RUNS,
  tls: HTTP,
  trace_events: NOT_FOR_RUNS,
  tty: CONSOLE,
  url: PACKAGE,
  util: UTIL,
  v8: 'use JSON or structuredClone',
  vm: 'use functions of your own, or new Function',
  wasi: 'use WebAssembly with imports of your own, or a package in JavaScript',
  worker_threads: ONE_THREAD,
  zlib: 'use a package such as yauzl, unzipper or archiver'
}

/** Of one member, where it is not that of its module. `promises.` in front of a name counts for nothing. */
const OF_MEMBER: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  crypto: {
    argon2: 'use scrypt or pbkdf2',
    argon2Sync: 'use scryptSync or pbkdf2Sync',
    createDiffieHellman: 'use createECDH, or diffieHellman with keys of generateKeyPair',
    createDiffieHellmanGroup: 'use createECDH, or diffieHellman with keys of generateKeyPair',
    getDiffieHellman: 'use createECDH, or diffieHellman with keys of generateKeyPair',
    DiffieHellman: 'use createECDH, or diffieHellman with keys of generateKeyPair',
    DiffieHellmanGroup: 'use createECDH, or diffieHellman with keys of generateKeyPair',
    X509Certificate: 'certificates of servers are checked by the platform; a package in JavaScript such as node-forge reads others',
    Certificate: 'certificates of servers are checked by the platform; a package in JavaScript such as node-forge reads others',
    parsePKCS12: 'certificates of servers are checked by the platform; a package in JavaScript such as node-forge reads others',
    createMac: 'use createHmac',
    getMacs: 'use createHmac',
    randomUUIDv7: 'use randomUUID',
    setEngine: 'the cryptography is the platform\'s: leave it out of the plugin',
    setFips: 'the cryptography is the platform\'s: leave it out of the plugin',
    secureHeapUsed: 'the cryptography is the platform\'s: leave it out of the plugin'
  },
  fs: { glob: GLOB, globSync: GLOB, watch: FILES, watchFile: FILES, unwatchFile: FILES },
  'fs/promises': { glob: GLOB, watch: FILES },
  process: { loadEnvFile: 'read the configuration of the processing, context.processingConfig and context.secrets' },
  url: { URLPattern: 'use URL and a regular expression' },
  util: { diff: 'use a package such as diff' },
  sys: { diff: 'use a package such as diff' }
}

/** As a clause. `module`: without `node:`. Undefined for a builtin that nobody has thought of. */
export function insteadOf (module: string, member = ''): string | undefined {
  return OF_MEMBER[module]?.[member.replace(/^promises\./, '')] ?? INSTEAD[module]
}
