/**
 * All scripts, in the order in which they run: first the look for orphans, which may stop it all before anything changes, then those of
 * data-fair/processings, by its versions, then ours, by our own.
 *
 * Those of data-fair/processings are wanted as its own upgrade wants them: when the version it has recorded is not above the script's;
 * without a record they are not (source: the upgrade scripts of @data-fair/lib-node).
 */
import semver from 'semver'
import type { RegistryOptions } from '../cache/options.ts'
import type { Database } from '../store/mongo/database.ts'
import { ownerDepNull } from './2.1.1/owner-dep-null.ts'
import { removeDebugLogs } from './2.1.1/remove-debug-logs.ts'
import { schedulingArray } from './2.3.0/scheduling-array.ts'
import { publishPluginsToRegistry } from './5.2.0/01-publish-plugins-to-registry.ts'
import type { PublishOptions } from './5.2.0/types.ts'
import { findOrphans } from './vivarium/0.1.0/00-find-orphans.ts'
import { repairRunsAndOwners } from './vivarium/0.1.0/01-repair-runs-and-owners.ts'
import { splitEmbeddedLogs } from './vivarium/0.1.0/02-split-embedded-logs.ts'
import type { Facts, Interruption, Script, VersionedScript } from './types.ts'

/** Its name in the collection `services`. */
export const UPSTREAM = 'processings'
/** Version to which its scripts bring the documents. */
export const LAST_OF_UPSTREAM = '5.2.0'

const NAMES = {
  orphans: 'vivarium/0.1.0/00-find-orphans',
  ownerDepNull: '2.1.1/owner-dep-null',
  removeDebugLogs: '2.1.1/remove-debug-logs',
  schedulingArray: '2.3.0/scheduling-array',
  publish: '5.2.0/01-publish-plugins-to-registry',
  repair: 'vivarium/0.1.0/01-repair-runs-and-owners',
  split: 'vivarium/0.1.0/02-split-embedded-logs'
} as const

/** In the order in which they run. */
export const scriptNames: readonly string[] = Object.values(NAMES)

/** The last one: a database on which it is done has moved in. */
export const LAST_OF_OURS = NAMES.split

export interface ScriptOptions {
  /** Where the service takes plugins from. */
  readonly plugins: RegistryOptions
  readonly publish: PublishOptions
  /** How the history tells a run that was left running beside another one. */
  readonly interrupted: Interruption
}

export function upgradeScripts (database: Database, { plugins, publish, interrupted }: ScriptOptions): VersionedScript[] {
  return [
    { ...findOrphans(plugins, publish), name: NAMES.orphans, unwanted: unlessMovingIn },
    ofUpstream(NAMES.ownerDepNull, ownerDepNull),
    ofUpstream(NAMES.removeDebugLogs, removeDebugLogs),
    ofUpstream(NAMES.schedulingArray, schedulingArray),
    // The volume may hold what the script of data-fair/processings has left out (builds of a distTag, plugins that failed), whatever it has recorded.
    // Orphans have been looked for, and what becomes of them is decided.
    { ...ofUpstream(NAMES.publish, publishPluginsToRegistry({ ...publish, allowOrphans: true })), unwanted: facts => facts.volume ? undefined : belowVersion(NAMES.publish, facts) },
    { ...repairRunsAndOwners(database, interrupted), name: NAMES.repair, unwanted: () => undefined },
    { ...splitEmbeddedLogs(database), name: NAMES.split, unwanted: () => undefined }
  ]
}

/** A database that was filled by this service has none; later, a run says by itself that its plugin is gone. */
function unlessMovingIn ({ recorded, volume, movedIn }: Facts): string | undefined {
  if (movedIn) return 'the database has moved in already'
  return recorded === undefined && !volume ? 'data-fair/processings has not recorded a version in this database, and no old volume is mounted' : undefined
}

function ofUpstream (name: string, script: Script): VersionedScript {
  return { ...script, name, unwanted: facts => belowVersion(name, facts) }
}

function belowVersion (name: string, { recorded }: Facts): string | undefined {
  if (recorded === undefined) return 'data-fair/processings has not recorded a version in this database'
  const [version = ''] = name.split('/')
  return semver.gte(version, recorded) ? undefined : `the database is of data-fair/processings ${recorded}`
}
