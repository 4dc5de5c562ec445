/** What an author can do in place of a builtin that the sandbox does not offer. Part of the message of the error. */
const HTTP = 'use context.axios, fetch or the http and https modules'
const NO_PROGRAM = 'no other program can be started: use a package in JavaScript or WebAssembly that does the same'
const ONE_THREAD = 'a run has one thread and one process'
const NOT_FOR_RUNS = 'it belongs to development: leave it out of the plugin'

const INSTEAD: Readonly<Record<string, string>> = {
  child_process: NO_PROGRAM,
  cluster: ONE_THREAD,
  worker_threads: ONE_THREAD,
  net: HTTP,
  tls: HTTP,
  http2: HTTP,
  dgram: HTTP,
  dns: HTTP,
  http: 'a plugin can make requests, not serve them',
  https: 'a plugin can make requests, not serve them',
  vm: 'use functions of your own, or new Function',
  v8: 'use JSON or structuredClone',
  sqlite: 'use a package in JavaScript or WebAssembly that does the same',
  inspector: NOT_FOR_RUNS,
  'inspector/promises': NOT_FOR_RUNS,
  repl: NOT_FOR_RUNS,
  test: NOT_FOR_RUNS,
  'test/reporters': NOT_FOR_RUNS,
  trace_events: NOT_FOR_RUNS
}

export function insteadOf (module: string): string | undefined {
  return INSTEAD[module]
}
