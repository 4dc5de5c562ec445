/**
 * What it costs to have parts of the guest evaluated in the snapshot ("warm"), and what it saves. For each choice: opening (isolate, context,
 * boot), then, each in an isolate of its own, the time from handing over a plugin to its first message that needs the part.
 *
 *   node bench/guest-open.ts [rounds]
 */
import ivm from 'isolated-vm'
import { openIsolate } from '../sandbox/isolate.ts'
import { buildPrelude, makeSnapshot, WARM, type Warm } from '../sandbox/prelude.ts'
import { builtins } from '../sandbox/guest/node/index.ts'
import { parts, type Part } from '../sandbox/guest/parts.ts'
import type { Job } from '../sandbox/protocol.ts'

const CHOICES: Readonly<Record<string, Warm>> = {
  nothing: { parts: [], builtins: [] },
  axios: { parts: ['axios'], builtins: [] },
  'axios, buffer, events, path': { parts: ['axios'], builtins: ['buffer', 'events', 'path'] },
  '+ util, stream': { parts: ['axios'], builtins: ['buffer', 'events', 'path', 'util', 'stream'] },
  '+ inspect, URL': { parts: ['axios', 'inspect', 'url'], builtins: ['buffer', 'events', 'path', 'util', 'stream'] },
  everything: { parts: Object.keys(parts) as Part[], builtins: Object.keys(builtins) },
  ...Object.fromEntries(Object.entries(WARM).map(([size, warm]) => [`size ${size}`, warm]))
}

/** Bodies of run(context); each ends with one log line that leaves at once. */
const USES: Readonly<Record<string, string>> = {
  'log line': 'context.log.info("x")',
  axios: 'context.axios.get("https://example.org/")',
  'console + object': 'console.info({ a: 1 })',
  URL: 'context.log.info(new URL("https://example.org/a").href)',
  Buffer: 'context.log.info(Buffer.from("x").toString("hex"))',
  fetch: 'fetch("https://example.org/")',
  AbortSignal: 'new AbortController(); context.log.info("x")',
  'fs, path, stream, util': 'require("fs"); require("path"); require("stream"); require("util"); context.log.info("x")',
  'a pipeline': 'const { pipeline, Readable, PassThrough } = require("stream"); pipeline(Readable.from(["x"]), new PassThrough(), error => { context.log.info("x", error) })'
}

const job: Job = {
  call: 'run',
  processingId: 'p',
  processingTitle: 'p',
  processingConfig: {},
  pluginConfig: {},
  secrets: {},
  debug: true,
  dir: '/data',
  tmpDir: '/tmp',
  dataFairUrl: '',
  plugin: { artefact: 'a', name: 'a', version: '1.0.0', entry: 'index.js', builtins: [], async: false },
  limits: { heapMb: 128, resultBytes: 1e6, logEntries: 1e4, logBytes: 1e7, logEntryBytes: 65_536, messageBytes: 1e6, timers: 100 }
}

async function measure (snapshot: ivm.ExternalCopy<ArrayBuffer>, body: string): Promise<{ openMs: number, useMs: number }> {
  const before = performance.now()
  const isolate = await openIsolate({ snapshot, heapMb: 128, onCatastrophe (message) { throw new Error(message) } })
  const openMs = performance.now() - before
  const { promise, resolve } = Promise.withResolvers<void>()
  isolate.attach({ onMessage (message) { if (message.op === 'log' || message.op === 'http') resolve() }, onHost: () => '', onAbuse (reason) { throw new Error(reason) }, onTooDeep (limit) { throw new Error(`more than ${limit} levels`) } }, 1e6)
  const start = performance.now()
  isolate.deliver({ op: 'job', job })
  isolate.evaluate(`__vivarium_define(function (exports, require) { exports.run = async context => { ${body}; await new Promise(() => {}) } })`, '/plugin/index.js').catch(() => {}) // disposed of below
  await promise
  const useMs = performance.now() - start
  isolate.dispose()
  return { openMs, useMs }
}

function median (values: readonly number[]): string {
  return (values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN).toFixed(2)
}

const rounds = Number(process.argv[2] ?? 15)
const rows: Record<string, Record<string, string | number>> = {}
for (const [name, warm] of Object.entries(CHOICES)) {
  const bytes = makeSnapshot(await buildPrelude({ warm }))
  const snapshot = new ivm.ExternalCopy(bytes)
  const opens: number[] = []
  const row: Record<string, string | number> = { 'snapshot KB': Math.round(bytes.byteLength / 1024), 'open ms': '' }
  for (const [use, body] of Object.entries(USES)) {
    const times: number[] = []
    for (let i = 0; i < rounds; i++) {
      const { openMs, useMs } = await measure(snapshot, body)
      opens.push(openMs)
      times.push(useMs)
    }
    row[use] = median(times)
  }
  row['open ms'] = median(opens)
  rows[name] = row
}
console.log('Medians in ms: opening, then hand-over of a plugin to its first message.')
console.table(rows)
await new Promise(resolve => setTimeout(resolve, 300)) // isolated-vm can crash a process that exits right after a dispose
