/** Under which name the build of a content is kept: everything that shapes it, besides the content. */
import { createHash } from 'node:crypto'
import { version as esbuildVersion } from 'esbuild'

/** To be raised with every change of what bundle.ts produces: builds of before are then made anew. */
const BUNDLE_FORMAT = 6

export function buildKey (): string {
  return keyOf({ format: BUNDLE_FORMAT, esbuild: esbuildVersion, v8: process.versions.v8 })
}

export function keyOf (value: object): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16)
}
