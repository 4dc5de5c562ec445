/** Every sentence of the demo, in the language of the logs that it shows (`LOCALE`). `{name}` is replaced by a parameter. */
import { loadConfig, type Config, type Environment } from '../../config.ts'

export type Locale = Config['LOCALE']

const texts = {
  starting: { en: 'Starting Vivarium, a source of data and a registry of plugins, in a temporary folder.', fr: 'Démarrage de Vivarium, d\'une source de données et d\'un registre de plugins, dans un dossier temporaire.' },
  closing: { en: 'Closing. Once more to end at once.', fr: 'Fermeture. Une seconde fois pour finir aussitôt.' },
  created: { en: 'Created {count} processings of {one} and {other} on {url}', fr: '{count} traitements de {one} et {other} créés sur {url}' },
  deleted: { en: 'Since then the registry has lost the plugin {plugin}.', fr: 'Depuis, le registre a perdu le plugin {plugin}.' },
  forbidden: { en: 'Since then {account} has lost its access to the plugin {plugin}.', fr: 'Depuis, {account} a perdu son accès au plugin {plugin}.' },
  running: { en: 'Running all of them at once:', fr: 'Tous sont exécutés en même temps :' },
  kept: {
    en: 'The service goes on at {url} until Ctrl-C. Its key, for this demo alone:\n  authorization: Bearer {key}\nFor example:\n  {example}',
    fr: 'Le service continue sur {url} jusqu\'à Ctrl-C. Sa clé, pour cette démonstration seulement :\n  authorization: Bearer {key}\nPar exemple :\n  {example}'
  },

  // the table
  run: { en: 'run', fr: 'exécution' },
  account: { en: 'account', fr: 'compte' },
  outcome: { en: 'outcome', fr: 'issue' },
  queuedMs: { en: 'queued ms', fr: 'attente ms' },
  cacheMs: { en: 'cache ms', fr: 'cache ms' },
  cellMs: { en: 'cell ms', fr: 'cellule ms' },
  runMs: { en: 'run ms', fr: 'plugin ms' },
  cpuMs: { en: 'CPU ms', fr: 'calcul ms' },
  memoryMb: { en: 'memory MB', fr: 'mémoire Mo' },
  read: { en: 'what the person reads', fr: 'ce que la personne lit' },
  legend: {
    en: 'queued: until a runner took it; cache: plugin fetched and bundled; cell: a process found or started; run: plugin at work; memory: peak of its heap.',
    fr: 'attente : jusqu\'à sa prise en charge ; cache : plugin téléchargé et assemblé ; cellule : processus trouvé ou lancé ; plugin : au travail ; mémoire : maximum de son tas.'
  },
  unexpected: { en: '{run} should have ended with {wanted}, found {found}.', fr: '{run} aurait dû finir par {wanted}, trouvé {found}.' },
  or: { en: ' or ', fr: ' ou ' },
  right: { en: 'All {count} runs ended as they should.', fr: 'Les {count} exécutions ont toutes fini comme elles le devaient.' },
  wrong: { en: '{wrong} of {count} runs did not end as they should.', fr: '{wrong} exécutions sur {count} n\'ont pas fini comme elles le devaient.' }
} as const satisfies Record<string, Readonly<Record<Locale, string>>>

export type Say = (code: keyof typeof texts, params?: Readonly<Record<string, string | number>>) => string

/** Throws `ConfigError` for a language that is none. */
export function localeOf ({ LOCALE }: Environment): Locale {
  return loadConfig({ LOCALE }).LOCALE
}

export function sayIn (locale: Locale): Say {
  return (code, params = {}) => texts[code][locale].replace(/\{(\w+)\}/g, (whole, name: string) => Object.hasOwn(params, name) ? String(params[name]) : whole)
}
