/** `npm run upgrade`: what a start with MONGO_URL does first, by itself; `--dry-run` says what it would do. */
import { ConfigError, loadConfig, type Environment } from '../config.ts'
import { upgradeOptions } from '../main.ts'
import { StoreError } from '../store/types.ts'
import { planUpgrade, runUpgrade, scriptNames, UpgradeFailure } from '../upgrade/index.ts'
import { interruption } from './interruption.ts'

const USAGE = `vivarium upgrade                    brings the database at MONGO_URL to this release; services may be started meanwhile, they wait
vivarium upgrade --dry-run          says what would change, and changes nothing
vivarium upgrade --allow-orphans    goes on although processings have a plugin that is nowhere
vivarium upgrade --again <script>   runs a script once more that is done; may be repeated

Scripts: ${scriptNames.join(', ')}
`

interface Arguments { readonly dryRun: boolean, readonly allowOrphans: boolean, readonly again: readonly string[] }

/** Answers the exit code: 0 done, 1 it failed or the configuration cannot be used, 2 the arguments make no sense. */
export async function upgradeCommand (args: readonly string[], env: Environment, write: (text: string) => void): Promise<number> {
  const wanted = readArguments(args)
  if (wanted === undefined) {
    write(USAGE)
    return 2
  }
  try {
    const config = loadConfig(env)
    if (config.MONGO_URL === undefined) {
      write('MONGO_URL is not set: there is no database to upgrade. That of SQLite is brought to this release when the service starts.\n')
      return 0
    }
    const { publish, ...options } = upgradeOptions(config, config.MONGO_URL)
    return await upgrade(wanted, { ...options, publish: { ...publish, allowOrphans: wanted.allowOrphans }, again: wanted.again, log: line => write(`${line}\n`) }, write)
  } catch (error) {
    if (!isSentence(error)) throw error
    write(`${error.message}\n`)
    return 1
  }
}

async function upgrade ({ dryRun }: Arguments, options: Parameters<typeof runUpgrade>[0], write: (text: string) => void): Promise<number> {
  if (dryRun) {
    const count = await planUpgrade(options)
    write(`${count} of ${scriptNames.length} scripts would run. Nothing was changed.\n`)
    return 0
  }
  const giveUp = new AbortController()
  interruption(1).then(signal => giveUp.abort(new UpgradeFailure('upgrade-failed', `${signal}: the upgrade was stopped. What was done stays done; run again, it goes on from there.`))).catch(() => {}) // it never rejects
  const ran = await runUpgrade({ ...options, signal: giveUp.signal })
  write(ran.length === 0 ? 'The database is of this release already: there is nothing to do.\n' : `${ran.length} of ${scriptNames.length} scripts were run. The database is of this release.\n`)
  return 0
}

function readArguments (args: readonly string[]): Arguments | undefined {
  const again: string[] = []
  const flags = new Set<string>()
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? ''
    if (arg === '--again' && scriptNames.includes(args[i + 1] ?? '')) again.push(args[++i] ?? '')
    else if (arg === '--dry-run' || arg === '--allow-orphans') flags.add(arg)
    else return undefined
  }
  return { dryRun: flags.has('--dry-run'), allowOrphans: flags.has('--allow-orphans'), again }
}

/** It says all. A script that fails for no reason that it knows is a fault of ours, and needs its stack. */
function isSentence (error: unknown): error is Error {
  return error instanceof ConfigError || error instanceof StoreError || (error instanceof UpgradeFailure && error.code !== 'upgrade-fault')
}
