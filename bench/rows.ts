/** Rows of the bench's table: figures of the contenders, their ratio, and how they stand to the targets. Pure. */
import { table, type Row as TableRow } from '../bin/demo/table.ts'

export type Target =
  | { readonly kind: 'below' | 'at-most' | 'at-least', readonly value: number }
  /** So many times better than a spawn per run. */
  | { readonly kind: 'times', readonly value: number }

export interface Row {
  readonly measure: string
  readonly unit: 'ms' | 'MB' | 'MB/s' | 'runs/s' | 'lines/s' | 'claims/s'
  readonly vivarium: number | undefined
  /** One process of Node for each run. */
  readonly spawn?: number
  /** isolated-vm and nothing else: the floor. */
  readonly raw?: number
  readonly targets?: readonly Target[]
  /** Where the time went, as lines: printed when a target is missed. */
  readonly phases?: readonly string[]
  readonly note?: string
}

export interface Judgement { readonly target: Target, readonly met: boolean, readonly text: string }

/** How many times better than a spawn: for times and megabytes the smaller is the better one. */
export function ratioOf ({ unit, vivarium, spawn }: Row): number | undefined {
  if (vivarium === undefined || spawn === undefined) return undefined
  const ratio = unit === 'ms' || unit === 'MB' ? spawn / vivarium : vivarium / spawn
  return Number.isFinite(ratio) ? ratio : undefined
}

/** A figure that could not be had misses its targets. */
export function judge (row: Row): Judgement[] {
  return (row.targets ?? []).map(target => {
    const met = meets(row, target)
    return { target, met, text: `${textOf(target)}: ${met ? 'met' : 'MISSED'}` }
  })
}

export function renderRows (rows: readonly Row[], width: number): string[] {
  const columns = [{ title: 'measure' }, { title: 'unit' }, ...['vivarium', 'spawn', 'times better', 'isolated-vm'].map(title => ({ title, align: 'right' as const }))]
  return table(columns, 'targets', rows.map(tableRow), width)
}

/** For each row that misses a target: where its time went. */
export function renderPhases (rows: readonly Row[]): string[] {
  return rows.filter(row => row.phases !== undefined && judge(row).some(({ met }) => !met)).flatMap(({ measure, phases = [] }) => ['', `${measure}: where the time went`, ...phases.map(line => `  ${line}`)])
}

export function figure (value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return '-'
  return value >= 1000 ? String(Math.round(value)) : value.toFixed(value < 10 ? 2 : 1)
}

function tableRow (row: Row): TableRow {
  const ratio = ratioOf(row)
  return {
    cells: [row.measure, row.unit, figure(row.vivarium), figure(row.spawn), ratio === undefined ? '-' : `${figure(ratio)} ×`, figure(row.raw)],
    note: [...judge(row).map(({ text }) => text), ...(row.note === undefined ? [] : [row.note])].join('; ')
  }
}

function meets (row: Row, { kind, value }: Target): boolean {
  const found = kind === 'times' ? ratioOf(row) : row.vivarium
  if (found === undefined) return false
  switch (kind) {
    case 'below': return found < value
    case 'at-most': return found <= value
    default: return found >= value
  }
}

function textOf ({ kind, value }: Target): string {
  switch (kind) {
    case 'below': return `under ${value}`
    case 'at-most': return `at most ${value}`
    case 'at-least': return `at least ${value}`
    case 'times': return `at least ${value} × spawn`
  }
}
