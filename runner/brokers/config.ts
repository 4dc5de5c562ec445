/** `patchConfig`: a plugin changes the stored configuration of its own processing. */
import type { Store } from '../../store/types.ts'
import { BrokerError, isRecord } from './guest-error.ts'

export interface ConfigBrokerOptions {
  readonly processingId: string
  readonly run: { readonly id: string, readonly attempt: number }
  readonly store: { readonly processings: Pick<Store['processings'], 'mergeConfig'> }
  /** Awaited before the configuration is written. */
  readonly onPatch: () => Promise<void>
  /** Bytes of one patch as JSON. @default 1 MiB */
  readonly patchBytes?: number
}

const MAX_DEPTH = 64
/** Keys that become the prototype of something where objects are copied key by key. */
const REFUSED_KEYS = new Set(['__proto__', 'constructor', 'prototype'])

/**
 * Answers the function behind `context.patchConfig(patch)`: the patch is merged into the first level of the stored configuration,
 * as upstream does, and the new configuration is the answer.
 * Throws ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, or `interrupted` when the run has been taken over or has ended.
 */
export function createConfigBroker (options: ConfigBrokerOptions): (patch: unknown) => Promise<Record<string, unknown>> {
  const { processingId, run, store, onPatch, patchBytes = 2 ** 20 } = options
  return async (patch) => {
    const checked = readPatch(patch, patchBytes)
    await onPatch()
    const config = await store.processings.mergeConfig(processingId, run.id, run.attempt, checked)
    if (config === undefined) throw new BrokerError('interrupted', 'The configuration was not changed: this run no longer has the right to do so.')
    return config
  }
}

function readPatch (patch: unknown, maxBytes: number): Record<string, unknown> {
  if (!isRecord(patch)) throw new BrokerError('ERR_INVALID_ARG_TYPE', 'patchConfig expects an object with the properties to change.')
  checkKeys(patch, 0)
  const bytes = Buffer.byteLength(JSON.stringify(patch))
  if (bytes > maxBytes) throw new BrokerError('ERR_INVALID_ARG_VALUE', `The patch of the configuration has ${bytes} bytes, at most ${maxBytes} are allowed.`)
  return patch
}

function checkKeys (value: unknown, depth: number): void {
  if (typeof value !== 'object' || value === null) return
  if (depth > MAX_DEPTH) throw new BrokerError('ERR_INVALID_ARG_VALUE', `The patch of the configuration is nested more than ${MAX_DEPTH} levels deep.`)
  for (const [key, inner] of Object.entries(value)) {
    if (REFUSED_KEYS.has(key)) throw new BrokerError('ERR_INVALID_ARG_VALUE', `A configuration cannot have a property named "${key}".`)
    checkKeys(inner, depth + 1)
  }
}
