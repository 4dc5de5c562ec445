/**
 * Entry of a cell: the confined process that holds the isolates of one owner. Its main thread only moves frames between fd 3 and
 * the threads of a Piscina pool; it never runs a plugin, so it stays able to end the process when the runner is gone.
 *
 * Arguments: one JSON text, CellOptions.
 */
import { Socket } from 'node:net'
import { MessageChannel, SHARE_ENV } from 'node:worker_threads'
import { Piscina } from 'piscina'
import { encodeFrame, FrameReader } from './frames.ts'
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
const pipe = new Socket({ fd: 3, readable: true, writable: true })
const reader = new FrameReader(options.caps)
const ports = new Map<string, MessagePort>()

const pool = new Piscina<ThreadTask, ThreadResult>({
  filename: options.workerUrl,
  minThreads: 1,
  maxThreads: options.threads,
  idleTimeout: 30_000,
  concurrentTasksPerWorker: 1,
  atomics: 'disabled', // else the threads' event loops stand still between tasks and a port's close is never seen
  env: SHARE_ENV, // nothing but LIBC, which the loader of isolated-vm asks for (runner/cells/spawn.ts)
  workerData: { snapshotFolder: options.snapshotFolder, heapMb: options.heapMb } satisfies WorkerOptions
})

/** Not process.exit(): it hangs while an isolate is busy. A signal to oneself does not. */
function end (): void {
  process.kill(process.pid, 'SIGKILL')
}

function fatal (error: Error): void {
  write({ t: 'fatal', message: error.message })
  setImmediate(end)
}

let corked = false
function write (message: FromCell, body?: Uint8Array): void {
  if (!corked) {
    corked = true
    pipe.cork()
    process.nextTick(() => { corked = false; pipe.uncork() })
  }
  for (const part of encodeFrame(message, body)) pipe.write(part)
}

function receive (message: ToCell, body: Buffer | undefined): void {
  switch (message.t) {
    case 'run':
      start(message, body ?? Buffer.alloc(0)).catch(fatal)
      return
    case 'host': return tell(message.run, body === undefined ? { t: 'host', message: message.message } : { t: 'host', message: message.message, body: new Uint8Array(body) })
    case 'stop': return tell(message.run, { t: 'stop' })
    case 'abort': return tell(message.run, { t: 'abort' })
    case 'ping': return write({ t: 'pong', n: message.n })
  }
}

function tell (run: string, message: ToThread): void {
  ports.get(run)?.postMessage(message, message.t === 'host' && message.body !== undefined ? [message.body.buffer as ArrayBuffer] : []) // copied above: exact and ours
}

async function start (message: ToCell & { t: 'run' }, body: Buffer): Promise<void> {
  const { run, job } = message
  const { port1, port2 } = new MessageChannel()
  ports.set(run, port1)
  const closed = new Promise<void>(resolve => { port1.once('close', resolve) })
  port1.on('message', (from: FromThread) => forward(run, from))
  try {
    const bundle = new Uint8Array(body)
    const transferList = [port2, bundle.buffer] as unknown as TransferList // Piscina infers the other overload of postMessage
    const ended = await pool.run({ job, bundle, port: port2 }, { transferList })
    await closed // the result may overtake the last messages of the port
    write({ t: 'done', run, ...ended })
  } catch (error) {
    fatal(error as Error) // the thread itself died: nothing in this process can be trusted
  } finally {
    ports.delete(run)
  }
}

function forward (run: string, from: FromThread): void {
  switch (from.t) {
    case 'guest': return write({ t: 'guest', run, message: from.message }, from.body)
    case 'loaded': return write({ t: 'loaded', run, stop: from.stop })
    case 'stats': return write({ t: 'stats', run, cpuMs: from.cpuMs, heapMb: from.heapMb })
  }
}

pool.on('error', fatal)
process.on('uncaughtException', fatal)
pipe.on('close', end)
pipe.on('end', end)
pipe.on('error', end)
pipe.on('data', (chunk: Buffer) => {
  try {
    for (const frame of reader.push(chunk)) receive(frame.header as ToCell, frame.body) // the runner is trusted here
  } catch (error) {
    fatal(error as Error)
  }
})

await pool.run(undefined as unknown as ThreadTask, { name: 'warm' }) // `warm` takes no task
write({ t: 'ready' })
