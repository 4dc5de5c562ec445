/** What `vivarium run` is told. */
import { parseArgs } from 'node:util'

export interface RunOptions {
  readonly plugin: string
  readonly config: string | undefined
  readonly secrets: string | undefined
  readonly dataFair: string | undefined
  /** `host:port`. */
  readonly allow: readonly string[]
  readonly watch: boolean
  readonly trace: boolean
  readonly debug: boolean
}

/** A sentence for a person: the arguments make no sense. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** Throws `UsageError`. */
export function readRunOptions (args: readonly string[]): RunOptions {
  const { values, positionals } = parse(args)
  const [plugin, more] = positionals
  if (plugin === undefined) throw new UsageError('The folder or the .tgz of a plugin is wanted: vivarium run <folder|.tgz>.')
  if (more !== undefined) throw new UsageError(`One plugin is wanted, found "${more}" too.`)
  if (values.watch === true && /\.(?:tgz|tar\.gz)$/.test(plugin)) throw new UsageError('--watch looks at the files of a folder, and this is an archive.')
  const dataFair = values['data-fair']
  if (dataFair !== undefined && !/^https?:$/.test(URL.parse(dataFair)?.protocol ?? '')) throw new UsageError(`--data-fair wants an address such as https://example.org/data-fair, found "${dataFair}".`)
  const wrong = values.allow?.find(entry => !/^.+:\d{1,5}$/.test(entry))
  if (wrong !== undefined) throw new UsageError(`--allow wants host:port, found "${wrong}".`)
  return {
    plugin,
    config: values.config,
    secrets: values.secrets,
    dataFair: dataFair?.replace(/\/$/, ''),
    allow: values.allow ?? [],
    watch: values.watch === true,
    trace: values.trace === true,
    debug: values.debug === true
  }
}

function parse (args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        config: { type: 'string' },
        secrets: { type: 'string' },
        'data-fair': { type: 'string' },
        allow: { type: 'string', multiple: true },
        watch: { type: 'boolean' },
        trace: { type: 'boolean' },
        debug: { type: 'boolean' }
      }
    })
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message.split('. ')[0] : String(error)}.`)
  }
}
