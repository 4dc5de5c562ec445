/**
 * Why a plugin cannot be had: every reason of the cache, in French and English. Pure.
 *
 * A reason is a part of a sentence: what stands before it and the full stop are the caller's. A place in a text is `{name}` or `{name|format}`;
 * formats: `size` (of bytes), `seconds` (of ms), `quoted` (a stranger's name), `reason` (a reason inside a reason). `{raise}` says who can
 * raise the limit, by the configuration key of the row.
 */
export type ReasonLocale = 'fr' | 'en'

/** Crosses threads, and is kept on disk: data only. */
export interface Reason {
  readonly code: ReasonCode
  readonly params: ReasonParams
}
export type ReasonParams = Readonly<Record<string, string | number | Reason>>
interface Row extends Readonly<Record<ReasonLocale, string>> {
  /** Configuration key of the limit. */
  readonly key?: string
}

const REASONS = {
  // --- what the registry answers
  'no-access': { en: 'the account has no access to it', fr: "le compte n'y a pas accès" },
  'not-in-registry': { en: 'the registry does not know it', fr: 'le registre ne le connaît pas' },
  'registry-status': { en: 'the registry answers {status}', fr: 'le registre répond {status}' },
  'storage-status': { en: 'the storage of the registry answers {status}', fr: 'le stockage du registre répond {status}' },
  'secret-refused': { en: 'the registry refuses the secret of this platform', fr: 'le registre refuse le secret de cette plateforme' },
  unreachable: { en: 'the registry cannot be reached', fr: "le registre n'est pas joignable" },
  'asked-again': { en: 'the registry did not answer lately; it is asked again in {waitMs|seconds} s', fr: "le registre n'a pas répondu récemment ; il sera interrogé de nouveau dans {waitMs|seconds} s" },
  'answer-interrupted': { en: 'the answer of the registry was interrupted', fr: 'la réponse du registre a été interrompue' },
  'download-interrupted': { en: 'the download was interrupted', fr: 'le téléchargement a été interrompu' },
  'download-slow': { en: 'the download takes longer than {limitMs|seconds} s', fr: 'le téléchargement dure plus de {limitMs|seconds} s' },
  'description-too-large': { en: 'the registry describes it in more than {limit|size}', fr: 'le registre le décrit en plus de {limit|size}' },
  'not-json': { en: 'the registry does not answer with JSON', fr: 'le registre ne répond pas en JSON' },
  'not-description': { en: 'the registry does not answer with the description of a package', fr: "le registre ne répond pas par la description d'un paquet" },
  'nothing-changed': { en: 'the registry says that nothing changed, and nothing was known', fr: "le registre dit que rien n'a changé, et rien n'était connu" },
  'unasked-304': { en: 'the registry answers 304 to a request without condition', fr: 'le registre répond 304 à une requête sans condition' },
  'redirect-nowhere': { en: 'the registry redirects to nowhere', fr: 'le registre redirige vers nulle part' },
  'redirect-insecure': { en: 'the registry redirects from https to http', fr: 'le registre redirige de https vers http' },
  'redirect-again': { en: 'the registry redirects again and again', fr: 'le registre redirige sans fin' },
  'storage-redirects': { en: 'the storage of the registry redirects again', fr: 'le stockage du registre redirige à son tour' },
  'unknown-protocol': { en: 'the registry speaks none of the protocols that are known here', fr: 'le registre ne parle aucun des protocoles connus ici' },
  'archive-elsewhere': { en: 'the registry names an archive that lies elsewhere', fr: 'le registre désigne une archive qui se trouve ailleurs' },
  'no-archive': { en: 'the registry names no archive of {name} {version}', fr: "le registre ne donne pas d'archive de {name} {version}" },
  'no-sha512': { en: 'the registry gives no SHA-512 for {name} {version}', fr: 'le registre ne donne pas de SHA-512 pour {name} {version}' },
  'no-version': { en: 'the registry has no version of {name} that fits {wanted}', fr: "le registre n'a pas de version de {name} qui convienne à {wanted}" },
  'no-architecture': { en: 'the registry has no archive of it for {architecture}, nor for all architectures', fr: "le registre n'en a pas d'archive pour {architecture}, ni pour toutes les architectures" },
  'no-registry': { en: 'no registry is configured for the package {name}', fr: "aucun registre n'est configuré pour le paquet {name}" },
  withdrawn: {
    en: 'its version {kept}, which was used, is no longer published, and the registry offers the lower {offered}; to use that one, the plugin is to be named {name}@{offered}',
    fr: "sa version {kept}, déjà utilisée, n'est plus publiée, et le registre propose {offered}, inférieure ; pour l'utiliser, le plugin est à désigner par {name}@{offered}"
  },
  republished: {
    en: 'its version {version} was published again with other bytes (known {known}, found {found}); a change takes a new version',
    fr: "sa version {version} a été republiée avec d'autres octets (connu {known}, trouvé {found}) ; un changement demande une nouvelle version"
  },
  'not-an-id': { en: 'this is not the id of a plugin', fr: "ce n'est pas l'identifiant d'un plugin" },
  'not-a-package': { en: 'this is not the name of a package', fr: "ce n'est pas le nom d'un paquet" },
  'not-a-version': { en: 'what follows the name of the package is neither a tag nor a range of versions', fr: "ce qui suit le nom du paquet n'est ni une étiquette ni un intervalle de versions" },
  'folder-unreadable': { en: 'the folder of plugins cannot be read', fr: 'le dossier des plugins ne peut pas être lu' },
  'not-in-folder': { en: 'there is no folder, no .tgz and no package of this name', fr: "il n'y a ni dossier, ni .tgz, ni paquet de ce nom" },
  'pinned-otherwise': { en: 'its content has changed: {pinned} is pinned, and the registry now gives {found}', fr: 'son contenu a changé : {pinned} est imposé, et le registre donne maintenant {found}' },

  // --- this machine
  closed: { en: 'the cache is closed', fr: 'le cache est fermé' },
  'cache-failed': { en: 'the plugin cache failed', fr: 'le cache des plugins est en panne' },
  'too-many-builds': { en: 'too many plugins are being prepared', fr: 'trop de plugins sont en préparation' },
  'not-prepared': { en: 'the plugin could not be prepared', fr: "le plugin n'a pas pu être préparé" },
  'not-kept': { en: 'its content cannot be kept on this machine', fr: 'son contenu ne peut pas être gardé sur cette machine' },

  // --- the archive as a whole
  'archive-too-large': { en: 'the archive is too large (limit {limit|size}, found {found|size}; {raise})', fr: 'elle est trop grande (limite {limit|size}, trouvé {found|size} ; {raise})', key: 'PLUGIN_ARCHIVE_MB' },
  'archive-empty': { en: 'the archive is empty ({bytes|size})', fr: 'elle est vide ({bytes|size})' },
  'archive-cut': { en: 'the archive is cut', fr: 'elle est tronquée' },
  'archive-short': { en: 'the archive is cut: fewer than the announced {bytes} bytes arrived', fr: 'elle est tronquée : moins que les {bytes} octets annoncés sont arrivés' },
  'archive-unended': { en: 'the archive is cut: it has no end mark', fr: "elle est tronquée : elle n'a pas de marque de fin" },
  'not-gzip': { en: 'a gzip archive was expected and something else arrived', fr: 'une archive gzip était attendue, autre chose est arrivé' },
  'not-gzip-page': { en: 'a gzip archive was expected and an HTML or XML page arrived', fr: 'une archive gzip était attendue, une page HTML ou XML est arrivée' },
  'not-gzip-json': { en: 'a gzip archive was expected and a JSON text arrived', fr: 'une archive gzip était attendue, un texte JSON est arrivé' },
  'not-tarball': { en: 'the archive is not a readable gzip tarball', fr: "ce n'est pas une archive tar gzip lisible" },
  'gzip-in-gzip': { en: 'inside the gzip is no tar archive but another gzip', fr: 'le gzip ne contient pas une archive tar mais un autre gzip' },
  'header-nul': { en: 'the extended header of an entry has a NUL byte', fr: "l'en-tête étendu d'une entrée contient un octet nul" },
  'header-too-long': { en: 'the extended header of an entry is too long (limit {limit|size}, found {found|size})', fr: "l'en-tête étendu d'une entrée est trop long (limite {limit|size}, trouvé {found|size})" },
  integrity: { en: 'the archive of {name} is not the one that the registry announces (announced {announced}, found {found})', fr: "l'archive de {name} n'est pas celle que le registre annonce (annoncé {announced}, trouvé {found})" },
  'unpacked-too-large': { en: 'the archive unpacks to more than {limit|size} ({raise})', fr: 'une fois décompressée, elle dépasse {limit|size} ({raise})', key: 'PLUGIN_UNPACKED_MB' },
  'unpacked-ratio': { en: 'the archive unpacks to more than {limit} times its size ({bytes|size}; {raise})', fr: 'une fois décompressée, elle dépasse {limit} fois sa taille ({bytes|size} ; {raise})', key: 'PLUGIN_RATIO' },
  'unpack-slow': { en: 'unpacking it takes longer than {limitMs|seconds} s ({raise})', fr: 'sa décompression dure plus de {limitMs|seconds} s ({raise})', key: 'PLUGIN_EXTRACT_SECONDS' },
  'unpack-memory': { en: 'unpacking it takes more than {limit|size} of memory', fr: 'sa décompression demande plus de {limit|size} de mémoire' },
  'copy-slow': { en: 'copying it takes longer than {limitMs|seconds} s ({raise})', fr: 'sa copie dure plus de {limitMs|seconds} s ({raise})', key: 'PLUGIN_EXTRACT_SECONDS' },
  'copy-memory': { en: 'copying it takes more than {limit|size} of memory', fr: 'sa copie demande plus de {limit|size} de mémoire' },
  'read-slow': { en: 'reading it takes longer than {limitMs|seconds} s ({raise})', fr: 'sa lecture dure plus de {limitMs|seconds} s ({raise})', key: 'PLUGIN_EXTRACT_SECONDS' },
  'read-memory': { en: 'reading it takes more than {limit|size} of memory', fr: 'sa lecture demande plus de {limit|size} de mémoire' },
  'folder-entries': { en: 'its folder has too many files (limit {limit}; {raise})', fr: 'son dossier a trop de fichiers (limite {limit} ; {raise})', key: 'PLUGIN_ENTRIES' },
  'changed-in-copy': { en: 'the file {path} changed while it was copied', fr: 'le fichier {path} a changé pendant sa copie' },

  // --- one entry of it
  'entry-control': { en: 'the entry {path|quoted} has a control character or a backslash in its path', fr: "le chemin de l'entrée {path|quoted} contient un caractère de contrôle ou une barre oblique inverse" },
  'entry-absolute': { en: 'the entry {path|quoted} has an absolute path', fr: "l'entrée {path|quoted} a un chemin absolu" },
  'entry-path-long': { en: 'the entry {path|quoted} has a path that is too long (limit {limit} bytes, found {found})', fr: "l'entrée {path|quoted} a un chemin trop long (limite {limit} octets, trouvé {found})" },
  'entry-outside': { en: 'the entry {path|quoted} leads outside the package', fr: "l'entrée {path|quoted} mène hors du paquet" },
  'entry-end': { en: 'the entry {path|quoted} has a name that ends with a dot or a space', fr: "l'entrée {path|quoted} a un nom qui finit par un point ou une espace" },
  'entry-name-long': { en: 'the entry {path|quoted} has a name that is too long (limit {limit} bytes, found {found})', fr: "l'entrée {path|quoted} a un nom trop long (limite {limit} octets, trouvé {found})" },
  'entry-nameless': { en: 'the entry {path|quoted} is a file without a name', fr: "l'entrée {path|quoted} est un fichier sans nom" },
  'entry-twice': { en: 'the entry {path|quoted} is there twice', fr: "l'entrée {path|quoted} est présente deux fois" },
  'entry-same-name': { en: 'the entry {path|quoted} has the same name as {before|quoted} where case or Unicode form is ignored', fr: "l'entrée {path|quoted} porte le même nom que {before|quoted} là où la casse ou la forme Unicode sont ignorées" },
  'entry-type': { en: 'the entry {path|quoted} is a {type}; only files, folders and links inside the package are allowed', fr: "l'entrée {path|quoted} est un {type} ; seuls les fichiers, les dossiers et les liens internes au paquet sont permis" },
  'entry-type-unknown': { en: 'the entry {path|quoted} is of the unknown type {type|quoted}', fr: "l'entrée {path|quoted} est du type inconnu {type|quoted}" },
  'entry-special': { en: 'the entry {path|quoted} is neither a file nor a folder', fr: "l'entrée {path|quoted} n'est ni un fichier ni un dossier" },
  'entry-too-many': { en: 'the entry {path|quoted} is one too many (limit {limit} entries; {raise})', fr: "l'entrée {path|quoted} est de trop (limite {limit} entrées ; {raise})", key: 'PLUGIN_ENTRIES' },
  'entry-too-deep': { en: 'the entry {path|quoted} lies too deep (limit {limit}, found {found}; {raise})', fr: "l'entrée {path|quoted} est trop profonde (limite {limit}, trouvé {found} ; {raise})", key: 'PLUGIN_DEPTH' },
  'entry-too-large': {
    en: 'the entry {path|quoted} takes the unpacked size past its limit (limit {limit|size}, found {found|size}; {raise})',
    fr: "l'entrée {path|quoted} porte la taille décompressée au-delà de sa limite (limite {limit|size}, trouvé {found|size} ; {raise})",
    key: 'PLUGIN_UNPACKED_MB'
  },
  'link-no-path': { en: 'the entry {path|quoted} is a symbolic link to something that is no path', fr: "l'entrée {path|quoted} est un lien symbolique vers ce qui n'est pas un chemin" },
  'link-outside': { en: 'the entry {path|quoted} is a symbolic link that leads outside the package: {target|quoted}', fr: "l'entrée {path|quoted} est un lien symbolique qui mène hors du paquet : {target|quoted}" },
  'link-outside-folder': { en: 'the entry {path|quoted} is a symbolic link that leads outside the folder', fr: "l'entrée {path|quoted} est un lien symbolique qui mène hors du dossier" },
  'link-nowhere': { en: 'the entry {path|quoted} is a symbolic link that leads nowhere', fr: "l'entrée {path|quoted} est un lien symbolique qui ne mène nulle part" },
  'link-root': { en: 'the entry {path|quoted} is a symbolic link, and the package itself cannot be one', fr: "l'entrée {path|quoted} est un lien symbolique, et le paquet lui-même ne peut pas en être un" },
  'link-hard': { en: 'the entry {path|quoted} is a hard link to something that is no file', fr: "l'entrée {path|quoted} est un lien physique vers ce qui n'est pas un fichier" },
  'link-circle': { en: 'the entry {path|quoted} is a link that leads in a circle', fr: "l'entrée {path|quoted} est un lien qui tourne en rond" },
  'link-within': { en: 'the entry {path|quoted} is a link to a folder that holds it', fr: "l'entrée {path|quoted} est un lien vers un dossier qui la contient" },

  // --- what the package says of itself, and its code
  'no-manifest': { en: 'it has no package.json', fr: "il n'a pas de package.json" },
  'no-name': { en: 'its package.json has no name', fr: "son package.json n'a pas de nom (name)" },
  'missing-entry': { en: 'missing source file: {path}', fr: 'fichier source manquant : {path}' }, // the French is that of data-fair/processings
  'main-outside': { en: 'main in its package.json leads outside the package: {main|quoted}', fr: 'main dans son package.json mène hors du paquet : {main|quoted}' },
  'schema-not-object': { en: 'processingConfigSchema in its plugin.json is not an object', fr: "processingConfigSchema dans son plugin.json n'est pas un objet" },
  'file-too-large': { en: 'its {file} is too large (limit {limit|size}, found {found|size})', fr: 'son fichier {file} est trop grand (limite {limit|size}, trouvé {found|size})' },
  'file-too-deep': { en: 'its {file} is nested more than {limit} levels deep', fr: 'son fichier {file} est imbriqué sur plus de {limit} niveaux' },
  'file-too-many-values': { en: 'its {file} has more than {limit} values', fr: 'son fichier {file} a plus de {limit} valeurs' },
  'file-not-object': { en: 'its {file} is not a JSON object', fr: "son fichier {file} n'est pas un objet JSON" },
  'file-not-json': { en: 'its {file} is not JSON: {text}', fr: "son fichier {file} n'est pas du JSON : {text}" },
  code: { en: '{text}', fr: '{text}' }, // the position and the words of the compiler
  'missing-module': { en: "cannot find module '{module}', which {file} imports", fr: 'le module « {module} », importé par {file}, est introuvable' },
  'import-outside': { en: 'the import {name|quoted} in {file} leads outside the package', fr: "l'import {name|quoted} de {file} mène hors du paquet" },
  'import-computed': { en: 'a computed import reaches files outside the package', fr: 'un import calculé atteint des fichiers hors du paquet' },
  'too-many-modules': { en: 'it imports too many files (limit {limit})', fr: 'il importe trop de fichiers (limite {limit})' },
  'modules-too-large': { en: 'the files that it imports are too large together (limit {limit|size})', fr: "les fichiers qu'il importe sont trop grands ensemble (limite {limit|size})" },
  tangled: { en: 'its files depend on each other in a way that cannot be bundled', fr: "ses fichiers dépendent les uns des autres d'une façon qui ne peut pas être assemblée" },
  'bundle-too-large': { en: 'its bundle is too large (limit {limit|size}, found {found|size}; {raise})', fr: 'son code assemblé est trop grand (limite {limit|size}, trouvé {found|size} ; {raise})', key: 'PLUGIN_BUNDLE_MB' },
  'bundle-slow': { en: 'bundling it takes longer than {limitMs|seconds} s ({raise})', fr: "l'assemblage de son code dure plus de {limitMs|seconds} s ({raise})", key: 'PLUGIN_BUNDLE_SECONDS' },
  'bundle-broken': { en: 'the compiler breaks down on its code, each time', fr: 'le compilateur échoue sur son code, à chaque fois' },
  'bundle-memory': { en: 'it cannot be bundled within {limit|size} of memory', fr: 'son code ne peut pas être assemblé avec {limit|size} de mémoire' },

  // --- its dependencies
  dependencies: { en: 'its dependencies cannot be installed: {why|reason}', fr: 'ses dépendances ne peuvent pas être installées : {why|reason}' },
  'dependencies-npm': { en: '{text}', fr: '{text}' }, // the words of npm
  'dependencies-slow': { en: 'they cannot be worked out within {limitMs|seconds} s', fr: 'elles ne peuvent pas être déterminées en {limitMs|seconds} s' },
  'dependencies-failed': { en: 'working them out takes too much memory, or fails ({how})', fr: 'les déterminer demande trop de mémoire, ou échoue ({how})' },
  'dependencies-many': { en: 'there are more than {limit} of them', fr: 'il y en a plus de {limit}' },
  'dependencies-unfetched': { en: 'its dependencies could not be fetched within {limitMs|seconds} s', fr: "ses dépendances n'ont pas pu être téléchargées en {limitMs|seconds} s" },
  'dependencies-too-large': { en: 'its dependencies are too large (limit {limit|size}; {raise})', fr: 'ses dépendances sont trop grandes (limite {limit|size} ; {raise})', key: 'PLUGIN_UNPACKED_MB' },
  'dependency-name': { en: 'its dependency {name|quoted} is not the name of a package', fr: "sa dépendance {name|quoted} n'est pas le nom d'un paquet" },
  'dependency-absent': { en: '{name}: {why|reason}', fr: '{name} : {why|reason}' },
  'dependency-kept-back': { en: 'the registry does not give it to this platform', fr: 'le registre ne le donne pas à cette plateforme' },
  'dependency-link': { en: '{name} is a link to {target|quoted}; only packages of a registry are installed', fr: "{name} est un lien vers {target|quoted} ; seuls les paquets d'un registre sont installés" },
  'dependency-unsealed': { en: 'the registry gives no archive or no SHA-512 for {name} {version}', fr: "le registre ne donne pas d'archive ou pas de SHA-512 pour {name} {version}" },
  'dependency-locked': { en: '{name} {version} is not the one that the package has locked (locked {locked}, found {found})', fr: "{name} {version} n'est pas celui que le paquet a figé (figé {locked}, trouvé {found})" },
  'dependency-own': { en: 'the package brings a {path} of its own that does not fit', fr: 'le paquet apporte son propre {path}, qui ne convient pas' }
} as const satisfies Record<string, Row>

