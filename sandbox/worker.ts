/**
 * Entry of a pool thread. It keeps one spare isolate opened, bound and unused, so that a run does not wait for one; the spare is
 * opened after a run has ended, used once and disposed of. The default export never throws for a fault of the plugin.
 */
import { openSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { workerData } from 'node:worker_threads'
import ivm from 'isolated-vm'
import { Credit } from './credit.ts'
import { openIsolate } from './isolate.ts'
import { Session } from './session.ts'
import { covers, sizeFor, SIZES, snapshotFile } from './snapshot-size.ts'
import type { SandboxIsolate } from './isolate.ts'
import type { SnapshotSize } from './snapshot-size.ts'
import type { FromThread, RunCounters, RunResult, ThreadResult, ThreadTask, ToThread } from './protocol.ts'

export interface WorkerOptions {
  /** Holds a file of each size (snapshot-size.ts). */
  readonly snapshotFolder: string
  /** Heap of the spare; a run with another limit opens its own isolate. */
  readonly heapMb: number
}

const options = workerData as WorkerOptions // sandbox/cell.ts passes exactly this
/** Opened while they are surely there: a cleaner of temporary files may take their names away at any time, not what is open. */
const snapshotFds = new Map(SIZES.map(size => [size, openSync(path.join(options.snapshotFolder, snapshotFile(size)), 'r')]))
const snapshots = new Map<SnapshotSize, ivm.ExternalCopy<ArrayBuffer>>()

/** How often a run's use of CPU and heap is told. */
const STATS_MS = 50
/** How long a disposed isolate may take to let go of its thread before the cell is declared poisoned. */
const DISPOSE_GRACE_MS = 400

let spare: { readonly size: SnapshotSize, readonly isolate: Promise<SandboxIsolate> } | undefined
/** That of the last run: the next one is most often of the same kind. Most plugins read files. */
let lastSize: SnapshotSize = 'files'
let catastrophe: string | undefined

export default async function run (task: ThreadTask): Promise<ThreadResult> {
  const receivedAt = performance.now()
  const { port, job } = task
  lastSize = sizeFor(job.plugin.builtins)
  const hadSpare = fits(lastSize, job.limits.heapMb)
  try {
    const isolate = await takeIsolate(lastSize, job.limits.heapMb)
    return await runIn(isolate, task, { receivedAt, spare: hadSpare })
  } catch (error) {
    return { result: internal(error), counters: noCounters }
  } finally {
    // The port's end first: the cell waits for it to tell the result, and opening a spare keeps this thread busy.
    port.once('close', () => setImmediate(warm))
    port.close()
  }
}

/** Opens the spare; answers when it is there. */
export async function warm (): Promise<void> {
  spare ??= { size: lastSize, isolate: open(lastSize, options.heapMb) }
  await spare.isolate.catch(() => { spare = undefined }) // the next run opens its own and reports what is wrong
}

async function runIn (isolate: SandboxIsolate, task: ThreadTask, start: { receivedAt: number, spare: boolean }): Promise<ThreadResult> {
  const { port, job, folders, bundle } = task
  const openedAt = performance.now()
  const credit = new Credit(task.credit)
  const post = (message: FromThread): void => {
    port.postMessage(message, 'body' in message && message.body !== undefined ? [message.body.buffer as ArrayBuffer] : []) // exact-size copies: see bridge.ts
    if (message.t === 'guest') credit.spend()
  }
  const session = new Session({ isolate, job, folders, post })
  const before = process.threadCpuUsage()
  // All that this thread does meanwhile is for the run: its operations, its messages, its text and its entropy.
  const cpuMs = (): number => isolate.cpuMs() + inMs(process.threadCpuUsage(before)) + session.computedMs
  const stats = watch(isolate, cpuMs, post)
  port.on('message', (message: ToThread) => receive(session, message))
  port.on('messageerror', (error: Error) => session.fail({ code: 'internal', message: `a message to the thread could not be read: ${error.message}` }))
  session.start(Buffer.from(bundle.buffer, bundle.byteOffset, bundle.byteLength).toString('utf8'))

  const result = await session.result
  const endedAt = performance.now()
  const heapPeakMb = await stats.stop()
  const stopped = await session.close(DISPOSE_GRACE_MS)
  const counters: RunCounters = {
    cpuMs: cpuMs(),
    ...(heapPeakMb === undefined ? {} : { heapPeakMb }),
    logDropped: session.logDropped,
    ...(session.disk === undefined ? {} : { disk: session.disk }),
    openMs: openedAt - start.receivedAt,
    loadMs: (session.loadedAt ?? endedAt) - openedAt,
    runMs: endedAt - (session.loadedAt ?? endedAt),
    spare: start.spare,
    poisoned: !stopped || catastrophe !== undefined,
    ...(session.computes ? { leftover: true } : {})
  }
  return { result: catastrophe === undefined ? result : { ok: false, error: { code: 'memory-limit' } }, counters }
}

function receive (session: Session, message: ToThread): void {
  switch (message.t) {
    case 'host': return session.host(message.message, message.body)
    case 'stop': return session.stop()
    case 'abort': return session.fail({ code: 'aborted' })
  }
}

/** Whether the spare serves a run. */
function fits (size: SnapshotSize, heapMb: number): boolean {
  return spare !== undefined && covers(spare.size, size) && heapMb === options.heapMb
}

async function takeIsolate (size: SnapshotSize, heapMb: number): Promise<SandboxIsolate> {
  if (spare === undefined || heapMb !== options.heapMb) return await open(size, heapMb)
  const { size: spareSize, isolate } = spare
  if (!covers(spareSize, size)) {
    spare = undefined // of a kind that is no longer asked for
    isolate.then(unused => { unused.dispose() }, () => {})
    return await open(size, heapMb)
  }
  spare = undefined
  return await isolate
}

async function open (size: SnapshotSize, heapMb: number): Promise<SandboxIsolate> {
  return await openIsolate({ snapshot: theSnapshot(size), heapMb, onCatastrophe (message) { catastrophe = message } })
}

/** Read when it is first needed, and kept: a thread that serves one kind of plugin holds one. */
function theSnapshot (size: SnapshotSize): ivm.ExternalCopy<ArrayBuffer> {
  const known = snapshots.get(size) ?? new ivm.ExternalCopy(exactBuffer(readFileSync(snapshotFds.get(size) as number))) // there is one of each size; read once, so that its position does not matter
  snapshots.set(size, known)
  return known
}

/** Tells what the run uses while it lasts. `stop` answers the peak of the heap, in MB; undefined when a guest that never yields has hidden it. */
function watch (isolate: SandboxIsolate, cpuMs: () => number, post: (message: FromThread) => void): { stop(): Promise<number | undefined> } {
  let peakMb: number | undefined
  let asking: Promise<void> | undefined
  const ask = async (): Promise<void> => {
    try {
      peakMb = Math.max(peakMb ?? 0, await isolate.usedHeapMb())
    } catch {} // disposed while it was asked
  }
  const timer = setInterval(() => {
    asking ??= ask().finally(() => { asking = undefined }) // waits while the guest is busy: one question at a time
    post({ t: 'stats', cpuMs: cpuMs(), ...(peakMb === undefined ? {} : { heapMb: peakMb }) })
  }, STATS_MS)
  return {
    async stop () {
      clearInterval(timer)
      await Promise.race([ask(), new Promise(resolve => setTimeout(resolve, 20).unref())]) // a guest that is still busy does not answer
      return peakMb
    }
  }
}

function inMs ({ user, system }: NodeJS.CpuUsage): number {
  return (user + system) / 1_000
}

function internal (error: unknown): RunResult {
  return { ok: false, error: { code: 'internal', message: error instanceof Error ? error.message : String(error) } }
}

function exactBuffer (bytes: Buffer): ArrayBuffer {
  return new Uint8Array(bytes).buffer
}

const noCounters: RunCounters = { cpuMs: 0, logDropped: 0, openMs: 0, loadMs: 0, runMs: 0, spare: false, poisoned: true }
