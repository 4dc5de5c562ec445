import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as wait } from 'node:timers/promises'
import { createCells } from '../../../runner/cells/index.ts'
import { prepareSandbox } from '../../../runner/cells/prepared.ts'
import { toJobLimits, toRunLimits } from '../../../runner/limits.ts'
import type { CellRun, CellRunEnd, CellRunHandlers } from '../../../runner/cells/cell.ts'
import type { Cells, CellsOptions, Lease } from '../../../runner/cells/index.ts'
import type { GuestLogEntry, GuestMessage, Job } from '../../../sandbox/protocol.ts'

const job: Job = {
  call: 'run',
  processingId: 'p1',
  processingTitle: 'a processing',
  processingConfig: {},
  pluginConfig: {},
  secrets: {},
  debug: false,
  dir: '/processing',
  tmpDir: '/tmp/run',
  dataFairUrl: '',
  plugin: { artefact: 'a', name: 'a', version: '1.0.0', entry: 'index.js', builtins: [], async: false },
  limits: toJobLimits(toRunLimits({ RUN_HEAP_MB: 64 }))
}
const UNRESPONSIVE_MS = 1_500
const HEADER_BYTES = 100_000

const plugin = (body: string): Buffer => Buffer.from(`(function (exports, require, module, __filename, __dirname) {\nexports.run = async context => { const { log } = context; ${body} }\n})`)