export type ReasonCode = keyof typeof REASONS
/** For tests, which hold it against the configuration and the code. */
export const reasons: Readonly<Record<string, Row>> = REASONS

/** Longest parameter: many are a stranger's. */
const MAX_CHARS = 1_000

export function reason (code: ReasonCode, params: ReasonParams = {}): Reason {
  const bounded = Object.entries(params).map(([name, value]) => [name, typeof value === 'string' ? value.slice(0, MAX_CHARS).toWellFormed() : value])
  return { code, params: Object.fromEntries(bounded) }
}

/** Of a code that another version wrote, the code itself. */
export function renderReason ({ code, params }: Reason, locale: ReasonLocale): string {
  const row: Row | undefined = Object.hasOwn(REASONS, code) ? REASONS[code] : undefined
  if (row === undefined) return code
  return row[locale].replace(/\{(\w+)(?:\|(\w+))?\}/g, (_place, name: string, format: string | undefined) => {
    if (name === 'raise') return RAISE[locale](row.key ?? '')
    return Object.hasOwn(params, name) ? show(params[name], format, locale) : ''
  })
}

const RAISE: Readonly<Record<ReasonLocale, (key: string) => string>> = {
  fr: key => `un administrateur peut augmenter \`${key}\``,
  en: key => `an administrator can raise \`${key}\``
}

