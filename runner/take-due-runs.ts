/**
 * Claims due runs within the free capacity, fairly: the owner with the fewest runs under way comes first, then the run that waits
 * longest. Somebody may claim a run before us: it is then simply not ours.
 */
import type { Bus } from './types.ts'
import type { Run, Store } from '../store/types.ts'

export interface TakerOptions {
  readonly store: Store
  readonly bus: Bus
  readonly runnerId: string
  /** Runs at once. */
  readonly capacity: number
  /** Without news the store is read this often: what a lost message costs. */
  readonly pollMs: number
  /** Runs a claimed run to its last state. Never rejects. */
  execute(run: Run): Promise<void>
  onError(error: unknown): void
}

export interface Taker {
  start(): void
  wake(): void
  /** Claims nothing more. Runs under way go on. */
  stop(): Promise<void>
  readonly running: number
}

/** Due runs looked at in one page, for each free place. */
const LOOK_AHEAD = 4

export function createTaker (options: TakerOptions): Taker {
  const { store, bus } = options
  const running = new Map<string, string>()
  let taking: Promise<void> | undefined
  let again = false
  let stopped = true
  let poll: NodeJS.Timeout | undefined
  let unsubscribe = (): void => {}

  function wake (): void {
    if (stopped) return
    again = true
    taking ??= take().catch(options.onError).finally(() => {
      taking = undefined
      if (again) wake()
    })
  }

  async function take (): Promise<void> {
    while (again) {
      again = false
      if (stopped) return
      const free = options.capacity - running.size
      if (free <= 0) return
      const now = new Date().toISOString()
      for (const candidate of pickFairly(await findDue(store, now, free), [...running.values()], free)) {
        if (stopped) return
        const run = await store.runs.claim(candidate._id, options.runnerId, now)
        if (run !== undefined) begin(run)
      }
    }
  }

  function begin (run: Run): void {
    running.set(run._id, ownerKey(run))
    options.execute(run).catch(options.onError).finally(() => {
      running.delete(run._id)
      wake()
    })
  }

  return {
    get running () { return running.size },
    start () {
      stopped = false
      unsubscribe = bus.subscribe('due', wake)
      poll = setInterval(wake, options.pollMs)
      wake()
    },
    wake,
    async stop () {
      stopped = true
      unsubscribe()
      clearInterval(poll)
      await taking
    }
  }
}

/** Due runs of as many owners as there are places, by date. An owner whose runs fill a page is left out of the next one. */
async function findDue (store: Store, now: string, free: number): Promise<Run[]> {
  const limit = free * LOOK_AHEAD
  const due: Run[] = []
  for (let page = 0; page <= free; page++) {
    const except = [...new Map(due.map(run => [ownerKey(run), run.owner])).values()]
    const found = await store.runs.pending({ before: now, limit, ...(except.length === 0 ? {} : { except }) })
    due.push(...found)
    if (found.length < limit) break
  }
  return due
}

/** The tenant: departments of one organisation share it. */
export function ownerKey ({ owner }: Pick<Run, 'owner'>): string {
  return `${owner.type}:${owner.id}`
}

/** Pure. `due` is ordered by date; answers at most `free` of them. */
export function pickFairly (due: readonly Run[], runningOwners: readonly string[], free: number): Run[] {
  const load = new Map<string, number>()
  for (const owner of runningOwners) load.set(owner, (load.get(owner) ?? 0) + 1)
  const queues = Map.groupBy(due, ownerKey)
  const picked: Run[] = []
  while (picked.length < free && queues.size > 0) {
    const owner = [...queues.keys()].reduce((best, key) => (load.get(key) ?? 0) < (load.get(best) ?? 0) ? key : best)
    const queue = queues.get(owner) as Run[] // a key of this very map
    picked.push(queue.shift() as Run) // queues are never empty: see below
    load.set(owner, (load.get(owner) ?? 0) + 1)
    if (queue.length === 0) queues.delete(owner)
  }
  return picked
}
