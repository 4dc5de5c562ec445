/**
 * Every sentence of the runner that a person reads, in French and English. Pure.
 *
 * A place in a text is `{name}` or `{name|format}`; formats: `seconds` (of ms), `duration` (of ms), `bytes`, `count`, `word`,
 * `date`, `alternative`, and `raise`, which says who can raise the limit whose configuration key is the parameter.
 * A key `code.variant` is chosen by the parameter `variant`. Texts of data-fair/processings are kept to the letter.
 */
import { formats, type Locale } from './text-formats.ts'

export type { Locale } from './text-formats.ts'
export type TextParams = Readonly<Record<string, unknown>>
type Text = Readonly<Record<Locale, string>>

const GONE: Text = {
  fr: "Le plugin {plugin} n'est plus disponible (supprimé ou accès retiré).",
  en: 'The plugin {plugin} is no longer available (deleted, or access revoked).'
}
const OWN_WORDS: Text = { fr: '{message}', en: '{message}' }

const TEXTS = {
  // --- how a run ended
  finished: { fr: "L'exécution est terminée", en: 'The run is finished' },
  killed: { fr: "L'exécution a été interrompue", en: 'The run was stopped' },
  'killed.forced': { fr: "L'exécution a été arrêtée de force après {graceMs|seconds} s.", en: 'The run was stopped by force after {graceMs|seconds} s.' },
  'plugin-not-found': {
    fr: `${GONE.fr} Le registre ne connaît plus ce plugin : demandez à son éditeur de le republier, ou choisissez-en un autre.`,
    en: `${GONE.en} The registry does not know it any more: ask its publisher to publish it again, or choose another one.`
  },
  'plugin-forbidden': {
    fr: `${GONE.fr} Le compte {owner} n'y a pas accès : demandez l'accès à un administrateur du registre.`,
    en: `${GONE.en} The account {owner} has no access to it: ask an administrator of the registry for access.`
  },
  'registry-unavailable': {
    fr: 'Le registre des plugins est temporairement indisponible. Nouvel essai à la prochaine exécution ; rien n\'a été lancé.',
    en: 'The plugin registry is temporarily unavailable. Nothing was started; the next run will try again.'
  },
  'registry-misconfigured': {
    fr: 'Le registre des plugins refuse cette plateforme. Un administrateur doit vérifier sa configuration.',
    en: 'The plugin registry refuses this platform. An administrator must check its configuration.'
  },
  'plugin-corrupt': {
    fr: "L'archive du plugin {plugin} est abîmée ({reason}). Demandez à son éditeur de la republier.",
    en: 'The archive of the plugin {plugin} is damaged ({reason}). Ask its publisher to publish it again.'
  },
  'plugin-refused': { fr: "L'archive du plugin {plugin} est refusée : {reason}.", en: 'The archive of the plugin {plugin} is refused: {reason}.' },
  'plugin-invalid': { fr: 'Le plugin {plugin} ne peut pas être chargé : {reason}.', en: 'The plugin {plugin} cannot be loaded: {reason}.' },
  'plugin-invalid.entry': {
    fr: 'Le plugin {plugin} ne peut pas être chargé : fichier source manquant : {path}.',
    en: 'The plugin {plugin} cannot be loaded: missing source file: {path}.'
  },
  'plugin-unsupported': {
    fr: "Le plugin {plugin} utilise {feature}, que le bac à sable n'offre pas. {feature|alternative}",
    en: 'The plugin {plugin} uses {feature}, which the sandbox does not offer. {feature|alternative}'
  },
  'config-invalid': {
    fr: 'La configuration ne correspond plus à ce que le plugin {plugin} attend : {path} {problem}. Ouvrez le traitement et corrigez-la.',
    en: 'The configuration no longer fits what the plugin {plugin} expects: {path} {problem}. Open the processing and correct it.'
  },
  'plugin-error': OWN_WORDS,
  'http-error': OWN_WORDS,
  'no-result': {
    fr: "Le plugin attend une réponse qui ne viendra plus : sa fonction run() ne s'est jamais terminée.",
    en: 'The plugin is waiting for something that cannot come any more: its run() never ended.'
  },
  'cpu-limit': {
    fr: 'Le traitement a utilisé {usedMs|seconds} s de calcul, la limite est {limitMs|seconds} s. {key|raise}',
    en: 'The run used {usedMs|seconds} s of computing time, the limit is {limitMs|seconds} s. {key|raise}'
  },
  'wall-limit': {
    fr: 'Le traitement a duré plus que la limite de {limitMs|duration}. {key|raise}',
    en: 'The run lasted longer than the limit of {limitMs|duration}. {key|raise}'
  },
  'wall-limit.prepare': {
    fr: 'La préparation de la configuration par le plugin (sa fonction prepare()) a duré plus que la limite de {limitMs|duration}. {key|raise}',
    en: 'The preparation of the configuration by the plugin (its prepare()) lasted longer than the limit of {limitMs|duration}. {key|raise}'
  },
  'memory-limit': {
    fr: 'Le traitement a dépassé la limite de mémoire (tas JavaScript) allouée à la tâche ({limitMb}MB). {key|raise}',
    en: 'The run exceeded its memory limit (JavaScript heap, {limitMb} MB). {key|raise}'
  },
  'cell-memory': {
    fr: 'Le traitement a dépassé la mémoire de son processus ({limitMb} Mo, hors tas JavaScript : tampons, Intl, WebAssembly). {key|raise}',
    en: 'The run exceeded the memory of its process ({limitMb} MB, outside the JavaScript heap: buffers, Intl, WebAssembly). {key|raise}'
  },
  'cell-crash': {
    fr: "Le traitement a fait tomber le processus qui l'isolait ; les autres traitements n'ont pas été touchés.",
    en: 'The run brought down the process that isolated it; no other run was affected.'
  },
  'cell-crash.again': {
    fr: "Le traitement a fait tomber le processus qui l'isolait. Il a été rejoué seul et l'a fait tomber de nouveau ; les autres traitements n'ont pas été touchés.",
    en: 'The run brought down the process that isolated it. It was run again alone and did so again; no other run was affected.'
  },
  'cell-lost': {
    fr: "Le processus qui isolait le traitement s'est arrêté brutalement. Le traitement avait déjà agi au dehors ou ne pouvait pas être rejoué : vérifiez ce qui a été fait, puis relancez-le.",
    en: 'The process that isolated the run stopped abruptly. The run had already acted on the outside, or could not be run again: check what was done, then run it again.'
  },
  'plugin-paused': {
    fr: "Le plugin {plugin} a échoué brutalement {count} fois en {minutes} min : il est suspendu jusqu'à {until|date}.",
    en: 'The plugin {plugin} crashed {count} times in {minutes} min: it is paused until {until|date}.'
  },
  'result-too-large': {
    fr: 'Le résultat renvoyé par le plugin dépasse {limitBytes|bytes}. {key|raise}',
    en: 'What the plugin returned exceeds {limitBytes|bytes}. {key|raise}'
  },
  'message-limit': {
    fr: "Le plugin a voulu envoyer plus de {limitBytes|bytes} d'un seul tenant (corps d'une requête, modification de la configuration, mail). {key|raise}",
    en: 'The plugin wanted to send more than {limitBytes|bytes} in one piece (the body of a request, a patch of the configuration, a mail). {key|raise}'
  },
  'timer-limit': {
    fr: 'Le plugin a voulu plus de {limit|count} minuteurs en attente à la fois. {key|raise}',
    en: 'The plugin wanted more than {limit|count} timers waiting at the same time. {key|raise}'
  },
  'bridge-abuse': {
    fr: 'Le plugin {plugin} a enfreint les règles du bac à sable ({reason}) : il a été arrêté. Signalez-le à son éditeur.',
    en: 'The plugin {plugin} broke the rules of the sandbox ({reason}): it was stopped. Report it to its publisher.'
  },
  interrupted: {
    fr: 'le traitement a été interrompu suite à une opération de maintenance',
    en: 'the run was interrupted by a maintenance operation'
  },
  'quota-exhausted': { fr: 'le temps de traitement autorisé est épuisé', en: 'the allowed processing time is used up' },
  inactive: { fr: 'le traitement a été désactivé', en: 'the processing was deactivated' },
  internal: {
    fr: 'Une erreur de la plateforme a arrêté ce traitement (référence {id}). Les administrateurs en sont informés.',
    en: 'An error of the platform stopped this run (reference {id}). The administrators are informed.'
  },
  // --- what a broker refuses: the plugin sees it as an error, and may catch it
  'disk-limit': {
    fr: 'Le traitement a rempli son espace disque ({limitBytes|bytes}). {key|raise}',
    en: 'The run filled its disk space ({limitBytes|bytes}). {key|raise}'
  },
  'network-denied': { fr: "L'accès à {host} est refusé ({reason|word}).", en: 'Access to {host} is refused ({reason|word}).' },
  'network-limit': {
    fr: 'Le traitement a atteint sa limite réseau ({what|word} : {limit|count}). {key|raise}',
    en: 'The run reached its network limit ({what|word}: {limit|count}). {key|raise}'
  },
  'network-limit.bytes': {
    fr: 'Le traitement a atteint sa limite réseau ({what|word} : {limit|bytes}). {key|raise}',
    en: 'The run reached its network limit ({what|word}: {limit|bytes}). {key|raise}'
  },
  'network-limit.time': {
    fr: 'Le traitement a atteint sa limite réseau ({what|word} : {limit|duration}). {key|raise}',
    en: 'The run reached its network limit ({what|word}: {limit|duration}). {key|raise}'
  },
  // --- lines that the runner adds to a log
  'plugin-stale': {
    fr: "Le registre des plugins est temporairement indisponible ({reason}). Le contenu dont il avait confirmé l'accès le {confirmedAt|date} est utilisé.",
    en: 'The plugin registry is temporarily unavailable ({reason}). The content to which it confirmed access on {confirmedAt|date} is used.'
  },
  resumed: { fr: 'Reprise après interruption.', en: 'Resuming after an interruption.' },
  'resumed.quarantine': {
    fr: 'Reprise après interruption. Le traitement est rejoué seul, dans un processus à part.',
    en: 'Resuming after an interruption. The run is alone this time, in a process of its own.'
  },
  'log-limit': {
    fr: "Le journal a atteint sa limite ({limitEntries|count} lignes ou {limitBytes|bytes}) : {dropped|count} lignes n'ont pas été gardées. {key|raise}",
    en: 'The log reached its limit ({limitEntries|count} lines or {limitBytes|bytes}): {dropped|count} lines were not kept. {key|raise}'
  },
  'extra-left-out': {
    fr: '(détail non gardé : plus de {limitBytes|bytes}, ou trop imbriqué)',
    en: '(detail not kept: more than {limitBytes|bytes}, or too deeply nested)'
  },
  'error-position': { fr: 'Erreur du plugin à {position}', en: 'Error of the plugin at {position}' },
  'error-detail': { fr: "Détail de l'erreur", en: 'Detail of the error' },
  hint: OWN_WORDS,
  'http-retry': { fr: 'tentative {attempt} de requête {method} {url} : {message}', en: 'attempt {attempt} of request {method} {url}: {message}' },
  'registry-retry': {
    fr: 'Le registre des plugins ne répond pas : nouvel essai ({attempt}).',
    en: 'The plugin registry does not answer: trying again ({attempt}).'
  },
  'journal-wait': { fr: 'wait for event "{event}" on dataset "{dataset}"', en: 'wait for event "{event}" on dataset "{dataset}"' },
  // --- advice beside an outcome
  'hint.no-result': {
    fr: "À l'auteur du plugin : une promesse n'est jamais tenue ; vérifiez les rappels (callbacks) qui ne sont jamais appelés.",
    en: 'To the author of the plugin: some promise is never settled; look for a callback that is never called.'
  },
  'hint.cpu-limit': {
    fr: "À l'auteur du plugin : une boucle qui ne finit pas en est la cause la plus fréquente.",
    en: 'To the author of the plugin: a loop that does not end is the most frequent cause.'
  },
  'hint.memory-limit': {
    fr: "À l'auteur du plugin : traitez les données par morceaux (flux, pages) au lieu de les garder toutes en mémoire.",
    en: 'To the author of the plugin: handle data in pieces (streams, pages) rather than holding all of it in memory.'
  },
  'hint.cell-memory': {
    fr: "À l'auteur du plugin : traitez les données par morceaux (flux, pages) au lieu de les garder toutes en mémoire.",
    en: 'To the author of the plugin: handle data in pieces (streams, pages) rather than holding all of it in memory.'
  },
  'hint.message-limit': {
    fr: "À l'auteur du plugin : envoyez les données par morceaux.",
    en: 'To the author of the plugin: send data in pieces.'
  },
  'hint.timer-limit': {
    fr: "À l'auteur du plugin : attendez les tâches par petits groupes, ou annulez les minuteurs devenus inutiles.",
    en: 'To the author of the plugin: await tasks in small groups, or clear the timers that are no longer needed.'
  },
  'hint.result-too-large': {
    fr: "À l'auteur du plugin : run() renvoie au plus { deleteOnComplete } ; écrivez les données dans un jeu de données.",
    en: 'To the author of the plugin: run() returns { deleteOnComplete } at most; write data to a dataset.'
  }
} as const satisfies Record<string, Text>