function show (value: unknown, format: string | undefined, locale: ReasonLocale): string {
  switch (format) {
    case 'size': return size(Number(value), locale)
    case 'seconds': return decimal(Number(value) / 1000, locale)
    case 'quoted': return quote(String(value))
    case 'reason': return renderReason(value as Reason, locale) // the format of the places that hold one
    default: return String(value)
  }
}

const KB = 1024
const UNITS: Readonly<Record<ReasonLocale, readonly [string, string, string]>> = { fr: ['octets', 'Ko', 'Mo'], en: ['bytes', 'KB', 'MB'] }

function size (bytes: number, locale: ReasonLocale): string {
  const power = bytes >= KB * KB ? 2 : bytes >= KB ? 1 : 0
  const value = bytes / KB ** power
  return `${decimal(value >= 100 ? Math.round(value) : Math.round(value * 10) / 10, locale)} ${UNITS[locale][power]}`
}

function decimal (value: number, locale: ReasonLocale): string {
  return locale === 'fr' ? String(value).replace('.', ',') : String(value)
}

/** A name of a stranger, safe in a log: JSON escapes, at most 120 characters. */
export function quote (text: string): string {
  const json = JSON.stringify(text)
  return json.length <= 120 ? json : `${json.slice(0, 116)}…"`
}
