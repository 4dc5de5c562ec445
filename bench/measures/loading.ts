/**
 * What it costs to load a plugin, at the level of the cell: from the frame of the job to the frame of the first line. Beside it a process of
 * Node that requires the same package and calls its run(), with nothing around it.
 */
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { bundled, bundleWith, placeOf, type Loaded } from '../loading/bundles.ts'
import { openBenchCell, type BenchCell } from '../loading/cell.ts'
import { privateMemory, type PrivateMemory } from '../loading/memory.ts'
import { PLUGINS_DIR } from '../service/index.ts'
import { describePhases, median } from '../statistics.ts'
import type { Row, Target } from '../rows.ts'
import type { Measure } from './types.ts'

interface Load {
  readonly name: string
  /** Required at its top; none: the tiny plugin of the bench. */
  readonly packages: readonly string[]
  /** Milliseconds at most, with a spare isolate and without. */
  readonly targets: { readonly spare?: number, readonly own?: number }
}

const LOADS: readonly Load[] = [
  { name: 'tiny', packages: [], targets: { spare: 2, own: 15 } },
  { name: 'fs-extra + form-data + csv-parse', packages: ['fs-extra', 'form-data', 'csv-parse'], targets: { spare: 20 } },
  { name: 'fs-extra + form-data + csv', packages: ['fs-extra', 'form-data', 'csv'], targets: { spare: 20 } },
  { name: 'exceljs', packages: ['exceljs'], targets: {} },
  { name: 'cheerio', packages: ['cheerio'], targets: {} },
  { name: 'xlsx', packages: ['xlsx'], targets: {} }
]
/** After a run, for the next spare isolate to be opened. */
const PAUSE_MS = 60
/** Whose times do not count: threads, snapshots and code come. */
const WARMING = 3
const LINE = '.'

interface Times { readonly firstLineMs: number, readonly phases: { readonly ms: Readonly<Record<string, number>>, readonly spareIsolate: boolean } }

export const loading: Measure = async ({ raw, quick }) => {
  const dir = await mkdtemp(path.join(tmpdir(), 'vivarium-bench-loading-'))
  const cell = await openBenchCell(1)
  const rows: Row[] = []
  try {
    for (const load of LOADS) {
      const loaded = await prepare(load, path.join(dir, load.name))
      rows.push(...loaded === undefined ? [leftOut(load)] : await loadRows(cell, load, loaded, { rounds: quick ? 8 : 40, floor: median(raw.firstLineMs) }))
    }
  } finally {
    await cell.close()
    await rm(dir, { recursive: true, force: true })
  }
  return [...rows, ...memoryRows(await privateMemory(quick ? 4 : 8))]
}

async function prepare ({ packages }: Load, folder: string): Promise<Loaded | undefined> {
  if (packages.length === 0) return await bundled(path.join(PLUGINS_DIR, 'tiny'))
  const from = placeOf(packages)
  return from === undefined ? undefined : await bundleWith(packages, from, folder)
}

function leftOut ({ name, targets }: Load): Row {
  return { ...firstLine(name, 'spare'), vivarium: undefined, targets: targetsOf(targets.spare), note: 'left out: its packages come with npm run corpora' }
}

async function loadRows (cell: BenchCell, { name, packages, targets }: Load, loaded: Loaded, { rounds, floor }: { readonly rounds: number, readonly floor: number }): Promise<Row[]> {
  const spare = await timesOf(cell, loaded, true, rounds)
  const own = await timesOf(cell, loaded, false, rounds)
  const spawned = await spawns(loaded.folder, Math.ceil(rounds / 4))
  const row = (which: keyof Load['targets'], times: readonly Times[]): Row => ({
    ...firstLine(name, which),
    vivarium: median(times.map(({ firstLineMs }) => firstLineMs)),
    spawn: spawned,
    ...(packages.length === 0 ? { raw: floor } : {}),
    targets: targetsOf(targets[which]),
    phases: [...describePhases(times.map(({ phases }) => ({ receipt: { ...phases } }))), `the first line came after ${Math.min(...times.map(({ firstLineMs }) => firstLineMs)).toFixed(2)} ms at best`]
  })
  return [{ ...row('spare', spare), note: `bundle of ${Math.ceil(loaded.bundle.length / 1024)} KB` }, row('own', own)]
}

function firstLine (name: string, which: keyof Load['targets']): Pick<Row, 'measure' | 'unit'> {
  return { measure: `job to first line, ${name}, ${which === 'spare' ? 'spare isolate' : 'no spare'}, p50`, unit: 'ms' }
}

function targetsOf (value: number | undefined): Target[] {
  return value === undefined ? [] : [{ kind: 'at-most', value }]
}

/** Only runs that found what they were to find: under load a spare may come late. */
async function timesOf (cell: BenchCell, loaded: Loaded, spare: boolean, rounds: number): Promise<Times[]> {
  const found: Times[] = []
  for (let i = -WARMING; found.length < rounds && i < 4 * rounds; i++) {
    const start = performance.now()
    const run = cell.start(loaded, spare)
    const firstLineMs = await run.firstLineAt - start
    const { openMs, loadMs, cpuMs, spare: spareIsolate } = await run.counters
    const ms = { isolate: openMs, load: loadMs, 'on the way': firstLineMs - openMs - loadMs, computed: cpuMs }
    if (i >= 0 && spareIsolate === spare) found.push({ firstLineMs, phases: { ms, spareIsolate } })
    await wait(PAUSE_MS)
  }
  return found
}

/** Median time from the spawn to the first byte. */
async function spawns (folder: string, rounds: number): Promise<number> {
  const times: number[] = []
  for (let i = -1; i < rounds; i++) { // the first one brings the files into the page cache
    const start = performance.now()
    const child = spawn(process.execPath, ['-e', `require(process.argv[1]).run({ log: { info: async () => process.stdout.write('${LINE}') } })`, folder], { stdio: ['ignore', 'pipe', 'inherit'] })
    const closed = new Promise(resolve => child.once('close', resolve))
    const answered = await new Promise<boolean>(resolve => { child.stdout.once('data', () => resolve(true)).once('end', () => resolve(false)) })
    if (i >= 0) times.push(performance.now() - start)
    await closed
    if (!answered) throw new Error(`a line of ${folder} in a process of Node was expected`)
  }
  return median(times)
}

function memoryRows (memory: PrivateMemory | undefined): Row[] {
  const row = (measure: string, vivarium: number | undefined): Row => ({ measure, unit: 'MB', vivarium })
  return [
    { ...row('live isolate, its memory alone', memory?.isolateMb), targets: [{ kind: 'at-most', value: 5 }], note: 'private; of runs that wait, in threads that are there' },
    { ...row('thread with its spare isolate', memory?.threadMb), note: 'private; what a run adds to a cell when its thread is started for it' }
  ]
}
