/**
 * Every sentence of the runner that a person reads, in French and English. Pure.
 *
 * A place in a text is `{name}` or `{name|format}`; formats: `seconds` (of ms), `duration` (of ms), `bytes`, `count`, `word`,
 * `date`, `alternative`, `reason` (of the cache), `sentence` (of both languages), and `raise`, which says who can raise the limit whose configuration key is the parameter.
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
    fr: "L'archive du plugin {plugin} est abîmée ({reason|reason}). Demandez à son éditeur de la republier.",
    en: 'The archive of the plugin {plugin} is damaged ({reason|reason}). Ask its publisher to publish it again.'
  },
  'plugin-refused': { fr: "L'archive du plugin {plugin} est refusée : {reason|reason}.", en: 'The archive of the plugin {plugin} is refused: {reason|reason}.' },
  'plugin-invalid': { fr: 'Le plugin {plugin} ne peut pas être chargé : {reason|reason}.', en: 'The plugin {plugin} cannot be loaded: {reason|reason}.' },
  'plugin-invalid.no-run': {
    fr: "Le plugin {plugin} ne peut pas être chargé : son entrée {path} n'exporte pas de fonction run().",
    en: 'The plugin {plugin} cannot be loaded: its entry {path} exports no function run().'
  },
  'plugin-unsupported': {
    fr: "Le plugin {plugin} utilise {feature}, que le bac à sable n'offre pas. {feature|alternative}",
    en: 'The plugin {plugin} uses {feature}, which the sandbox does not offer. {feature|alternative}'
  },
  'config-invalid': {
    fr: 'La configuration ne correspond plus à ce que le plugin {plugin} attend : {path} {problem|sentence}. Ouvrez le traitement et corrigez-la.',
    en: 'The configuration no longer fits what the plugin {plugin} expects: {path} {problem|sentence}. Open the processing and correct it.'
  },
  // --- what a prepare() has prepared, beside a refused configuration
  'prepare-invalid.processingConfig': {
    fr: "La fonction prepare() du plugin a renvoyé une configuration (processingConfig) qui n'est pas un objet.",
    en: 'The prepare() of the plugin returned a configuration (processingConfig) that is not an object.'
  },
  'prepare-invalid.secrets': {
    fr: 'La fonction prepare() du plugin a renvoyé des secrets qui ne sont pas un ensemble de textes nommés.',
    en: 'The prepare() of the plugin returned secrets that are not a map of texts.'
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
    fr: 'Le chargement du plugin et la préparation de la configuration (sa fonction prepare(), s\'il en a une) ont duré plus que la limite de {limitMs|duration}. {key|raise}',
    en: 'Loading the plugin and preparing the configuration (its prepare(), if it has one) lasted longer than the limit of {limitMs|duration}. {key|raise}'
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
  'plugin-paused.trial': {
    fr: "Le plugin {plugin} a échoué brutalement {count} fois en {minutes} min. Une autre exécution l'essaie de nouveau en ce moment : relancez celle-ci quand l'essai sera terminé.",
    en: 'The plugin {plugin} crashed {count} times in {minutes} min. Another run is trying it again just now: start this one again when that one has ended.'
  },
  'result-too-large': {
    fr: 'Le résultat renvoyé par le plugin dépasse {limitBytes|bytes}. {key|raise}',
    en: 'What the plugin returned exceeds {limitBytes|bytes}. {key|raise}'
  },
  'message-limit': {
    fr: "Le plugin a voulu envoyer plus de {limitBytes|bytes} d'un seul tenant (corps d'une requête, modification de la configuration, mail). {key|raise}",
    en: 'The plugin wanted to send more than {limitBytes|bytes} in one piece (the body of a request, a patch of the configuration, a mail). {key|raise}'
  },
  'message-too-deep': {
    fr: 'Le plugin a voulu envoyer des données imbriquées sur plus de {limit|count} niveaux (modification de la configuration, mail, journal).',
    en: 'The plugin wanted to send data nested more than {limit|count} levels deep (a patch of the configuration, a mail, a log entry).'
  },
  'job-too-large': {
    fr: 'La configuration du traitement et ses secrets sont trop volumineux pour être remis au plugin ({bytes|bytes}, la limite est {limitBytes|bytes}). Rien n\'a été lancé. {key|raise}',
    en: 'The configuration of the processing and its secrets are too large to be handed to the plugin ({bytes|bytes}, the limit is {limitBytes|bytes}). Nothing was started. {key|raise}'
  },
  'timer-limit': {
    fr: 'Le plugin a voulu plus de {limit|count} minuteurs en attente à la fois. {key|raise}',
    en: 'The plugin wanted more than {limit|count} timers waiting at the same time. {key|raise}'
  },
  'bridge-abuse': {
    fr: 'Le plugin {plugin} a enfreint les règles du bac à sable : il a été arrêté. Signalez-le à son éditeur.',
    en: 'The plugin {plugin} broke the rules of the sandbox: it was stopped. Report it to its publisher.'
  },
  interrupted: {
    fr: 'le traitement a été interrompu suite à une opération de maintenance',
    en: 'the run was interrupted by a maintenance operation'
  },
  'interrupted.again': {
    fr: "le traitement a été interrompu suite à une opération de maintenance. C'est la {count}e fois : il n'est plus relancé de lui-même. {key|raise}",
    en: 'the run was interrupted by a maintenance operation. It has been interrupted {count} times: it is not run again by itself any more. {key|raise}'
  },
  'quota-exhausted': { fr: 'le temps de traitement autorisé est épuisé', en: 'the allowed processing time is used up' },
  'quota-exhausted.reached': {
    fr: "le temps de traitement autorisé s'est épuisé pendant cette exécution : elle a été arrêtée",
    en: 'the allowed processing time was used up during this run: it was stopped'
  },
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
  'disk-limit.files': {
    fr: 'Le traitement a rempli son espace disque ({limit|count} fichiers et dossiers). {key|raise}',
    en: 'The run filled its disk space ({limit|count} files and folders). {key|raise}'
  },
  'open-files': {
    fr: 'Le traitement a voulu garder plus de {limit|count} fichiers ouverts à la fois. {key|raise}',
    en: 'The run wanted more than {limit|count} files open at the same time. {key|raise}'
  },
  'network-denied': { fr: "L'accès à {host} est refusé ({reason|word}). {reason|opening}", en: 'Access to {host} is refused ({reason|word}). {reason|opening}' },
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
  'config-limit': {
    fr: 'Le plugin a voulu porter la configuration du traitement à plus de {limitBytes|bytes} : elle n\'a pas été modifiée.',
    en: 'The plugin wanted to make the configuration of the processing larger than {limitBytes|bytes}: it was not changed.'
  },
  'mail-unavailable': {
    fr: "Le mail n'a pas été envoyé : cette plateforme n'a pas de serveur de mail. Un administrateur peut lui en donner un avec `MAILS_TRANSPORT`.",
    en: 'The mail was not sent: this platform has no mail server. An administrator can give it one with `MAILS_TRANSPORT`.'
  },
  'mail-unavailable.failed': {
    fr: "Le mail n'a pas été envoyé : le serveur de mail de la plateforme n'a pas pu être utilisé. Réessayez plus tard ; si cela dure, prévenez un administrateur.",
    en: 'The mail was not sent: the mail server of the platform could not be used. Try again later; if it lasts, tell an administrator.'
  },
  'mail-refused': { fr: 'Le serveur de mail refuse ce mail : {reason}', en: 'The mail server refused this mail: {reason}' },
  'mail-limit': {
    fr: 'Le traitement a atteint sa limite de mails ({limit|count}). {key|raise}',
    en: 'The run reached its limit of mails ({limit|count}). {key|raise}'
  },
  'mail-limit.size': {
    fr: "Le mail n'a pas été envoyé : il dépasse {limit|bytes}, pièces jointes comprises. {key|raise}",
    en: 'The mail was not sent: it exceeds {limit|bytes}, its attachments included. {key|raise}'
  },
  'mail-limit.pending': {
    fr: "Le mail n'a pas été envoyé : {what|word} en cours d'envoi ne peuvent pas dépasser {limit|bytes} à la fois. {key|raise}",
    en: 'The mail was not sent: {what|word} under way cannot exceed {limit|bytes} at the same time. {key|raise}'
  },
  'mail-limit.waiting': {
    fr: "Le mail n'a pas été envoyé : {what|word} en cours d'envoi ne peuvent pas être plus de {limit|count} à la fois.",
    en: 'The mail was not sent: {what|word} under way cannot be more than {limit|count} at the same time.'
  },
  'data-fair-unavailable': {
    fr: "Cette plateforme n'est pas reliée à un data-fair. Un administrateur peut lui en donner l'adresse avec `DATA_FAIR_URL`.",
    en: 'This platform is not connected to a data-fair service. An administrator can give it the address of one with `DATA_FAIR_URL`.'
  },
  'data-fair-unavailable.relative': {
    fr: "L'URL {url} est relative, et cette plateforme n'est pas reliée à un data-fair. Un administrateur peut lui en donner l'adresse avec `DATA_FAIR_URL`.",
    en: 'The URL {url} is relative, and this platform is not connected to a data-fair service. An administrator can give it the address of one with `DATA_FAIR_URL`.'
  },
  'journal-limit': {
    fr: 'Le traitement attend déjà {limit|count} événements de journaux de data-fair : il ne peut pas en attendre plus à la fois.',
    en: 'The run already waits for {limit|count} events of journals of data-fair: it cannot wait for more at the same time.'
  },
  'journal-refused': { fr: 'data-fair refuse le journal de ce jeu de données : {reason}', en: 'data-fair refused the journal of this dataset: {reason}' },
  'call-limit': {
    fr: 'Le plugin a voulu plus de {limit|count} appels à la plateforme en cours à la fois (mails, configuration, journaux).',
    en: 'The plugin wanted more than {limit|count} calls of the platform under way at the same time (mails, configuration, journals).'
  },
  'call-failed': {
    fr: "La plateforme n'a pas réussi à faire ce que le plugin lui demandait. Les administrateurs en sont informés.",
    en: 'The platform failed to do what the plugin asked of it. The administrators are informed.'
  },
  // --- lines that the runner adds to a log
  'plugin-stale': {
    fr: "Le registre des plugins est temporairement indisponible ({reason|reason}). Le contenu dont il avait confirmé l'accès le {confirmedAt|date} est utilisé.",
    en: 'The plugin registry is temporarily unavailable ({reason|reason}). The content to which it confirmed access on {confirmedAt|date} is used.'
  },
  'plugin-held-back': {
    fr: "Le registre propose maintenant la version {offered} du plugin {name}, inférieure à la version {kept} déjà utilisée : la version {kept} reste utilisée. Pour utiliser l'autre, désignez le plugin par `{name}@{offered}`.",
    en: 'The registry now offers version {offered} of the plugin {name}, which is lower than version {kept} that was used before: version {kept} is used on. To use the other one, name the plugin `{name}@{offered}`.'
  },
  'legacy-plugin-config': {
    fr: "dépréciation : le plugin {plugin} dépend encore de la configuration de plugin (plugin-config) de l'ancien volume",
    en: 'deprecation: plugin {plugin} still relies on legacy plugin-config from volume'
  },
  resumed: { fr: 'Reprise après interruption.', en: 'Resuming after an interruption.' },
  'resumed.quarantine': {
    fr: 'Reprise après interruption. Le traitement est rejoué seul, dans un processus à part.',
    en: 'Resuming after an interruption. The run is alone this time, in a process of its own.'
  },
  'resumed.retry': { fr: 'Nouvel essai ({count|count} sur {max|count}).', en: 'Another attempt ({count|count} of {max|count}).' },
  'run-retry': {
    fr: 'Cela peut être passager : le traitement est relancé dans {delayMs|duration} (essai {count|count} sur {max|count}).',
    en: 'This may pass: the run is tried again in {delayMs|duration} (attempt {count|count} of {max|count}).'
  },
  'processing-disabled': {
    fr: 'Le traitement est désactivé : ses {count|count} dernières exécutions ont toutes échoué. Corrigez la cause, puis réactivez-le. {key|raise}',
    en: 'The processing is deactivated: its last {count|count} runs have all failed. Correct the cause, then activate it again. {key|raise}'
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
  'hint.message-too-deep': {
    fr: "À l'auteur du plugin : une structure qui contient son parent, ou une liste chaînée, en est la cause la plus fréquente ; envoyez une liste à plat.",
    en: 'To the author of the plugin: a structure that holds its parent, or a linked list, is the most frequent cause; send a flat list.'
  },
  'hint.timer-limit': {
    fr: "À l'auteur du plugin : attendez les tâches par petits groupes, ou annulez les minuteurs devenus inutiles.",
    en: 'To the author of the plugin: await tasks in small groups, or clear the timers that are no longer needed.'
  },
  'hint.disk-limit': {
    fr: "À l'auteur du plugin : traitez les données en flux, ou effacez les fichiers dès qu'ils ne servent plus ; ceux de dir restent d'une exécution à l'autre.",
    en: 'To the author of the plugin: stream the data, or remove files once they are of no more use; those in dir stay from run to run.'
  },
  'hint.open-files': {
    fr: "À l'auteur du plugin : fermez les fichiers et les flux qui ne servent plus.",
    en: 'To the author of the plugin: close the files and streams that are of no more use.'
  },
  'hint.result-too-large': {
    fr: "À l'auteur du plugin : run() renvoie au plus { deleteOnComplete } ; écrivez les données dans un jeu de données.",
    en: 'To the author of the plugin: run() returns { deleteOnComplete } at most; write data to a dataset.'
  }
} as const satisfies Record<string, Text>

/** For tests, which hold them against the code. */
export const outcomeTexts: Readonly<Record<string, Text>> = TEXTS

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
