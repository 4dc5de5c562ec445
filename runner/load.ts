/** Loads a plugin in the sandbox and calls nothing of it: what its author learns before anybody runs it. */
import { CacheError } from '../cache/types.ts'
import { callOnce, limitsOf, type CallOptions } from './call-once.ts'
import { positionOf } from './ending.ts'
import { decideOutcome, type OutcomeFacts } from './outcome.ts'
import { renderText } from './outcome-texts.ts'
import { pluginSources } from './plugin-sources.ts'
import type { CachedPlugin } from '../cache/types.ts'
import type { SupervisedEnd } from './supervise.ts'
import type { Load, LoadResult } from './types.ts'

export function createLoad (options: CallOptions): Load {
  return async (artefact, owner) => {
    const facts = { runId: 'load', plugin: artefact, owner: owner.name, limits: limitsOf(options) }
    try {
      const { plugin } = await options.cache.ensure(artefact, owner)
      const end = await callOnce(options, owner, plugin, { call: 'load', processing: { _id: 'load', title: artefact }, secrets: {} })
      return toResult(end, plugin, facts, options.locale)
    } catch (error) {
      if (!(error instanceof CacheError)) throw error
      return refused({ ...facts, notStarted: { by: 'cache', error } }, error.where, options.locale)
    }
  }
}

function toResult ({ end, cause }: SupervisedEnd, plugin: CachedPlugin, base: OutcomeFacts, locale: CallOptions['locale']): LoadResult {
  if (end.kind === 'done' && end.result.ok) {
    const { stop, prepare } = (end.result.value ?? {}) as { stop?: unknown, prepare?: unknown } // a cell may have sent anything
    const { openMs, loadMs, heapPeakMb } = end.counters
    return { ok: true, exports: { stop: stop === true, prepare: prepare === true }, plugin, ms: { isolate: openMs, load: loadMs }, ...(heapPeakMb === undefined ? {} : { heapMb: heapPeakMb }) }
  }
  if (cause === 'cpu' || cause === 'wall') { // both have the same limit here, which is not that of a run
    return { ok: false, code: 'wall-limit', message: renderText('wall-limit', { variant: 'prepare', limitMs: base.limits.wallMs, key: 'RUN_PREPARE_SECONDS' }, locale), plugin }
  }
  const facts = end.kind === 'done' ? { ...base, result: end.result } : { ...base, cellDied: { death: end.death, alone: end.alone, again: false } }
  return { ...refused(facts, end.kind === 'done' ? positionOf(end.result, pluginSources(plugin)) : undefined, locale), plugin }
}

function refused (facts: OutcomeFacts, where: { readonly position?: string, readonly frame?: string } | undefined, locale: CallOptions['locale']): LoadResult & { readonly ok: false } {
  const { code, message, hint } = decideOutcome(facts, locale)
  const { position, frame } = where ?? {}
  return {
    ok: false,
    code,
    message,
    ...(hint === undefined ? {} : { hint }),
    ...(position === undefined ? {} : { where: { position, ...(frame === undefined ? {} : { frame }) } })
  }
}
