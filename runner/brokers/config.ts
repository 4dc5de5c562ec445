/** `patchConfig`: a plugin changes the stored configuration of its own processing. */
import { boundsFault, CONFIG_BYTES, CONFIG_DEPTH } from '../../validation/index.ts'
import type { Store } from '../../store/types.ts'
import { BrokerError, isRecord, refuse } from './guest-error.ts'

export interface ConfigBrokerOptions {
  readonly processingId: string
  readonly run: { readonly id: string, readonly attempt: number }
  readonly store: { readonly processings: Pick<Store['processings'], 'get' | 'mergeConfig'> }
  /** Awaited before the configuration is written. */
  readonly onPatch: () => Promise<void>
  /** Bytes of the whole configuration as JSON, once merged. @default CONFIG_BYTES, as in the API */
  readonly configBytes?: number
}

/** No configuration within the limit of bytes has so many. */
const MAX_VALUES = 100_000
/** Keys that become the prototype of something where objects are copied key by key. */
const REFUSED_KEYS = ['__proto__', 'constructor', 'prototype']

/**
 * Answers the function behind `context.patchConfig(patch)`: the patch is merged into the first level of the stored configuration,
 * as upstream does. Patches of one run are merged one after the other. The merged configuration stays here: the guest has its own.
 * Throws ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, `config-limit` when the merged configuration would be too large, or `interrupted`
 * when the run has been taken over or has ended; nothing is changed then.
 *
 * Not covered: a person who saves the configuration between the look at its size and the merge may take it to twice the limit.
 */
export function createConfigBroker (options: ConfigBrokerOptions): (patch: unknown) => Promise<void> {
  const { configBytes = CONFIG_BYTES } = options
  let last: Promise<void> = Promise.resolve()
  return async (patch) => {
    const checked = readPatch(patch, configBytes)
    const merged = last.then(async () => await merge(options, checked, configBytes))
    last = merged.catch(() => {}) // the one that called hears of it
    await merged
  }
}

async function merge ({ processingId, run, store, onPatch }: ConfigBrokerOptions, patch: Record<string, unknown>, maxBytes: number): Promise<void> {
  const stored = await store.processings.get(processingId)
  if (sizeOf({ ...stored?.config, ...patch }) > maxBytes) throw refuse('config-limit', { limitBytes: maxBytes })
  await onPatch()
  const config = await store.processings.mergeConfig(processingId, run.id, run.attempt, patch)
  if (config === undefined) throw new BrokerError('interrupted', 'The configuration was not changed: this run no longer has the right to do so.')
}

function readPatch (patch: unknown, maxBytes: number): Record<string, unknown> {
  if (!isRecord(patch)) throw new BrokerError('ERR_INVALID_ARG_TYPE', 'patchConfig expects an object with the properties to change.')
  const fault = boundsFault(patch, { depth: CONFIG_DEPTH, values: MAX_VALUES }, REFUSED_KEYS)
  switch (fault?.kind) {
    case 'depth': throw new BrokerError('ERR_INVALID_ARG_VALUE', `The patch of the configuration is nested more than ${fault.limit} levels deep.`)
    case 'values': throw new BrokerError('ERR_INVALID_ARG_VALUE', `The patch of the configuration has more than ${fault.limit} values.`)
    case 'key': throw new BrokerError('ERR_INVALID_ARG_VALUE', `A configuration cannot have a property named "${fault.key}".`)
    case undefined:
  }
  if (sizeOf(patch) > maxBytes) throw refuse('config-limit', { limitBytes: maxBytes }, { code: 'ERR_INVALID_ARG_VALUE' })
  return patch
}

/** Of a patch that was too large to cross from the cell. */
export async function refuseLargePatch (configBytes = CONFIG_BYTES): Promise<never> {
  throw refuse('config-limit', { limitBytes: configBytes }, { code: 'ERR_INVALID_ARG_VALUE' })
}

function sizeOf (config: Record<string, unknown>): number {
  return Buffer.byteLength(JSON.stringify(config))
}
