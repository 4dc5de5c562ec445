/** What the command line asks for: npm run bench -- [--quick] [--only <name>]… [--profile <folder>] */

export interface BenchOptions {
  /** Small samples, about 20 seconds in all: enough to see that everything works and roughly how fast. */
  readonly quick: boolean
  /** Names of the measures wanted. */
  readonly names: readonly string[]
  /** Folder for a CPU profile of the service, written when it ends. */
  readonly profile?: string
}

/** Throws a `RangeError` whose sentence says what was wanted. */
export function readOptions (args: readonly string[], known: readonly string[]): BenchOptions {
  const only: string[] = []
  let quick = false
  let profile: string | undefined
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]
    if (arg === '--quick') quick = true
    else if (arg === '--only') only.push(nameOf(args[++i], known))
    else if (arg === '--profile') profile = folderOf(args[++i])
    else throw new RangeError(`--quick, --only <name> or --profile <folder> is wanted, found ${JSON.stringify(arg)}`)
  }
  return { quick, names: only.length === 0 ? known : known.filter(name => only.includes(name)), ...(profile === undefined ? {} : { profile }) }
}

function nameOf (arg: string | undefined, known: readonly string[]): string {
  if (arg === undefined || !known.includes(arg)) throw new RangeError(`--only wants one of ${known.join(', ')}, found ${JSON.stringify(arg ?? '')}`)
  return arg
}

function folderOf (arg: string | undefined): string {
  if (arg === undefined || arg.startsWith('--')) throw new RangeError(`--profile wants a folder, found ${JSON.stringify(arg ?? '')}`)
  return arg
}