type TextKey = keyof typeof TEXTS
type CodeOf<K extends string> = K extends `${infer Code}.${string}` ? Code : K
/** The code of an outcome or of a log entry of the runner. */
export type TextCode = CodeOf<TextKey>

/**
 * The text of a code in a language. A code that is not known (written by another version) gives its own message, else its name.
 * Parameters are put in as they are: whoever shows the text escapes it.
 */
export function renderText (code: string, params: TextParams, locale: Locale): string {
  const text = textOf(code, params.variant)
  if (text === undefined) return typeof params.message === 'string' ? params.message : code
  return fill(text[locale], params, locale)
}

/** Advice for the reader beside the text of a code, if there is any. */
export function renderHint (code: string, locale: Locale): string | undefined {
  const text = textOf(`hint.${code}`, undefined)
  return text === undefined ? undefined : fill(text[locale], {}, locale)
}

function textOf (code: string, variant: unknown): Text | undefined {
  const table: Readonly<Record<string, Text>> = TEXTS
  const key = `${code}.${String(variant)}`
  if (Object.hasOwn(table, key)) return table[key]
  return Object.hasOwn(table, code) ? table[code] : undefined
}

/** One pass: what a parameter contains is never read as a place. */
function fill (template: string, params: TextParams, locale: Locale): string {
  const filled = template.replace(/\{(\w+)(?:\|(\w+))?\}/g, (_place, name: string, format: string | undefined) => {
    const value = Object.hasOwn(params, name) ? params[name] : undefined
    return formats[format ?? 'plain']?.(value, locale) ?? ''
  })
  return filled.trimEnd()
}
