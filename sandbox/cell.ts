/**
 * Entry of a cell: the confined process that holds the isolates of one owner. Its main thread only moves frames between fd 3 and
 * the threads of a Piscina pool; it never runs a plugin, so it stays able to end the process when the runner is gone.
 *
 * Arguments: one JSON text, CellOptions.
 */
import { Socket } from 'node:net'
import { MessageChannel, SHARE_ENV } from 'node:worker_threads'
import { Piscina } from 'piscina'
import { Credit } from './credit.ts'
import { encodeFrame, FrameReader } from './frames.ts'
import { SilentRuns } from './silent-runs.ts'
import type { FrameCaps } from './frames.ts'
import type { FromCell, FromThread, ThreadResult, ThreadTask, ToCell, ToThread } from './protocol.ts'
import type { WorkerOptions } from './worker.ts'
import type { MessagePort } from 'node:worker_threads'

type TransferList = NonNullable<Parameters<Piscina<ThreadTask, ThreadResult>['run']>[1]>['transferList']

export interface CellOptions extends WorkerOptions {
  readonly threads: number
  readonly caps: FrameCaps
  readonly workerUrl: string
}

const options = JSON.parse(process.argv[2] ?? '') as CellOptions // written by runner/cells/spawn.ts
/** One piece of memory for all that is read: frames.ts copies what it keeps. */
const pipe = new Socket({ fd: 3, readable: true, writable: true, onread: { buffer: Buffer.allocUnsafeSlow(65_536), callback: read } })
const reader = new FrameReader(options.caps)
const ports = new Map<string, MessagePort>()

const pool = new Piscina<ThreadTask, ThreadResult>({
  filename: options.workerUrl,
  minThreads: 1,
  maxThreads: options.threads,
  idleTimeout: 30_000,
  concurrentTasksPerWorker: 1,
  atomics: 'disabled', // else the threads' event loops stand still between tasks and a port's close is never seen
  env: SHARE_ENV, // LIBC, which the loader of isolated-vm asks for, and the size of libuv's pool (runner/cells/spawn.ts)
  workerData: { snapshotFolder: options.snapshotFolder, heapMb: options.heapMb } satisfies WorkerOptions
})

/** The chunk is used again after this: all of it is taken out of the reader here. */
function read (size: number, buffer: Uint8Array): boolean {
  try {
    for (const frame of reader.push(Buffer.from(buffer.buffer, buffer.byteOffset, size))) receive(frame.header as ToCell, frame.body) // the runner is trusted here
  } catch (error) {
    fatal(error as Error)
  }
  return true
}

/** Not process.exit(): it hangs while an isolate is busy. A signal to oneself does not. */
function end (): void {
  process.kill(process.pid, 'SIGKILL')
}

function fatal (error: Error): void {
  write({ t: 'fatal', message: error.message })
  setImmediate(end)
}

/**
 * Gives memory back that nobody will look at again. Left to the garbage collector, the pieces of a large body add up to some tens of
 * megabytes for each thread before it sees them.
 */
function free (bytes: Buffer): void {
  if (bytes.byteLength === bytes.buffer.byteLength) (bytes.buffer as ArrayBuffer).transfer(0) // nothing here is shared
}

let corked = false
function write (message: FromCell, body?: Uint8Array): void {
  if (!corked) {
    corked = true
    pipe.cork()
    setImmediate(() => { corked = false; pipe.uncork() }) // what comes in one turn of the loop leaves in one write: each wakes the other process
  }
  const [head, bytes] = encodeFrame(message, body)
  pipe.write(head as Buffer) // a frame always has one
  if (bytes !== undefined) pipe.write(bytes, () => { free(bytes) })
}

function receive (message: ToCell, body: Buffer | undefined): void {
  switch (message.t) {
    case 'run':
      start(message, body ?? Buffer.alloc(0)).catch(fatal)
      return
    case 'host': return tell(message.run, body === undefined ? { t: 'host', message: message.message } : { t: 'host', message: message.message, body: alone(body) })
    case 'stop': return tell(message.run, { t: 'stop' })
    case 'abort': return tell(message.run, { t: 'abort' })
    case 'ping': return write({ t: 'pong', n: message.n })
  }
}

function tell (run: string, message: ToThread): void {
  ports.get(run)?.postMessage(message, message.t === 'host' && message.body !== undefined ? [message.body.buffer as ArrayBuffer] : []) // exact and ours: see `alone`
}

/** A body of a frame has memory of its own (frames.ts), which goes on to the thread. */
function alone (body: Buffer): Uint8Array {
  return body.byteLength === body.buffer.byteLength ? new Uint8Array(body.buffer) : new Uint8Array(body)
}

async function start (message: ToCell & { t: 'run' }, body: Buffer): Promise<void> {
  const { run, job, folders } = message
  const { port1, port2 } = new MessageChannel()
  const credit = new Credit()
  ports.set(run, port1)
  hear(run, 0)
  const closed = new Promise<void>(resolve => { port1.once('close', resolve) })
  port1.on('message', (from: FromThread) => forward(run, from, credit))
  port1.on('messageerror', fatal) // a message is lost: whoever waits for its answer would wait for ever
  try {
    const bundle = new Uint8Array(body)
    const transferList = [port2, bundle.buffer] as unknown as TransferList // Piscina infers the other overload of postMessage
    const ended = await pool.run({ job, folders, bundle, credit: credit.shared, port: port2 }, { transferList })
    await closed // the result may overtake the last messages of the port
    write({ t: 'done', run, ...ended })
  } catch (error) {
    fatal(error as Error) // the thread itself died: nothing in this process can be trusted
  } finally {
    ports.delete(run)
    silent.forget(run)
    if (silent.size === 0) clearInterval(looking)
  }
}

const silent = new SilentRuns()
let looking: NodeJS.Timeout | undefined
const LOOK_MS = 200

function hear (run: string, cpuMs: number): void {
  if (silent.size === 0) looking = setInterval(look, LOOK_MS)
  silent.hear(run, { at: performance.now(), processCpuMs: processCpuMs(), cpuMs })
}

function look (): void {
  for (const { run, cpuMs } of silent.look(performance.now(), processCpuMs())) write({ t: 'stats', run, cpuMs })
}

function processCpuMs (): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}

/** Of messages that wait in the pipe: a runner that does not read holds the threads back. */
const owed: Credit[] = []
pipe.on('drain', () => { for (const credit of owed.splice(0)) credit.give() })

function forward (run: string, from: FromThread, credit: Credit): void {
  switch (from.t) {
    case 'guest':
      write({ t: 'guest', run, message: from.message }, from.body)
      if (pipe.writableNeedDrain) owed.push(credit)
      else credit.give()
      return
    case 'loaded': return write({ t: 'loaded', run, stop: from.stop })
    case 'stats':
      if (ports.has(run)) hear(run, from.cpuMs)
      return write({ ...from, run })
  }
}

pool.on('error', fatal)
process.on('uncaughtException', fatal)
pipe.on('close', end)
pipe.on('end', end)
pipe.on('error', end)

await pool.run(undefined as unknown as ThreadTask, { name: 'warm' }) // `warm` takes no task
write({ t: 'ready' })
