/** Chooses the command that the arguments name. */

const help = `Vivarium runs other people's plugins safely.

  vivarium start [api|runner]   starts the service: both parts in one process, or one of them
  vivarium demo [--keep]        starts a service of its own, runs all the examples and shows what happens;
                                --keep leaves it running afterwards
  vivarium config [--markdown]  prints every configuration key with its default, its value and its meaning

Through npm, which brings the right Node: npm start, npm run start:api, npm run start:runner,
npm run demo, npm run demo -- --keep, npm run config. The configuration is read from the environment.
`

/** Answers the exit code: 0 done, 1 it failed, 2 the arguments make no sense. */
export async function command (args: readonly string[]): Promise<number> {
  const [name, ...rest] = args
  if (name === undefined || rest.includes('--help') || ['--help', '-h', 'help'].includes(name)) {
    (name === undefined ? process.stderr : process.stdout).write(help)
    return name === undefined ? 2 : 0
  }
  switch (name) {
    // Each command loads what it needs: help does not wait for the whole service.
    case 'start': return await chosen(rest, ['api', 'runner'], async found => {
      const { start } = await import('./start.ts')
      return await start(found === 'api' || found === 'runner' ? found : 'all')
    })
    case 'demo': return await chosen(rest, ['--keep'], async found => {
      const { demo } = await import('./demo/index.ts')
      return await demo({ keep: found === '--keep' })
    })
    case 'config': return await chosen(rest, ['--markdown'], async () => {
      const { configCommand } = await import('./config.ts')
      return configCommand(rest, process.env, text => process.stdout.write(text))
    })
    default: return refuse(`There is no command "${name}": start, demo and config are known.`)
  }
}

/** Calls `act` with the one argument that is allowed, or with none. */
function chosen (args: readonly string[], allowed: readonly string[], act: (found: string | undefined) => Promise<number>): number | Promise<number> {
  const wrong = args.find(arg => !allowed.includes(arg)) ?? args[1]
  return wrong === undefined ? act(args[0]) : refuse(`"${wrong}" is not expected here: ${allowed.join(' or ')} may follow, once.`)
}

function refuse (sentence: string): number {
  process.stderr.write(`${sentence} \`npm start -- --help\` tells more.\n`)
  return 2
}
