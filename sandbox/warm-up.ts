/**
 * What a usual run does, played once against a host of strings while the snapshot is made: V8 then keeps the bytecode of every function that ran,
 * and a run's first line and first request do not wait for the compiler. The context in which it is played is thrown away, only code remains.
 */
import type { Job } from './protocol.ts'

type Boot = (send: (text: string) => void, ack: () => number, sync: () => string) => (text: string, bytes?: Uint8Array) => void

const job: Job = {
  call: 'run',
  processingId: 'warm-up',
  processingTitle: '',
  processingConfig: { dataset: { id: 'x' } },
  pluginConfig: {},
  secrets: {},
  debug: true,
  dir: '/data',
  tmpDir: '/tmp',
  dataFairUrl: 'http://localhost',
  plugin: { artefact: '', name: '', version: '', entry: 'index.js', builtins: [], async: false },
  limits: { heapMb: 64, resultBytes: 1_000_000, logEntries: 1_000, logBytes: 1_000_000, logEntryBytes: 65_536, messageBytes: 1_000_000, timers: 100 }
}

/** Its text is the script: it can use nothing from around it. Answers the messages that the guest sends, for whoever wants to see that it plays to its end. */
function play (job: Job, withStreams: boolean): string[] {
  const sent: string[] = []
  const boot = Reflect.get(globalThis, '__vivarium_boot') as Boot
  const later = (action: () => void): void => { Promise.resolve().then(action) }
  const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, character => character.charCodeAt(0))
  const tell = (message: object, bytes?: Uint8Array): void => { later(() => { deliver(JSON.stringify(message), bytes) }) }
  const deliver = boot(text => {
    sent.push(text)
    const { op, id, method, ms = 0 } = JSON.parse(text) as { op: string, id: number, method?: string, ms?: number }
    if (op === 'timer' && ms < 1_000) tell({ op: 'timers', ids: [id] })
    if (op === 'call') tell(method === 'sendMail' ? { op: 'reply-error', id, error: { code: 'x', message: 'x' } } : { op: 'reply', id, value: null })
    if (op === 'http') {
      tell({ op: 'http-head', id, status: 200, statusText: 'OK', headers: [['Content-Type', 'application/json']], url: 'http://localhost/' })
      tell({ op: 'http-data', id }, bytesOf('{"a":'))
      tell({ op: 'http-data', id }, bytesOf('"\u00c3\u00a9"}'))
      tell({ op: 'http-end', id })
    }
  }, () => 1, () => '')
  const playStreams = async (require: (name: string) => never): Promise<void> => {
    const { PassThrough, Readable, Transform, Writable, promises: { pipeline } } = require('stream') as typeof import('node:stream')
    const { promisify, inherits, format } = require('util') as typeof import('node:util')
    const { join, basename, extname } = require('path') as typeof import('node:path')
    function Upper (this: InstanceType<typeof Transform>, options: object): void { (Transform as unknown as (this: object, options: object) => void).call(this, options) }
    inherits(Upper as never, Transform as never)
    Upper.prototype._transform = (chunk: Uint8Array, _: string, done: (error: null, chunk: string) => void) => { done(null, Buffer.from(chunk).toString().toUpperCase()) }
    const lines: string[] = []
    await pipeline(Readable.from(['a\n', Buffer.from('b')]), new (Upper as unknown as typeof PassThrough)(), new PassThrough(), new Writable({
      write (chunk, _, done) { lines.push(`${chunk}`); done() }
    }))
    for await (const chunk of Readable.from([1, 2], { objectMode: true })) lines.push(`${chunk}`)
    const piped = new Readable({ read () { this.push('x'); this.push(null) } }).setEncoding('utf8').pipe(new PassThrough())
    piped.on('data', () => {}).once('end', () => {})
    await promisify((done: (error: null) => void) => { done(null) })()
    format('%s', join('a', basename('b.c'), extname('d.e')))
  }
  deliver(JSON.stringify({ op: 'job', job }))
  const define = Reflect.get(globalThis, '__vivarium_define') as (bundle: unknown) => void
  define((exports: { run: unknown, stop: unknown }, require: (name: string) => { resolve?: unknown }) => {
    exports.stop = async () => {}
    // eslint-disable-next-line @typescript-eslint/no-explicit-any -- what plugins are given
    exports.run = async ({ axios, log, patchConfig, ws, sendMail }: any) => {
      const { setTimeout, setImmediate } = require('timers') as { setTimeout: (done: unknown, ms: number) => unknown, setImmediate: (done: unknown) => unknown }
      await log.step('step')
      for (let i = 0; i < 12; i++) log.info('line', { list: [i, 'x', true, null], error: new Error('x'), date: new Date(0) })
      await log.task('task')
      await log.progress('task', 1, 2)
      await log.debug('debug')
      console.info('console', { list: [1, 'x'], nested: { a: null } })
      await new Promise(resolve => setTimeout(resolve, 1))
      await new Promise(resolve => setImmediate(resolve))
      await axios.get('api/v1/datasets', { params: { q: 'x', size: 1 } })
      await axios.post('api/v1/datasets/x/lines', { a: 1 })
      const url = new URL('../b?c=d', 'http://localhost/a/')
      url.searchParams.set('e', 'f')
      await (await fetch(url.href, { signal: AbortSignal.timeout(10_000) })).json()
      if (withStreams) await playStreams(require as (name: string) => never)
      await patchConfig({ a: 1 })
      await ws.waitForJournal('x', 'finalize-end')
      await sendMail({ from: 'a', to: 'b', subject: '', text: '' }).catch(() => {})
      try { Buffer.from('\u00e9').toString('base64') } catch {} // V8 has no base64 yet while a snapshot is made
      deliver(JSON.stringify({ op: 'stop' }))
      throw new Error('the end')
    }
  })
  return sent
}

/** `withStreams`: plays what plugins do with files and streams as well. */
export function warmUpScript (withStreams: boolean): string {
  return `(${play})(${JSON.stringify(job)}, ${withStreams})`
}
