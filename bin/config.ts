/** `npm run config`: every configuration key with its default, its current value and its meaning; `-- --markdown` makes docs/configuration.md. */
import { ConfigError, configWarnings, describeConfig, loadConfig, type Environment } from '../config.ts'

/** Answers the exit code: 1 when the configuration that `env` gives cannot be used. */
export function configCommand (args: readonly string[], env: Environment, write: (text: string) => void): number {
  if (args.includes('--markdown')) {
    write(configMarkdown())
    return 0
  }
  write(configText(env))
  for (const warning of configWarnings(env)) write(`Warning: ${warning}\n`)
  try {
    loadConfig(env)
    return 0
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    write(`${error.message}\n`)
    return 1
  }
}

/** The text of docs/configuration.md. */
export function configMarkdown (): string {
  const rows = describeConfig({}).map(row => `| \`${row.key}\` | ${row.wanted} | ${row.fallback === '' ? '' : `\`${row.fallback}\``} | ${row.meaning} |`)
  return [
    '# Configuration',
    '',
    'Every key is an environment variable. An empty value counts as absent. A wrong value, values that contradict each other, and a name that is up to three letters away from a key stop the start with a sentence that says what was wanted and what was found; any other name that looks like one of ours and is none gives a warning. Coming from data-fair/processings: [moving-from-processings.md](moving-from-processings.md) has its names.',
    '',
    'This page is made by `npm run --silent config -- --markdown > docs/configuration.md`; `npm run config` prints the same table with the values in use.',
    '',
    '| key | value | default | meaning |',
    '|---|---|---|---|',
    ...rows,
    ''
  ].join('\n')
}

function configText (env: Environment): string {
  return describeConfig(env).map(row => {
    const value = row.current === '' ? '(absent)' : row.current
    const fallback = row.fallback === '' ? 'absent by default' : `default ${row.fallback}`
    return `${row.key} = ${value}\n    ${row.meaning}\n    ${row.wanted}; ${fallback}\n`
  }).join('')
}
