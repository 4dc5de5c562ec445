import assert from 'node:assert/strict'
import { fileURLToPath } from 'node:url'
import { startTarget, type TargetServer } from '../servers/target.ts'
import { ALICE, openTestService, type TestService } from './service.ts'

const PLUGINS_DIR = fileURLToPath(new URL('../fixtures/plugins/limits', import.meta.url))
const RAISE = /An administrator can raise `(\w+)`\.$/

/** Small values, each the least that the configuration takes or near it. */
const SMALL = {
  RUN_CPU_SECONDS: '1',
  RUN_WALL_SECONDS: '15',
  RUN_HEAP_MB: '32',
  RUN_LOG_ENTRIES: '10',
  RUN_LOG_BYTES: '65536',
  RUN_LOG_ENTRY_BYTES: '20000',
  RUN_RESULT_BYTES: '1024',
  RUN_TIMERS: '10',
  RUN_MESSAGE_BYTES: '262144',
  RUN_HTTP_CONCURRENT: '2',
  RUN_HTTP_REQUESTS: '6',
  RUN_HTTP_BYTES_IN: '2048',
  RUN_HTTP_BYTES_OUT: '1024',
  RUN_PREPARE_SECONDS: '1'
}
/** What has to be reached before a smaller limit of the others. */
const TIGHT = { RUN_WALL_SECONDS: '2', RUN_HEAP_MB: '128', RUN_CELL_MEMORY_MB: '128' }

const CPU = /^The run used (1|1\.\d) s of computing time, the limit is 1 s\. /

/** Scene of the plugin passes-limits -> its outcome. */
const ended: Readonly<Record<string, { readonly code: string, readonly key: keyof typeof SMALL | keyof typeof TIGHT, readonly text: RegExp, readonly where?: string, readonly tight?: true }>> = {
  'cpu-after-await': { code: 'cpu-limit', key: 'RUN_CPU_SECONDS', text: CPU },
  'cpu-in-timer': { code: 'cpu-limit', key: 'RUN_CPU_SECONDS', text: CPU },
  'cpu-in-getter': { code: 'cpu-limit', key: 'RUN_CPU_SECONDS', text: CPU },
  wall: { code: 'wall-limit', key: 'RUN_WALL_SECONDS', text: /^The run lasted longer than the limit of 2 s\. /, tight: true },
  heap: { code: 'memory-limit', key: 'RUN_HEAP_MB', text: /^The run exceeded its memory limit \(JavaScript heap, 32 MB\)\. / },
  'heap-buffers': { code: 'memory-limit', key: 'RUN_HEAP_MB', text: /^The run exceeded its memory limit \(JavaScript heap, 32 MB\)\. /, where: 'heap-buffers.js:3:29' },
  'cell-memory': { code: 'cell-memory', key: 'RUN_CELL_MEMORY_MB', text: /^The run exceeded the memory of its process \(128 MB, outside the JavaScript heap: buffers, Intl, WebAssembly\)\. /, tight: true },
  result: { code: 'result-too-large', key: 'RUN_RESULT_BYTES', text: /^What the plugin returned exceeds 1 KB\. / },
  timers: { code: 'timer-limit', key: 'RUN_TIMERS', text: /^The plugin wanted more than 10 timers waiting at the same time\. /, where: 'timers.js:2:32' },
  patch: { code: 'message-limit', key: 'RUN_MESSAGE_BYTES', text: /^The plugin wanted to send more than 256 KB in one piece \(.*\)\. /, where: 'patch.js:2:9' },
  'http-requests': { code: 'network-limit', key: 'RUN_HTTP_REQUESTS', text: /^The run reached its network limit \(requests: 6\)\. /, where: 'http-requests.js:3:5' },
  'http-bytes-in': { code: 'network-limit', key: 'RUN_HTTP_BYTES_IN', text: /^The run reached its network limit \(bytes received: 2 KB\)\. /, where: 'http-bytes-in.js:2:3' },
  'http-bytes-out': { code: 'network-limit', key: 'RUN_HTTP_BYTES_OUT', text: /^The run reached its network limit \(bytes sent: 1 KB\)\. /, where: 'http-bytes-out.js:2:3' }
}

interface Line { readonly type: string, readonly msg: string, readonly code?: string, readonly extra?: unknown }

