/**
 * The builtins that the guest serves, one line each: how its module is made when it is first required. To serve one more, add its file to this
 * folder, with the module as default export, and its line here; both spellings (`fs`, `node:fs`) then lead to it, and so does the
 * `require` of the packages that the prelude bundles (sandbox/prelude.ts reads the names of the files from this table).
 *
 * Members of Node's module that a file leaves out are added by builtins.ts: they load and refuse their use. Builtins without a line are
 * made of such members alone. esbuild makes of each `require` an uncalled function: nothing is evaluated before it is asked for.
 */
export const builtins: Readonly<Record<string, () => { readonly default: object }>> = {
  assert: () => require('./assert.ts'),
  'assert/strict': () => require('./assert-strict.ts'),
  async_hooks: () => require('./async_hooks.ts'),
  buffer: () => require('./buffer.ts'),
  cluster: () => require('./cluster.ts'),
  console: () => require('./console.ts'),
  constants: () => require('./constants.ts'),
  crypto: () => require('./crypto.ts'),
  diagnostics_channel: () => require('./diagnostics_channel.ts'),
  dns: () => require('./dns.ts'),
  'dns/promises': () => require('./dns-promises.ts'),
  events: () => require('./events.ts'),
  fs: () => require('./fs.ts'),
  'fs/promises': () => require('./fs-promises.ts'),
  http: () => require('./http.ts'),
  https: () => require('./https.ts'),
  module: () => require('./module.ts'),
  net: () => require('./net.ts'),
  os: () => require('./os.ts'),
  path: () => require('./path.ts'),
  'path/posix': () => require('./path-posix.ts'),
  'path/win32': () => require('./path-win32.ts'),
  perf_hooks: () => require('./perf_hooks.ts'),
  process: () => require('./process.ts'),
  punycode: () => require('./punycode.ts'),
  querystring: () => require('./querystring.ts'),
  readline: () => require('./readline.ts'),
  'readline/promises': () => require('./readline-promises.ts'),
  stream: () => require('./stream.ts'),
  'stream/consumers': () => require('./stream-consumers.ts'),
  'stream/promises': () => require('./stream-promises.ts'),
  'stream/web': () => require('./stream-web.ts'),
  string_decoder: () => require('./string_decoder.ts'),
  sys: () => require('./util.ts'),
  timers: () => require('./timers.ts'),
  'timers/promises': () => require('./timers-promises.ts'),
  tls: () => require('./tls.ts'),
  tty: () => require('./tty.ts'),
  url: () => require('./url.ts'),
  util: () => require('./util.ts'),
  'util/types': () => require('./util-types.ts'),
  worker_threads: () => require('./worker_threads.ts'),
  zlib: () => require('./zlib.ts')
}
