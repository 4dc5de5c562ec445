/** Mends what data-fair/processings may have left behind (repairs.ts), before this service takes the documents up. */
import type { Database } from '../../../store/mongo/database.ts'
import type { Interruption, Log, Script } from '../../types.ts'
import { findRepairs, type Repair, type RepairKind } from './repairs.ts'

/** How many documents, and what becomes of them. */
const MEANING: Readonly<Record<RepairKind, string>> = {
  'planned-behind': 'planned runs stand behind another run of their processing, or have none any more: removed',
  'asked-behind': 'runs that somebody asked for stand behind another run of their processing, or have none any more: ended as killed',
  'left-running': 'runs were left running beside another one of their processing, or have none any more: ended in error, as interrupted',
  'next-run': 'processings name a next run that is not the one that waits: corrected',
  'run-owner': 'runs have another owner than their processing: given its owner',
  'owner-name': 'owners have no name: named by their id',
  'owner-unusable': 'processings have an owner without a type or an id, and are left as they are: nobody but a super-admin sees them. Give them an owner, or delete them'
}
const SAMPLE = 5

export function repairRunsAndOwners (database: Database, interrupted: Interruption): Script {
  return {
    description: 'Repair the runs that wait or run, and owners',
    plan: async (_db, log) => await report(findRepairs(database, interrupted), log, async () => {}),
    exec: async (_db, log) => await report(findRepairs(database, interrupted), log, async ({ apply }) => { await apply?.() })
  }
}

async function report (repairs: AsyncIterable<Repair>, log: Log, act: (repair: Repair) => Promise<void>): Promise<void> {
  const found = new Map<RepairKind, { count: number, readonly first: string[] }>()
  for await (const repair of repairs) {
    await act(repair)
    const { count, first } = found.get(repair.kind) ?? { count: 0, first: [] }
    if (first.length < SAMPLE) first.push(`  ${repair.line}`)
    found.set(repair.kind, { count: count + 1, first })
  }
  if (found.size === 0) log('Nothing is to be repaired.')
  for (const [kind, { count, first }] of found) for (const line of [`${count} ${MEANING[kind]}.`, ...first]) log(line)
}