describe('a cell, whatever the plugin of a run sends', function () {
  this.timeout(30_000)
  let dir: string
  let options: CellsOptions
  let cells: Cells
  let lease: Lease
  let runs = 0

  before(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'vivarium-floods-'))
    options = {
      dir: path.join(dir, 'cells'), prepared: await prepareSandbox(path.join(dir, 'sandbox')), heapMb: 64, threads: 2, caps: { headerBytes: HEADER_BYTES, bodyBytes: 1e7 }, max: 2, spares: 0, maxRuns: 100, idleMs: 60_000, memoryMb: 1_024, readyMs: 20_000, unresponsiveMs: UNRESPONSIVE_MS
    }
  })
  after(async () => await rm(dir, { recursive: true, force: true }))
  beforeEach(async () => {
    cells = createCells(options)
    lease = await cells.acquire('user:a')
  })
  afterEach(async () => await cells.close())

  function begin (body: string, handlers: Partial<CellRunHandlers> = {}, fields: Partial<Job> = {}): CellRun {
    return lease.cell.run(`r${++runs}`, { ...job, ...fields }, plugin(body), { onGuest () {}, ...handlers })
  }

  function errorOf (end: CellRunEnd): Record<string, unknown> {
    assert.ok(end.kind === 'done' && !end.result.ok, JSON.stringify(end))
    return end.result.error
  }

  /** The entries that arrive while a plugin runs, and its end. */
  async function logged (body: string): Promise<{ readonly entries: GuestLogEntry[], readonly end: CellRunEnd }> {
    const entries: GuestLogEntry[] = []
    const end = await begin(body, { onGuest (message: GuestMessage) { if (message.op === 'log') entries.push(...message.entries) } }).ended
    return { entries, end }
  }

  it('tells every value of a progress bar at a normal pace', async () => {
    const { entries, end } = await logged(`
      await log.task('rows')
      for (let i = 0; i <= 100; i++) { await log.progress('rows', i, 100); await new Promise(resolve => setTimeout(resolve, 2)) }`)
    assert.equal(end.kind, 'done')
    assert.deepEqual(entries.flatMap(entry => entry.type === 'progress' ? [entry.progress] : []), Array.from({ length: 101 }, (_, i) => i))
  })

  it('answers while a run floods it with progress, tells its last values in order, and loses no line', async () => {
    const values = new Map<string, number[]>()
    let lines = 0
    let updates = 0
    const flooding = begin(`
      const end = Date.now() + 4_000
      let i = 0
      while (Date.now() < end) { i++; for (const task of ['a', 'b', 'c']) log.progress(task, i, 1e9) }
      log.progress('a', 1e9, 1e9)
      for (const task of ['b', 'c']) log.progress(task, 1e9 - 1, 1e9)
      log.info('the end')`, {
      onGuest (message) {
        if (message.op !== 'log') return
        for (const entry of message.entries) {
          if (entry.type !== 'progress') lines++
          else {
            updates++
            values.set(entry.msg, [...values.get(entry.msg) ?? [], entry.progress])
          }
        }
      }
    })
    await wait(500)
    const start = performance.now()
    assert.equal((await begin('log.info("beside it")').ended).kind, 'done')
    assert.ok(performance.now() - start < 1_000, `a run beside it took ${performance.now() - start} ms`)
    const end = await flooding.ended
    assert.equal(end.kind, 'done', JSON.stringify(end))
    assert.ok(end.kind === 'done' && end.result.ok)
    assert.deepEqual([values.get('a')?.at(-1), values.get('b')?.at(-1), values.get('c')?.at(-1)], [1e9, 1e9 - 1, 1e9 - 1])
    for (const told of values.values()) assert.deepEqual(told, [...told].sort((a, b) => a - b), 'never an older value after a newer one')
    assert.equal(lines, 1)
    assert.ok(updates < 10_000, `${updates} updates left the thread`)
  })

  it('answers while a run floods it with calls that nobody answers', async () => {
    let calls = 0
    const flooding = begin('for (;;) context.patchConfig({})', { onGuest () { calls++ } }, { limits: { ...job.limits, heapMb: 1_024 } })
    await wait(UNRESPONSIVE_MS + 2_500)
    assert.ok(lease.cell.alive, 'it has not been killed')
    assert.ok(performance.now() - lease.cell.lastPongAt < UNRESPONSIVE_MS, 'it answers')
    flooding.abort()
    assert.deepEqual(errorOf(await flooding.ended), { code: 'aborted' })
    assert.ok(calls > 64)
  })

  it('sends no more than a runner reads', async () => {
    const flooding = begin('const text = "x".repeat(50_000); for (;;) context.patchConfig({ text })', {}, { limits: { ...job.limits, heapMb: 1_024 } })
    await wait(50)
    const until = performance.now() + 1_500
    while (performance.now() < until); // the runner is busy with something else
    const { memoryMb = 0 } = cells.list()[0] ?? {}
    assert.ok(memoryMb > 0 && memoryMb < 250, `the cell has filled ${memoryMb.toFixed(0)} MB meanwhile`)
    flooding.abort()
    await flooding.ended
  })

  it('ends a run whose message is nested too deeply, and says so', async () => {
    const deep = 'let deep = {}; for (let i = 0; i < 6_000; i++) deep = { deep };'
    assert.deepEqual(errorOf(await begin(`${deep} await context.patchConfig(deep)`).ended), { code: 'message-too-deep', limit: 128 })
    assert.deepEqual(errorOf(await begin(`${deep} await context.sendMail({ to: deep })`).ended), { code: 'message-too-deep', limit: 128 })
    let text = ''
    await begin('let flat = {}; for (let i = 0; i < 100; i++) flat = { flat }; context.patchConfig(flat)', { onGuest (message) { if (message.op === 'call') text = JSON.stringify(message.args) } }).ended
    assert.equal(text.match(/\{/g)?.length, 101, 'what is less deep arrives whole')
  })

  it('leaves what is too long to its run: the runner hears of its length, and is not held up', async () => {
    const told: Record<string, unknown>[] = []
    const delay = monitorEventLoopDelay({ resolution: 5 })
    delay.enable()
    const run: CellRun = begin(`
      await context.patchConfig({ x: Array(5_000_000).fill([]) }).catch(error => { log.info(error.code) })
      await context.sendMail({ to: 'a', text: '€'.repeat(6_000_000) }).catch(error => { log.info(error.code) })
      await fetch('http://a.test/', { headers: { a: 'x'.repeat(1_000_000) } }).catch(error => { log.info(error.cause.code) })`, {
      onGuest (message) {
        if (message.op !== 'call' && message.op !== 'http') return
        const { op, id, tooLarge } = message
        told.push({ op, tooLarge })
        const error = { code: 'TOO_LARGE', message: 'x' }
        run.send(op === 'http' ? { op: 'http-error', id, error } : { op: 'reply-error', id, error })
      }
    }, { limits: { ...job.limits, heapMb: 1_024 } })
    const end = await run.ended
    delay.disable()
    assert.ok(end.kind === 'done' && end.result.ok, JSON.stringify(end))
    assert.deepEqual(told.map(({ op }) => op), ['call', 'call', 'http'])
    for (const { tooLarge } of told) assert.ok(Number(tooLarge) > 160_000)
    assert.ok(delay.max / 1e6 < 300, `the runner stood still for ${(delay.max / 1e6).toFixed(0)} ms`)
  })

  it('tells the progress of tasks with long names in short pieces', async () => {
    const seen = new Set<string>()
    let longest = 0
    const end = await begin('for (let i = 0; i < 300; i++) log.progress(String(i).padEnd(60_000), 1, 2); await new Promise(resolve => setTimeout(resolve, 300))', {
      onGuest (message) {
        if (message.op !== 'log') return
        longest = Math.max(longest, JSON.stringify(message).length)
        for (const { msg } of message.entries) seen.add(msg)
      }
    }).ended
    assert.ok(end.kind === 'done' && end.result.ok, JSON.stringify(end))
    assert.equal(seen.size, 300)
    assert.ok(longest < 140_000, `${longest} characters in one message`)
  })

  it('is not touched by a job that is too large for it: that run alone is refused', async () => {
    const going = begin('await new Promise(resolve => setTimeout(resolve, 300))')
    const error = errorOf(await begin('', {}, { processingConfig: { text: 'x'.repeat(HEADER_BYTES) } }).ended)
    assert.deepEqual([error.code, error.limitBytes], ['job-too-large', HEADER_BYTES])
    assert.ok(Number(error.bytes) > HEADER_BYTES)
    assert.equal((await going.ended).kind, 'done')
    assert.ok(lease.cell.alive)
    assert.equal(lease.cell.running, 0)
  })

  it('tells the plugin of an answer that is too large, or too deep, for it', async () => {
    let deep: unknown = {}
    for (let i = 0; i < 20_000; i++) deep = { deep }
    const answers: unknown[] = ['x'.repeat(HEADER_BYTES), deep]
    const said: string[] = []
    const run: CellRun = begin('for (let i = 0; i < 2; i++) await context.patchConfig({}).catch(error => { log.info(error.code) })', {
      onGuest (message) {
        if (message.op === 'call') run.send({ op: 'reply', id: message.id, value: answers.shift() })
        else if (message.op === 'log') said.push(...message.entries.map(({ msg }) => msg))
      }
    })
    const end = await run.ended
    assert.ok(end.kind === 'done' && end.result.ok, JSON.stringify(end))
    assert.deepEqual(said, ['answer-too-large', 'answer-too-large'])
  })

  it('calls the heap of a run that never yields unknown, not 0', async () => {
    const heaps: unknown[] = []
    const run = begin('for (;;);', { onStats (_cpuMs, heapMb) { heaps.push(heapMb) } })
    await wait(400)
    run.abort()
    const end = await run.ended
    assert.ok(end.kind === 'done')
    assert.ok(heaps.length > 0)
    for (const heap of [...heaps, end.counters.heapPeakMb]) assert.ok(heap === undefined || Number(heap) > 0, `found ${String(heap)}`)
  })

  it('lets a listener of unhandledRejection hear of one before the first await', async () => {
    const { entries, end } = await logged('process.on("unhandledRejection", error => { log.info("heard " + error.name + " " + error.message) }); Promise.reject(new SyntaxError("early")); await new Promise(resolve => setTimeout(resolve, 20))')
    assert.ok(end.kind === 'done' && end.result.ok, JSON.stringify(end))
    assert.deepEqual(entries.map(({ msg }) => msg), ['heard SyntaxError early'])
    const { code, message } = errorOf(await begin('Promise.reject(new SyntaxError("early")); await new Promise(resolve => setTimeout(resolve, 20))').ended)
    assert.deepEqual([code, message], ['plugin-error', 'early'])
  })

  it('calls a bundle that is no script invalid', async () => {
    const end = await lease.cell.run('r-no-script', job, Buffer.from('(function () { const = })'), { onGuest () {} }).ended
    assert.equal(errorOf(end).code, 'plugin-invalid')
  })
})
