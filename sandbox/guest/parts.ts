/**
 * The parts of the guest that are large: each is evaluated when it is first used, or beforehand in the snapshot (`warm` in prelude.ts).
 * esbuild makes of each `require` an uncalled function of the same script. No other file may import these parts, or they are evaluated at once.
 */
export const parts = {
  abort: () => require('./globals/abort.ts') as typeof import('./globals/abort.ts'),
  axios: () => require('./axios.ts') as typeof import('./axios.ts'),
  axiosStreams: () => require('./axios-streams.ts') as typeof import('./axios-streams.ts'),
  blob: () => require('./globals/blob.ts') as typeof import('./globals/blob.ts'),
  buffer: () => require('./globals/buffer.ts') as typeof import('./globals/buffer.ts'),
  builtins: () => require('./builtins.ts') as typeof import('./builtins.ts'),
  consoleClass: () => require('./console-class.ts') as typeof import('./console-class.ts'),
  encoding: () => require('./globals/encoding.ts') as typeof import('./globals/encoding.ts'),
  events: () => require('./globals/events.ts') as typeof import('./globals/events.ts'),
  fetch: () => require('./fetch/index.ts') as typeof import('./fetch/index.ts'),
  fileNames: () => require('./node/fs-names.ts') as typeof import('./node/fs-names.ts'),
  formData: () => require('./globals/form-data.ts') as typeof import('./globals/form-data.ts'),
  inspect: () => require('./inspect.ts') as typeof import('./inspect.ts'),
  messaging: () => require('./globals/messaging.ts') as typeof import('./globals/messaging.ts'),
  performance: () => require('./globals/performance.ts') as typeof import('./globals/performance.ts'),
  require: () => require('./require.ts') as typeof import('./require.ts'),
  stdio: () => require('./globals/stdio.ts') as typeof import('./globals/stdio.ts'),
  structuredClone: () => require('./globals/structured-clone.ts') as typeof import('./globals/structured-clone.ts'),
  url: () => require('./globals/url.ts') as typeof import('./globals/url.ts'),
  webCrypto: () => require('./node/web-crypto.ts') as typeof import('./node/web-crypto.ts')
}

export type Part = keyof typeof parts
