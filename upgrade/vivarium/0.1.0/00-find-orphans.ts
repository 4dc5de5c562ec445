/**
 * Looks for processings whose plugin is nowhere, once, when a database of data-fair/processings moves in: before any other script, so that
 * nothing has changed when it stops. It changes nothing itself.
 */
import type { RegistryOptions } from '../../../cache/options.ts'
import { lookForPlugins, openLookup, type Found } from '../../5.2.0/lookup.ts'
import type { PublishOptions } from '../../5.2.0/types.ts'
import { listOrphans, listUses, orphansError, readOrphans, readUses, type Orphans } from '../../5.2.0/uses.ts'
import { readVolume } from '../../5.2.0/volume.ts'
import type { Log, Script } from '../../types.ts'
import type { Db } from 'mongodb'

/** `plugins`: where the service takes plugins from, whichever kind of registry it is. */
export function findOrphans (plugins: RegistryOptions, publish: PublishOptions): Script {
  const look = async (db: Db): Promise<{ found: Found, orphans: Orphans }> => {
    const { plugins: onVolume } = await readVolume(publish.dataDir)
    const lookup = openLookup(plugins, publish)
    try {
      const found = await lookForPlugins(new Set(onVolume.map(({ id }) => id)), await readUses(db), lookup)
      return { found, orphans: await readOrphans(db, found.missing) }
    } finally {
      await lookup.close()
    }
  }
  return {
    description: 'Look for processings whose plugin is neither on the old volume nor in the registry',

    async plan (db, log) {
      const { found, orphans } = await look(db)
      tell(found, log)
      if (orphans.count === 0) return log('Every processing has its plugin.')
      log(`${orphans.count} processings have a plugin that is nowhere: ${publish.allowOrphans === true ? 'they stay as they are.' : 'the upgrade will stop, unless it is run with --allow-orphans.'}`)
      for (const line of listOrphans(orphans)) log(line)
    },

    async exec (db, log) {
      const { found, orphans } = await look(db)
      if (orphans.count > 0 && publish.allowOrphans !== true) throw orphansError(orphans)
      tell(found, log)
      if (orphans.count === 0) return log('Every processing has its plugin.')
      log(`${orphans.count} processings have a plugin that is nowhere; they stay as they are:`)
      for (const line of listOrphans(orphans)) log(line)
    }
  }
}

/** A refusal stops nothing: it is the registry's to say, at each run. */
function tell ({ refused }: Found, log: Log): void {
  if (refused.length === 0) return
  log(`${refused.reduce((sum, { processings }) => sum + processings, 0)} processings belong to an account to which the registry does not give their plugin, as it is now; their runs would end in error (where only an access grant is missing, the upgrade creates it):`)
  for (const line of listUses(refused)) log(line)
}
