/**
 * The floor: isolated-vm alone, in a process of its own. No snapshot, no API for the plugin but one function that writes a line, nothing stored.
 * Writes JSON (RawFigures) to standard output.
 *
 *   node bench/raw.ts <rounds> <lines>
 */
import ivm from 'isolated-vm'
import { memoryOf } from './processes.ts'

export interface RawFigures {
  readonly firstLineMs: readonly number[]
  readonly finishedMs: readonly number[]
  readonly runsPerSecond: number
  /** Computing time of one run. */
  readonly cpuMs: number
  readonly linesPerSecond: number
  /** Of one isolate that is alive. */
  readonly isolateMb: number | undefined
  /** After the limit of time given to isolated-vm itself. */
  readonly overshootMs: readonly number[]
}

const HEAP_MB = 256
const LIMIT_MS = 100
const LIVE = 20

const TINY = 'log("one line")'
const linesCode = (lines: number): string => `for (let i = 1; i <= ${lines}; i++) log("line " + i)`

const [rounds = 0, lines = 0] = process.argv.slice(2).map(Number)
const firstLineMs: number[] = []
const finishedMs: number[] = []
const startedAt = performance.now()
const cpuBefore = process.cpuUsage()
for (let i = 0; i < rounds; i++) {
  const start = performance.now()
  await run(TINY, () => firstLineMs.push(performance.now() - start))
  finishedMs.push(performance.now() - start)
}
const runsPerSecond = rounds / (performance.now() - startedAt) * 1000
const { user, system } = process.cpuUsage(cpuBefore)
const cpuMs = (user + system) / 1000 / rounds

const kept: string[] = []
const linesAt = performance.now()
await run(linesCode(lines), line => kept.push(line))
const linesPerSecond = kept.length / (performance.now() - linesAt) * 1000

const overshootMs: number[] = []
for (let i = 0; i < 5; i++) {
  const start = performance.now()
  await run('for (;;);', () => {}, LIMIT_MS).catch(() => overshootMs.push(performance.now() - start - LIMIT_MS))
}

process.stdout.write(JSON.stringify({ firstLineMs, finishedMs, runsPerSecond, cpuMs, linesPerSecond, isolateMb: await liveIsolate(), overshootMs } satisfies RawFigures))
await new Promise(resolve => setTimeout(resolve, 300)) // isolated-vm can crash a process that exits right after a dispose

async function run (code: string, onLine: (line: string) => void, timeout?: number): Promise<void> {
  const { isolate, context } = await open(onLine)
  try {
    const script = await isolate.compileScript(code)
    await script.run(context, timeout === undefined ? {} : { timeout })
  } finally {
    isolate.dispose()
  }
}

async function open (onLine: (line: string) => void): Promise<{ isolate: ivm.Isolate, context: ivm.Context }> {
  const isolate = new ivm.Isolate({ memoryLimit: HEAP_MB })
  const context = await isolate.createContext()
  await context.global.set('log', new ivm.Callback(onLine, { sync: true }))
  return { isolate, context }
}

async function liveIsolate (): Promise<number | undefined> {
  const before = await memoryOf(process.pid)
  const isolates = await Promise.all(Array.from({ length: LIVE }, () => open(() => {})))
  const after = await memoryOf(process.pid)
  for (const { isolate } of isolates) isolate.dispose()
  return before === undefined || after === undefined ? undefined : (after.pssMb - before.pssMb) / LIVE
}
