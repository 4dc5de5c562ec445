/** What the pool knows of a cell, and the choices it makes among cells. Pure. */
import type { Cell } from './cell.ts'
import type { Watchdog } from './watchdog.ts'

export interface Entry {
  readonly cell: Cell
  readonly dog: Watchdog
  /** Leases handed out, those whose run has not begun yet included. */
  taken: number
  /** Most leases at the same time: as many threads it has had. */
  threads: number
  exclusive: boolean
  /** Before its first run. */
  restMb: number | undefined
  /** Its process is gone; its folders go when no run is being ended any more. */
  dead: boolean
}

/** A place in a cell. `alone`: in one that no other run shares. */
export interface Wanted {
  readonly owner: string
  readonly alone: boolean
}

export function ownCell (entries: Iterable<Entry>, owner: string, limits: { readonly threads: number, readonly maxRuns: number }): Entry | undefined {
  return [...entries].find(({ cell, taken, exclusive }) => {
    // One that has served its runs takes no more while others go on in it: under load it would never be at rest.
    return cell.owner === owner && cell.alive && !cell.retiring && !exclusive && taken < limits.threads && cell.served < limits.maxRuns
  })
}

/** Belongs to nobody yet; one that is ready comes first. */
export function sparesOf (entries: Iterable<Entry>): Entry[] {
  return [...entries].filter(({ cell }) => cell.owner === undefined && cell.alive).sort((a, b) => Number(b.cell.isReady) - Number(a.cell.isReady))
}

/** The idle one that was used least recently. */
export function idleCell (entries: Iterable<Entry>): Entry | undefined {
  return [...entries]
    .filter(({ cell, taken }) => taken === 0 && cell.owner !== undefined && cell.alive && !cell.retiring)
    .sort((a, b) => a.cell.lastUsedAt - b.cell.lastUsedAt)[0]
}

/**
 * The cell that is to take no more runs, so that a place becomes free when those in it have ended: of the owner who has the most cells,
 * and more than the one who waits has; the emptiest of them.
 */
export function cellToDrain (entries: Iterable<Entry>, { owner, alone }: Wanted): Entry | undefined {
  const all = [...entries].filter(({ cell }) => cell.alive)
  const count = new Map<string, number>()
  for (const { cell } of all) if (cell.owner !== undefined) count.set(cell.owner, (count.get(cell.owner) ?? 0) + 1)
  const has = (entry: Entry): number => count.get(entry.cell.owner ?? '') ?? 0
  return all
    .filter(entry => entry.cell.owner !== undefined && !entry.cell.retiring && !entry.exclusive && (alone || has(entry) > (count.get(owner) ?? 0)))
    .sort((a, b) => has(b) - has(a) || a.taken - b.taken || a.cell.lastUsedAt - b.cell.lastUsedAt)[0]
}
