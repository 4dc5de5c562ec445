/** What no single key can tell: values that contradict each other, and names that mean nothing here. */
import { registryFault, registryKind } from './registry.ts'
import type { Config, ConfigKey } from './table.ts'

interface Rule {
  /** A rule is only asked when each of its keys has a right value. The first one is named by the fault. */
  readonly keys: readonly [ConfigKey, ...ConfigKey[]]
  /** What was wanted and what was found, when the values contradict each other. */
  readonly fault: (config: Config) => { readonly wanted: string, readonly found: string } | undefined
}

export const rules: readonly Rule[] = [
  needs('PRIVATE_REGISTRY_URL', 'SECRET_REGISTRY'),
  { keys: ['REGISTRY', 'PRIVATE_REGISTRY_URL', 'NPM_REGISTRY_URL', 'NPM_SCOPES'], fault: registryFault },
  needs('PRIVATE_DATA_FAIR_URL', 'DATA_FAIR_URL'),
  needs('GET_FROM_PRIVATE_DATA_FAIR_URL', 'PRIVATE_DATA_FAIR_URL'),
  needs('DATA_FAIR_API_KEY', 'DATA_FAIR_URL'),
  needs('DATA_FAIR_ADMIN_MODE', 'DATA_FAIR_API_KEY'),
  needs('CELL_UID', 'CELL_GID'),
  needs('CELL_GID', 'CELL_UID'),
  atMost('CELL_SPARES', 'CELL_MAX'),
  atMost('RUN_HEAP_MB', 'RUN_CELL_MEMORY_MB'),
  atMost('RUN_LOG_ENTRY_BYTES', 'RUN_LOG_BYTES'),
  atMost('RUN_LOG_ENTRY_BYTES', 'RUN_MESSAGE_BYTES'),
  atMost('RUN_RESULT_BYTES', 'RUN_MESSAGE_BYTES'),
  atMost('PLUGIN_ARCHIVE_MB', 'PLUGIN_UNPACKED_MB'),
  {
    keys: ['OBSERVER_PORT', 'PORT', 'OBSERVER_ACTIVE'],
    fault: config => config.OBSERVER_ACTIVE && config.OBSERVER_PORT !== 0 && config.OBSERVER_PORT === config.PORT
      ? { wanted: 'another port than PORT', found: `${config.OBSERVER_PORT} for both` }
      : undefined
  }
]

/** Values that are allowed but cannot do what they seem to ask. */
export function hints (config: Config): string[] {
  const cells = config.WORKER_CONCURRENCY + config.CELL_SPARES
  const list: string[] = []
  if (cells > config.CELL_MAX) list.push(`CELL_MAX is ${config.CELL_MAX}, but WORKER_CONCURRENCY and CELL_SPARES may need ${cells} cells: runs wait for one another.`)
  if (config.SECRET_REGISTRY !== undefined && config.PRIVATE_REGISTRY_URL === undefined) list.push('SECRET_REGISTRY has no effect without PRIVATE_REGISTRY_URL.')
  if (config.NPM_TOKEN !== undefined && config.NPM_REGISTRY_URL === undefined) list.push('NPM_TOKEN has no effect without NPM_REGISTRY_URL; tokens of scopes stand in NPM_SCOPES.')
  if (config.REGISTRY_STALE_IF_ERROR > 0 && registryKind(config) === 'dir') list.push('REGISTRY_STALE_IF_ERROR has no effect: plugins are read from PLUGINS_DIR.')
  if (config.MONGO_URL !== undefined && config.CIPHER_PASSWORD === undefined) list.push('MONGO_URL is set without CIPHER_PASSWORD: a service with another DATA_DIR cannot open the secrets that this one seals.')
  if (config.CIPHER_PASSWORD !== undefined && config.CIPHER_PASSWORD.length < 16) list.push('CIPHER_PASSWORD has fewer than 16 characters: whoever reads the database could guess it.')
  return list
}

/** Names that data-fair/processings knows, and what became of them. */
export const formerNames: Readonly<Record<string, string>> = {
  WORKER_INTERVAL: 'runs start as soon as they are due, nothing is polled for',
  WORKER_INACTIVE_INTERVAL: 'runs start as soon as they are due, nothing is polled for',
  WORKER_INACTIVITY_DELAY: 'runs start as soon as they are due, nothing is polled for',
  WORKER_KILL_INTERVAL: 'a run is stopped as soon as that is asked for',
  WORKER_TASK_MAX_HEAP_MB: 'use RUN_HEAP_MB',
  WORKER_TASK_MEMORY_SAMPLE_INTERVAL_MS: 'memory is always watched, see RUN_CELL_MEMORY_MB',
  WORKER_TASK_MEMORY_HEADROOM_WARN_PCT: 'memory is always watched, see RUN_CELL_MEMORY_MB',
  WORKER_TASK_EXTERNAL_SAMPLER_ENABLED: 'memory is always watched, see RUN_CELL_MEMORY_MB',
  LOCKS_TTL: 'a run is held by an attempt number, not by a lock that expires',
  NPM_HTTPS_PROXY: 'registries are reached without a proxy',
  PLUGIN_CATEGORIES: 'the registry sorts the plugins',
  PRIVATE_EVENTS_URL: 'no event is sent',
  SECRET_EVENTS: 'no event is sent'
}

function needs (key: ConfigKey, other: ConfigKey): Rule {
  return {
    keys: [key, other],
    fault: config => isSet(config[key]) && !isSet(config[other]) ? { wanted: `${other} beside it`, found: 'it alone' } : undefined
  }
}

function atMost (key: ConfigKey, other: ConfigKey): Rule {
  return {
    keys: [key, other],
    fault: config => Number(config[key]) > Number(config[other]) ? { wanted: `at most ${other} (${Number(config[other])})`, found: String(config[key]) } : undefined
  }
}

function isSet (value: unknown): boolean {
  return value !== undefined && value !== false
}
