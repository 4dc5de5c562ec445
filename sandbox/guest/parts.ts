/**
 * The parts of the guest that are large: each is evaluated when it is first used, or beforehand in the snapshot (`warm` in prelude.ts).
 * esbuild makes of each `require` an uncalled function of the same script. No other file may import these parts, or they are evaluated at once.
 */
export const parts = {
  abort: () => require('./globals/abort.ts') as typeof import('./globals/abort.ts'),
  axios: () => require('./axios.ts') as typeof import('./axios.ts'),
  buffer: () => require('./globals/buffer.ts') as typeof import('./globals/buffer.ts'),
  builtins: () => require('./builtins.ts') as typeof import('./builtins.ts'),
  encoding: () => require('./globals/encoding.ts') as typeof import('./globals/encoding.ts'),
  events: () => require('./globals/events.ts') as typeof import('./globals/events.ts'),
  fetch: () => require('./fetch/index.ts') as typeof import('./fetch/index.ts'),
  inspect: () => require('./inspect.ts') as typeof import('./inspect.ts'),
  structuredClone: () => require('./globals/structured-clone.ts') as typeof import('./globals/structured-clone.ts'),
  url: () => require('./globals/url.ts') as typeof import('./globals/url.ts')
}

export type Part = keyof typeof parts