describe('the limits of one run', function () {
  this.timeout(30_000)
  let small: TestService
  let tight: TestService
  let target: TargetServer
  let atOnce = 0
  let mostAtOnce = 0

  before(async () => {
    target = await startTarget((request, response) => {
      if (request.path === '/large') return response.end('l'.repeat(3_000))
      mostAtOnce = Math.max(mostAtOnce, ++atOnce)
      setTimeout(() => {
        atOnce--
        response.end('ok')
      }, request.path.startsWith('/slow') ? 100 : 0)
    })
    const env = { PLUGINS_DIR, EGRESS_ALLOW: target.host, ...SMALL }
    small = await openTestService(env)
    tight = await openTestService({ ...env, ...TIGHT })
  })
  after(async () => {
    await Promise.all([small?.close(), tight?.close(), target?.close()])
  })

  async function play (scene: string, service = small): Promise<any> {
    return await service.run(await service.create('passes-limits', { config: { scene, url: target.url } }))
  }

  for (const [scene, { code, key, text, where, tight: inTight }] of Object.entries(ended)) {
    it(`${scene}: ends with ${code}, and says what the limit is and who raises it`, async () => {
      const run = await play(scene, inTight === true ? tight : small)
      assert.equal(run.status, 'error')
      assert.equal(run.outcome.code, code, JSON.stringify(run.outcome))
      assert.match(run.outcome.message, text)
      assert.equal(RAISE.exec(run.outcome.message)?.[1], key)
      assert.ok(run.log.some((line: Line) => line.type === 'error' && line.msg === run.outcome.message), 'the log says it too')
      const position = run.log.find((line: Line) => line.code === 'error-position')?.msg
      assert.equal(position, where === undefined ? undefined : `Error of the plugin at scenes/${where}`)
      if (key === 'RUN_CPU_SECONDS') assert.ok(run.receipt.cpuMs <= 2_000, `stopped after ${run.receipt.cpuMs} ms of CPU`)
      if (key === 'RUN_WALL_SECONDS') {
        const { isolate = 0, load = 0, run: running } = run.receipt.ms
        const ms = isolate + load + running // the clock starts when the cell gets the run
        assert.ok(ms >= 1_990 && ms <= 3_000, `stopped after ${ms} ms`)
      }
    })
  }

  it('log-entries: keeps ten lines, and says how many were not kept', async () => {
    const { status, log } = await play('log-entries')
    assert.equal(status, 'finished')
    assert.deepEqual(log.map(({ msg }: Line) => msg), [
      ...Array.from({ length: 10 }, (_, index) => `line ${index + 1}`),
      'The log reached its limit (10 lines or 64 KB): 15 lines were not kept. An administrator can raise `RUN_LOG_ENTRIES`.',
      'The run is finished'
    ])
  })

  it('log-bytes: keeps what fits, and says how many lines were not kept', async () => {
    const { status, log } = await play('log-bytes')
    assert.equal(status, 'finished')
    assert.deepEqual(log.map(({ msg }: Line) => msg.slice(0, 120)), [
      ...[1, 2, 3, 4].map(n => `line ${n} `.padEnd(120, '.')),
      'The log reached its limit (10 lines or 64 KB): 4 lines were not kept. An administrator can raise `RUN_LOG_BYTES`.',
      'The run is finished'
    ])
  })

  it('progress: the updates of a bar take no room in the log', async () => {
    const { status, log } = await play('progress')
    assert.equal(status, 'finished')
    assert.deepEqual(log.map(({ msg }: Line) => msg.slice(0, 16).trim()), ['a task .........', 'a line after it', 'The run is finis'])
    assert.deepEqual([log[0].progress, log[0].total], [900, 900])
  })

  it('log-entry: cuts a text and an extra that are too long, and says so', async () => {
    const { status, log } = await play('log-entry')
    assert.equal(status, 'finished')
    assert.match(log[0].msg, /^x{19000,}… \(\d+ more characters\)$/)
    assert.ok(Buffer.byteLength(log[0].msg) <= 20_000)
    assert.equal(log[1].msg, 'a line with a large extra')
    assert.match(log[1].extra.text, /^y{1000,}…/)
    assert.ok(Buffer.byteLength(JSON.stringify(log[1].extra)) <= 20_000)
  })

  it('http-concurrent: lets two requests through at once, the others wait', async () => {
    mostAtOnce = 0
    const { status, log } = await play('http-concurrent')
    assert.equal(status, 'finished')
    assert.equal(log[0].msg, '5 answers')
    assert.equal(mostAtOnce, 2)
  })

  for (const busy of [true, false]) {
    it(`a prepare() that ${busy ? 'loops' : 'waits'} for ever: saving is refused after its time`, async () => {
      const start = performance.now()
      const answer = await small.call('POST', '/api/v1/processings', { as: ALICE, body: { title: 'x', plugin: 'prepares-for-ever', config: { busy } } })
      const ms = performance.now() - start
      assert.equal(answer.status, 400)
      assert.equal(answer.headers.get('x-error-code'), 'wall-limit')
      assert.match(answer.text, /Loading the plugin and preparing the configuration \(its prepare\(\), if it has one\) lasted longer than the limit of 1 s\. An administrator can raise `RUN_PREPARE_SECONDS`\.$/)
      assert.ok(ms >= 1_000 && ms < 2_500, `after ${ms.toFixed(0)} ms`)
    })
  }
})
