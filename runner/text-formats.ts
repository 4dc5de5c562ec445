/** How a parameter is written inside a text of runner/outcome-texts.ts. A parameter that is absent gives an empty text. */
import { renderReason, type Reason } from '../cache/reasons.ts'

export type Locale = 'fr' | 'en'
type Format = (value: unknown, locale: Locale) => string
type Words = Readonly<Record<string, Readonly<Record<Locale, string>>>>

export const formats: Readonly<Record<string, Format>> = {
  plain,
  count: onNumber((value, locale) => number(value, locale, 0)),
  seconds: onNumber((value, locale) => number(value / 1000, locale, value < 10_000 ? 1 : 0)),
  duration: onNumber(duration),
  bytes: onNumber(bytes),
  date: (value, locale) => date(value, locale),
  word: (value, locale) => WORDS[String(value)]?.[locale] ?? (value === undefined ? '' : String(value)),
  reason: (value, locale) => isReason(value) ? renderReason(value, locale) : plain(value),
  sentence: (value, locale) => plain(isSentence(value) ? value[locale] : value),
  alternative: (value, locale) => alternative(String(value), locale),
  opening: (value, locale) => value === 'protocol' ? '' : locale === 'fr' ? 'Un administrateur peut ouvrir une adresse par `EGRESS_ALLOW`.' : 'An administrator can open an address by `EGRESS_ALLOW`.',
  raise: (value, locale) => value === undefined ? '' : locale === 'fr' ? `Un administrateur peut augmenter \`${String(value)}\`.` : `An administrator can raise \`${String(value)}\`.`
}

function plain (value: unknown): string {
  return value === undefined || value === null ? '' : String(value)
}

/** Parameters come from the store, too. */
function isReason (value: unknown): value is Reason {
  return typeof value === 'object' && value !== null && 'code' in value && typeof value.code === 'string' && 'params' in value && typeof value.params === 'object' && value.params !== null
}

function isSentence (value: unknown): value is Readonly<Record<Locale, unknown>> {
  return typeof value === 'object' && value !== null && 'fr' in value && 'en' in value
}

/** Reasons and things that codes name. */
const WORDS: Words = {
  'private-address': { fr: 'adresse privée', en: 'private address' },
  port: { fr: 'port non autorisé', en: 'port not allowed' },
  protocol: { fr: 'protocole non autorisé', en: 'protocol not allowed' },
  host: { fr: 'hôte non autorisé', en: 'host not allowed' },
  // limits of runner/brokers/http-limits.ts
  concurrentRequests: { fr: 'requêtes simultanées', en: 'requests at once' },
  waitingRequests: { fr: 'requêtes en attente', en: 'waiting requests' },
  heldRequestBytes: { fr: 'taille des requêtes en cours', en: 'size of the request bodies under way' },
  requests: { fr: 'requêtes', en: 'requests' },
  requestBytes: { fr: 'données envoyées', en: 'bytes sent' },
  responseBytes: { fr: 'données reçues', en: 'bytes received' },
  decodedRatio: { fr: "croissance d'une réponse compressée", en: 'growth of a compressed response' },
  freeDecodedBytes: { fr: "taille d'une réponse compressée", en: 'size of a compressed response' },
  headerBytes: { fr: 'taille des en-têtes', en: 'size of the headers' },
  redirects: { fr: 'redirections', en: 'redirects' },
  sockets: { fr: 'connexions ouvertes', en: 'open connections' },
  connectMs: { fr: 'durée de la connexion', en: 'time to connect' },
  headersMs: { fr: "attente des en-têtes d'une réponse", en: 'time to the headers of the response' },
  idleMs: { fr: "silence au milieu d'une réponse", en: 'silence within a response' },
  totalMs: { fr: "durée d'une requête", en: 'time of one request' },
  lookups: { fr: 'noms résolus', en: 'names looked up' },
  encodings: { fr: "encodages d'une réponse", en: 'content encodings of one response' },
  windowBytes: { fr: 'données non lues', en: 'unread bytes' },
  // whose mails: runner/brokers/mail-room.ts
  mailsOfRun: { fr: "les mails d'une exécution", en: 'the mails of a run' },
  mailsOfAccount: { fr: "les mails d'un compte", en: 'the mails of an account' },
  mailsOfAll: { fr: 'les mails de tous les comptes', en: 'the mails of all accounts' }
}

const NO_PROGRAMS = { fr: 'Aucun autre programme ne peut y être lancé.', en: 'No other program can be started in it.' }
const NO_SOCKETS = { fr: 'Utilisez fetch, http, https ou context.axios.', en: 'Use fetch, http, https or context.axios.' }
const NO_THREADS = { fr: 'Une exécution y a un seul fil.', en: 'A run has a single thread in it.' }
const ALTERNATIVES: Words = {
  child_process: NO_PROGRAMS,
  cluster: NO_PROGRAMS,
  net: NO_SOCKETS,
  tls: NO_SOCKETS,
  dgram: NO_SOCKETS,
  worker_threads: NO_THREADS,
  native: { fr: 'Les modules compilés (.node) ne peuvent pas y être chargés.', en: 'Compiled modules (.node) cannot be loaded in it.' }
}
const OTHERWISE = { fr: "Demandez à l'éditeur du plugin une version qui s'en passe.", en: 'Ask the publisher of the plugin for a version that does without.' }

/** `node:child_process.spawn` -> child_process */
function alternative (feature: string, locale: Locale): string {
  const module = feature.replace(/^node:/, '').split(/[./]/, 1)[0] ?? ''
  const known = Object.hasOwn(ALTERNATIVES, module) ? ALTERNATIVES[module] : undefined
  return (known ?? OTHERWISE)[locale]
}

function onNumber (format: (value: number, locale: Locale) => string): Format {
  return (value, locale) => typeof value === 'number' && Number.isFinite(value) ? format(value, locale) : ''
}

/** Made once: a formatter takes longer to make than a tiny run takes to run. */
const numbers = new Map<string, Intl.NumberFormat>()

function number (value: number, locale: Locale, digits: 0 | 1): string {
  const key = `${locale}${digits}`
  const format = numbers.get(key) ?? new Intl.NumberFormat(locale, { maximumFractionDigits: digits })
  numbers.set(key, format)
  return format.format(value)
}

function duration (ms: number, locale: Locale): string {
  if (ms < 120_000) return `${number(ms / 1000, locale, 1)} s`
  if (ms < 7_200_000 && ms % 3_600_000 !== 0) return `${number(ms / 60_000, locale, 0)} min`
  return `${number(ms / 3_600_000, locale, 1)} h`
}

function bytes (value: number, locale: Locale): string {
  const units = locale === 'fr' ? ['octets', 'Ko', 'Mo', 'Go'] : ['bytes', 'KB', 'MB', 'GB']
  let power = 0
  while (value >= 1024 && power < units.length - 1) {
    value /= 1024
    power++
  }
  return `${number(value, locale, 1)} ${units[power]}`
}

function date (value: unknown, locale: Locale): string {
  const parsed = new Date(String(value))
  if (Number.isNaN(parsed.getTime())) return ''
  return `${parsed.toLocaleString(locale === 'fr' ? 'fr-FR' : 'en-GB', { dateStyle: 'short', timeStyle: 'short', timeZone: 'UTC' })} UTC`
}
