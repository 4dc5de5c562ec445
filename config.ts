/** Environment -> one validated, frozen object. Nobody else reads the environment. The keys are in config/table.ts. */
import { formerNames, hints, rules } from './config/rules.ts'
import { table, type Config, type ConfigKey } from './config/table.ts'
import { wantedJson, type Key } from './config/kinds.ts'
import { isJson } from './config/read.ts'

export { prepareDataDir } from './config/data-dir.ts'
export { registryOptions } from './config/registry.ts'
export { orStartError, StartError } from './config/start-error.ts'

export type { Config, ConfigKey } from './config/table.ts'
export type Environment = Readonly<Record<string, string | undefined>>

export interface ConfigFault {
  /** A key, or a name that is none and close to one. */
  readonly key: string
  readonly wanted: string
  /** Never the value of a secret. */
  readonly found: string
}

/** Lists every fault of a configuration. */
export class ConfigError extends Error {
  readonly code = 'configuration'
  override readonly name = 'ConfigError'
  readonly faults: readonly ConfigFault[]

  constructor (faults: readonly ConfigFault[]) {
    super(`The configuration cannot be used:\n${faults.map(fault => `- ${fault.key}: wanted ${fault.wanted}, found ${fault.found}.`).join('\n')}`)
    this.faults = faults
  }
}

/** The names of all keys, in the order of the documentation. */
export const configKeys = Object.keys(table) as readonly ConfigKey[] // keyof, which Object.keys does not promise

/** An empty value counts as absent. Throws `ConfigError` with all faults. */
export function loadConfig (env: Environment): Config {
  const { config, faults } = readConfig(env)
  if (faults.length > 0) throw new ConfigError(faults)
  return config
}

/** Sentences about names and values that are no faults, but do not do what they seem to ask. */
export function configWarnings (env: Environment): string[] {
  const names = Object.keys(env).filter(name => env[name] !== undefined && env[name] !== '' && !Object.hasOwn(table, name)).sort()
  const former = names.filter(name => Object.hasOwn(formerNames, name)).map(name => `${name} has no effect: ${formerNames[name]}.`)
  const unknown = names.filter(name => isUnknown(name) && closest(name) === undefined).map(name => `${name} is not a configuration key.`)
  const { config, faults } = readConfig(env)
  return [...former, ...unknown, ...(faults.length === 0 ? hints(config) : [])]
}

/** One line about a key, for people: values of secrets are masked. */
export interface ConfigRow {
  readonly key: ConfigKey
  readonly wanted: string
  readonly fallback: string
  readonly current: string
  readonly meaning: string
}

/** The whole table with the values that `env` gives; a wrong value counts as absent here. */
export function describeConfig (env: Environment): ConfigRow[] {
  const { config } = readConfig(env)
  return configKeys.map(key => {
    const { wanted, fallbackText, meaning, secret } = table[key]
    return { key, wanted, fallback: fallbackText, current: printed(config[key], secret), meaning }
  })
}

const ourPrefixes = /^(?:API|RUN|RUNS|RUNNER|CELL|EGRESS|WORKER|PLUGIN|PLUGINS|CACHE|REGISTRY|OBSERVER|SQLITE|DATA_FAIR|MAILS|CIPHER|MAX_FAILURES|DEFAULT_LIMITS)_/

function readConfig (env: Environment): { readonly config: Config, readonly faults: readonly ConfigFault[] } {
  const faults: ConfigFault[] = []
  const values: Record<string, unknown> = {}
  for (const key of configKeys) {
    const entry: Key<unknown> = table[key]
    const text = env[key]?.trim() ?? ''
    const parsed = text === '' ? { ok: true as const, value: entry.derive?.(values) ?? entry.fallback } : entry.parse(text)
    values[key] = parsed.ok ? parsed.value : entry.fallback
    if (!parsed.ok) faults.push({ key, wanted: entry.wanted, found: foundText(text, entry) })
  }
  const config = Object.freeze(values) as Config // each key of the table was just given a value of its kind
  const wrong = new Set<string>(faults.map(fault => fault.key))
  for (const rule of rules) {
    const found = rule.keys.some(key => wrong.has(key)) ? undefined : rule.fault(config)
    if (found !== undefined) faults.push({ key: rule.keys[0], ...found })
  }
  for (const name of Object.keys(env).sort()) {
    const close = env[name]?.trim() === '' || !isUnknown(name) ? undefined : closest(name)
    if (close !== undefined) faults.push({ key: name, wanted: `the name of a configuration key, such as ${close}`, found: 'one that is none' })
  }
  return { config, faults }
}

/** It looks like a key and is none. One that is close to a key is a slip of the pen; any other may belong to another program. */
function isUnknown (name: string): boolean {
  return ourPrefixes.test(name) && !Object.hasOwn(table, name) && !Object.hasOwn(formerNames, name)
}

function foundText (text: string, { secret, wanted }: Key<unknown>): string {
  if (secret) {
    const length = `${text.length} ${text.length === 1 ? 'character' : 'characters'}`
    const kind = wanted === wantedJson ? (isJson(text) ? 'JSON that is no object, of ' : 'a text that is not JSON, of ') : 'a value of '
    return `${kind}${length} (not shown: it is a secret)`
  }
  const masked = text.replace(/\/\/[^/@]*@/, '//***@')
  return JSON.stringify(masked.length > 80 ? `${masked.slice(0, 80)}…` : masked)
}

function printed (value: unknown, secret: boolean): string {
  if (value === undefined) return ''
  if (secret) return '********'
  return Array.isArray(value) ? value.join(',') : String(value)
}

/** A key that differs by at most three letters. */
function closest (name: string): ConfigKey | undefined {
  const [best] = configKeys.map(key => ({ key, distance: editDistance(name, key) })).sort((a, b) => a.distance - b.distance)
  return best !== undefined && best.distance <= 3 ? best.key : undefined
}

/** Levenshtein's distance, one row at a time. */
function editDistance (a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replace = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(replace, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
