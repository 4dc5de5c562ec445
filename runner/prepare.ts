/** Calls a plugin's prepare() as any plugin code is called: in a cell of the owner, under limits, without network nor effects. */
import { nanoid } from 'nanoid'
import { toJob } from './job.ts'
import { decideOutcome } from './outcome.ts'
import { renderText } from './outcome-texts.ts'
import { supervise } from './supervise.ts'
import { ownerKey } from './take-due-runs.ts'
import type { HostMessage } from '../sandbox/protocol.ts'
import type { RunDeps } from './deps.ts'
import type { SupervisedEnd } from './supervise.ts'
import type { Prepare, PrepareInput, PrepareResult } from './types.ts'

export interface PrepareOptions extends Pick<RunDeps, 'cache' | 'cells' | 'limits' | 'locale'> {
  /** Both of wall clock and of CPU. */
  readonly timeMs: number
}

export function createPrepare (options: PrepareOptions): Prepare {
  const limits = { ...options.limits, cpuMs: options.timeMs, wallMs: options.timeMs }
  return async (artefact, owner, input) => {
    const { plugin } = await options.cache.ensure(artefact, owner)
    const lease = await options.cells.acquire(ownerKey({ owner }))
    try {
      const supervised = supervise({
        cell: lease.cell,
        id: `prepare.${nanoid()}`,
        job: toJob({ call: 'prepare', processing: { _id: input.processingId, title: input.processingTitle, config: input.processingConfig }, secrets: input.secrets, plugin, limits, dataFairUrl: '' }),
        bundle: plugin.bundle,
        cpuMs: limits.cpuMs,
        wallMs: limits.wallMs,
        handlers: { onGuest: message => refuse(message, answer => supervised.run.send(answer)) }
      })
      const end = await supervised.ended
      return toResult(end, { plugin: artefact, owner: owner.name, limits }, options.locale)
    } finally {
      lease.release()
    }
  }
}

/** What a prepare() may not do is answered as an error that it can catch; its log lines go nowhere. */
function refuse (message: { readonly op: string, readonly id?: unknown }, send: (message: HostMessage) => void): void {
  if (typeof message.id !== 'number') return
  const error = { code: 'network-denied', message: 'prepare() has neither network nor other effects.' }
  if (message.op === 'http') send({ op: 'http-error', id: message.id, error })
  if (message.op === 'call') send({ op: 'reply-error', id: message.id, error })
}

function toResult ({ end, cause }: SupervisedEnd, facts: { plugin: string, owner: string, limits: RunDeps['limits'] }, locale: RunDeps['locale']): PrepareResult {
  if (end.kind === 'done' && end.result.ok) return readValue(end.result.value)
  if (cause === 'cpu' || cause === 'wall') {
    const params = { variant: 'prepare', limitMs: facts.limits.wallMs, key: 'RUN_PREPARE_SECONDS' }
    return { ok: false, code: 'wall-limit', message: renderText('wall-limit', params, locale) }
  }
  const { code, message } = decideOutcome({
    runId: 'prepare',
    ...facts,
    ...(end.kind === 'done' ? { result: end.result } : { cellDied: { death: end.death, alone: end.alone, again: false } })
  }, locale)
  return { ok: false, code, message }
}

/** The value is a plugin's: only what has the expected shape is taken over. */
function readValue (value: unknown): PrepareResult {
  if (!isRecord(value)) return { ok: true }
  const { processingConfig, secrets } = value
  if (processingConfig !== undefined && !isRecord(processingConfig)) return wrong('processingConfig')
  if (secrets !== undefined && !isTextMap(secrets)) return wrong('secrets')
  return { ok: true, ...(processingConfig === undefined ? {} : { processingConfig }), ...(secrets === undefined ? {} : { secrets }) }
}

function wrong (field: string): PrepareResult {
  return { ok: false, code: 'plugin-error', message: `prepare() of the plugin returned a ${field} that is not ${field === 'secrets' ? 'a map of texts' : 'an object'}.` }
}

function isRecord (value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isTextMap (value: unknown): value is PrepareInput['secrets'] {
  return isRecord(value) && Object.values(value).every(text => typeof text === 'string')
}
