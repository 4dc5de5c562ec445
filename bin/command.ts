/** Chooses the command that the arguments name. */

const help = `Vivarium runs other people's plugins safely.

For authors of plugins:

  vivarium init [folder]        writes a new plugin: TypeScript, schema, test
  vivarium run <folder|.tgz>    runs a plugin in the sandbox, shows its log and what it cost
      --config file.json        its configuration       --secrets file.json   its secrets, texts by name
      --watch                   again whenever a file changes
      --data-fair url           its data-fair; the key is read from DATA_FAIR_API_KEY
      --allow host:port         opens a private address to it; may be repeated
      --trace                   shows each HTTP request and call with its time
      --debug                   shows log.debug, console.log and whole stacks
  vivarium check <folder>       says what would not work, before it is published
      --json                    as data
  vivarium test [file…]         runs the tests of the plugin in this folder (node --test, with the right Node)

For whoever runs the service:

  vivarium start [api|runner]   starts the service: both parts in one process, or one of them
  vivarium demo [--keep]        starts a service of its own, runs examples and shows what happens;
                                --keep leaves it running afterwards
  vivarium config [--markdown]  prints every configuration key with its default, its value and its meaning
  vivarium cache ls|verify|prune [--all]
                                lists, checks or prunes the plugin cache
  vivarium upgrade [--dry-run]  brings the database at MONGO_URL to this release, and moves in from
                                data-fair/processings; a start does it too
      --allow-orphans           although processings have a plugin that is nowhere
      --again script            once more, although it is done; may be repeated

Also through npm: npm start, npm run start:api, npm run start:runner, npm run demo, npm run demo -- --keep,
npm run config, npm run upgrade -- --dry-run. The configuration is read from the environment.
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
    case 'cache': {
      const { cacheCommand } = await import('./cache.ts')
      return await cacheCommand(rest, process.env, text => process.stdout.write(text))
    }
    case 'upgrade': {
      const { upgradeCommand } = await import('./upgrade.ts')
      return await upgradeCommand(rest, process.env, text => process.stdout.write(text))
    }
    case 'run': {
      const { runCommand } = await import('./run/index.ts')
      return await runCommand(rest)
    }
    case 'check': {
      const { checkCommand } = await import('./check/index.ts')
      return await checkCommand(rest)
    }
    case 'init': {
      const { initCommand } = await import('./init/index.ts')
      return await initCommand(rest)
    }
    default: return refuse(`There is no command "${name}": init, run, check, test, start, demo, config, cache and upgrade are known.`)
  }
}

/** Calls `act` with the one argument that is allowed, or with none. */
function chosen (args: readonly string[], allowed: readonly string[], act: (found: string | undefined) => Promise<number>): number | Promise<number> {
  const wrong = args.find(arg => !allowed.includes(arg)) ?? args[1]
  return wrong === undefined ? act(args[0]) : refuse(`"${wrong}" is not expected here: ${allowed.join(' or ')} may follow, once.`)
}

function refuse (sentence: string): number {
  process.stderr.write(`${sentence} \`vivarium --help\` tells more.\n`)
  return 2
}
