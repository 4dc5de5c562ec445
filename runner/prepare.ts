/** Calls a plugin's prepare(), and reads what it answers. */
import { callOnce, limitsOf, type CallOptions } from './call-once.ts'
import { positionOf } from './ending.ts'
import { createMask } from './mask.ts'
import { decideOutcome } from './outcome.ts'
import { renderText } from './outcome-texts.ts'
import { pluginSources } from './plugin-sources.ts'
import type { CachedPlugin } from '../cache/types.ts'
import type { RunDeps } from './deps.ts'
import type { SupervisedEnd } from './supervise.ts'
import type { Prepare, PrepareInput, PrepareResult } from './types.ts'

export function createPrepare (options: CallOptions): Prepare {
  return async (artefact, owner, input) => {
    const { plugin } = await options.cache.ensure(artefact, owner, { integrity: input.pluginIntegrity })
    const end = await callOnce(options, owner, plugin, {
      call: 'prepare',
      processing: { _id: input.processingId, title: input.processingTitle, config: input.processingConfig },
      secrets: input.secrets
    })
    return masked(toResult(end, plugin, { plugin: artefact, owner: owner.name, limits: limitsOf(options) }, options.locale), input)
  }
}

/** What the plugin says of its failure, without the secrets that it was given. */
function masked (result: PrepareResult, { secrets }: PrepareInput): PrepareResult {
  return result.ok ? result : { ...result, message: createMask(Object.values(secrets)).text(result.message) }
}

function toResult ({ end, cause }: SupervisedEnd, cached: CachedPlugin, facts: { plugin: string, owner: string, limits: RunDeps['limits'] }, locale: RunDeps['locale']): PrepareResult {
  if (end.kind === 'done' && end.result.ok) return readValue(end.result.value, locale)
  if (cause === 'cpu' || cause === 'wall') {
    const params = { variant: 'prepare', limitMs: facts.limits.wallMs, key: 'RUN_PREPARE_SECONDS' }
    return { ok: false, code: 'wall-limit', message: renderText('wall-limit', params, locale) }
  }
  const { code, message } = decideOutcome({
    runId: 'prepare',
    ...facts,
    ...(end.kind === 'done' ? { result: end.result } : { cellDied: { death: end.death, alone: end.alone, again: false } })
  }, locale)
  const { position, frame } = (end.kind === 'done' ? positionOf(end.result, pluginSources(cached)) : undefined) ?? {}
  return { ok: false, code, message, ...(position === undefined ? {} : { where: { position, ...(frame === undefined ? {} : { frame }) } }) }
}

/** The value is a plugin's: only what has the expected shape is taken over. Its size, depth and keys are judged by whoever would store it. */
function readValue (value: unknown, locale: RunDeps['locale']): PrepareResult {
  if (!isRecord(value)) return { ok: true }
  const { processingConfig, secrets } = value
  if (processingConfig !== undefined && !isRecord(processingConfig)) return wrong('processingConfig', locale)
  if (secrets !== undefined && !isTextMap(secrets)) return wrong('secrets', locale)
  return { ok: true, ...(processingConfig === undefined ? {} : { processingConfig }), ...(secrets === undefined ? {} : { secrets }) }
}

function wrong (field: 'processingConfig' | 'secrets', locale: RunDeps['locale']): PrepareResult {
  return { ok: false, code: 'prepare-invalid', message: renderText('prepare-invalid', { variant: field }, locale), returned: field }
}

function isRecord (value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isTextMap (value: unknown): value is PrepareInput['secrets'] {
  return isRecord(value) && Object.values(value).every(text => typeof text === 'string')
}
