/** The account of one run as a person reads it: a few lines. Pure. */
import type { EndedRun } from '../follow/client.ts'

/** What is read of a receipt (runner/receipt.ts). */
interface Account {
  readonly plugin?: { readonly name: string, readonly version: string, readonly cache: string }
  readonly ms?: Readonly<Record<'bundle' | 'cache' | 'cell' | 'isolate' | 'load' | 'firstLine' | 'run' | 'total', number | undefined>>
  readonly cpuMs?: number
  readonly heapPeakMb?: number
  readonly network?: { readonly requests: number, readonly bytesIn: number, readonly bytesOut: number, readonly denied: number, readonly hosts: Readonly<Record<string, { readonly requests: number }>> }
  readonly disk?: { readonly bytes: number, readonly files: number }
  readonly effects?: { readonly writes: number, readonly configPatches: number, readonly mails: number }
  readonly log?: { readonly entries: number, readonly dropped: number }
}

export function receiptLines (run: EndedRun): string[] {
  const receipt = (run.receipt ?? {}) as Account
  return [
    `${run.outcome?.code ?? run.status}: ${costs(receipt)}`,
    ...preparation(receipt),
    ...files(receipt),
    ...network(receipt),
    ...effects(receipt)
  ]
}

function costs ({ plugin, ms, cpuMs, heapPeakMb, log }: Account): string {
  const parts = [
    plugin === undefined ? undefined : `${plugin.name} ${plugin.version}`,
    ms?.run === undefined ? undefined : `ran for ${duration(ms.run)}`,
    cpuMs === undefined || cpuMs === 0 ? undefined : `${duration(cpuMs)} of computing`,
    heapPeakMb === undefined || heapPeakMb === 0 ? undefined : `at most ${Math.round(heapPeakMb)} MB of heap`,
    log === undefined ? undefined : count(log.entries, 'log line') + (log.dropped > 0 ? ` (${log.dropped} more were dropped)` : '')
  ]
  return parts.filter(part => part !== undefined).join(', ')
}

function preparation ({ ms }: Account): string[] {
  if (ms?.firstLine === undefined && ms?.load === undefined) return []
  const parts = [['cache', ms.cache], ['cell', ms.cell], ['isolate', ms.isolate], ['loaded', ms.load]] as const
  const shown = parts.filter(([, value]) => value !== undefined).map(([name, value]) => `${name} ${duration(value ?? 0)}`).join(', ')
  return [`before the first line: ${shown}`]
}

function files ({ disk }: Account): string[] {
  return disk === undefined || disk.files === 0 ? [] : [`files: ${count(disk.files, 'file or folder', 'files and folders')}, ${size(disk.bytes)}`]
}

function network ({ network }: Account): string[] {
  if (network === undefined || network.requests + network.denied === 0) return []
  const hosts = Object.entries(network.hosts).map(([host, { requests }]) => `${host} (${requests})`).join(', ')
  const denied = network.denied === 0 ? '' : `, ${network.denied} refused`
  return [`network: ${count(network.requests, 'request')}${denied}, ${size(network.bytesIn)} in, ${size(network.bytesOut)} out${hosts === '' ? '' : `: ${hosts}`}`]
}

function effects ({ effects }: Account): string[] {
  if (effects === undefined || effects.writes + effects.configPatches + effects.mails === 0) return []
  const parts = [[effects.writes, 'write request'], [effects.configPatches, 'patch of the configuration', 'patches of the configuration'], [effects.mails, 'mail']] as const
  return [`effects: ${parts.filter(([number]) => number > 0).map(([number, one, many]) => count(number, one, many)).join(', ')}`]
}

function count (number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`
}

export function duration (ms: number): string {
  return ms < 10 ? `${Math.round(ms * 10) / 10} ms` : ms < 1_000 ? `${Math.round(ms)} ms` : `${Math.round(ms / 100) / 10} s`
}

export function size (bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`
  return bytes < 1_048_576 ? `${Math.round(bytes / 102.4) / 10} KB` : `${Math.round(bytes / 104_857.6) / 10} MB`
}
