/**
 * The sizes of the prelude's snapshot. Each has more of Node's builtins loaded than the one before, opens slower and spares a plugin
 * that requires them the loading. Measured by bench/guest-open.ts; what each holds is in prelude.ts.
 */
export const SIZES = ['core', 'files', 'net'] as const
export type SnapshotSize = typeof SIZES[number]

/** Builtins that are small, or are in the smallest size. A plugin with no other needs no more. */
const IN_CORE = new Set(['assert', 'assert/strict', 'async_hooks', 'console', 'constants', 'diagnostics_channel', 'events', 'module', 'os', 'path', 'path/posix', 'perf_hooks', 'process', 'querystring', 'timers', 'timers/promises', 'tty', 'url', 'util', 'util/types'])
const IN_NET = new Set(['crypto', 'http', 'https', 'zlib', 'http2', 'net', 'tls', 'dns', 'dns/promises'])

/** `builtins`: those that a bundle requires, without `node:`. */
export function sizeFor (builtins: readonly string[]): SnapshotSize {
  if (builtins.some(name => IN_NET.has(name))) return 'net'
  return builtins.every(name => IN_CORE.has(name)) ? 'core' : 'files'
}

/** Whether an isolate of one size serves a plugin that wants another: a larger one holds all that a smaller one does. */
export function covers (size: SnapshotSize, wanted: SnapshotSize): boolean {
  return SIZES.indexOf(size) >= SIZES.indexOf(wanted)
}

export function snapshotFile (size: SnapshotSize): string {
  return `snapshot-${size}.bin`
}
