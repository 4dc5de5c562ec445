/**
 * Every sentence that the API itself says, by code. `{name}` is replaced by a parameter. Where data-fair/processings has a
 * sentence for the case, its own language version is kept word for word.
 */
export type Locale = 'en' | 'fr'

export interface Text { readonly en: string, readonly fr: string }

export const texts = {
  // who calls
  'not-authenticated': { en: 'Credentials are needed: send "Authorization: Bearer <key>".', fr: 'Des identifiants sont nécessaires : envoyez « Authorization: Bearer <clé> ».' },
  'bad-credentials': { en: 'These credentials are not valid.', fr: 'Ces identifiants ne sont pas valides.' },
  'bad-account-header': { en: 'Header x-account: wanted JSON such as {"type":"organization","id":"…"}, found {found}.', fr: 'En-tête x-account : attendu du JSON tel que {"type":"organization","id":"…"}, trouvé {found}.' },
  'bad-session': { en: 'This session is not valid, or not any more: sign in again.', fr: 'Cette session n\'est pas valide, ou ne l\'est plus : reconnectez-vous.' },
  'directory-unavailable': { en: 'The directory of users cannot be reached at the moment, so that nobody is known by his session. Try again in a few seconds.', fr: 'L\'annuaire des utilisateurs est injoignable en ce moment : aucune session ne peut être reconnue. Réessayez dans quelques secondes.' },
  'pseudo-session': { en: 'pseudo session only allows GET requests', fr: 'une pseudo-session ne permet que de lire (GET)' },
  'cross-origin': { en: 'This request was made by a page of another site: with a session, only pages of this one may write.', fr: 'Cette requête vient d\'une page d\'un autre site : avec une session, seules les pages de celui-ci peuvent écrire.' },
  'account-not-of-key': { en: 'Header x-account: this API key belongs to another account.', fr: 'En-tête x-account : cette clé d\'API appartient à un autre compte.' },
  'keys-forbidden': { en: 'Only administrators of the account manage its API keys.', fr: 'Seuls les administrateurs du compte gèrent ses clés d\'API.' },
  'keys-by-key': { en: 'An API key cannot be used to manage API keys: an administrator of the account does.', fr: 'Une clé d\'API ne permet pas de gérer les clés d\'API : c\'est à un administrateur du compte de le faire.' },
  'internal-only': { en: 'This endpoint should only be used internally.', fr: 'Cette adresse est réservée aux appels internes.' },
  'bad-secret-key': { en: 'Bad secret key', fr: 'Mauvaise clé secrète' },
  forbidden: { en: 'Permission missing.', fr: 'Permission manquante.' },
  'audit-forbidden': { en: 'Only administrators of the account see its audit trail.', fr: 'Seuls les administrateurs du compte voient son journal d\'audit.' },
  'limits-forbidden': { en: 'Only members of the account see its limits.', fr: 'Seuls les membres du compte voient ses limites.' },
  'unknown-run-limits': { en: 'No limits of runs were set there.', fr: 'Aucune limite d\'exécution n\'y a été fixée.' },
  'super-admin-only': { en: 'super admin only', fr: 'réservé aux super-administrateurs' },
  'create-forbidden': { en: 'No permission to create a processing', fr: 'Pas de permission pour créer un traitement' },
  'owner-forbidden': { en: 'No permission to change the owner to {owner}', fr: 'Pas de permission pour donner le traitement à {owner}' },
  'debug-forbidden': { en: 'Only a super-admin may change debug', fr: 'Seul un super-administrateur peut changer debug' },
  'too-many-webhook-calls': { en: 'Too many calls with a webhook key come from this address. Try again in {seconds} seconds.', fr: 'Trop d\'appels avec une clé de webhook viennent de cette adresse. Réessayez dans {seconds} secondes.' },
  'too-many-wrong-keys': { en: 'Too many wrong credentials have come from this address. Try again in {seconds} seconds.', fr: 'Trop d\'identifiants erronés sont venus de cette adresse. Réessayez dans {seconds} secondes.' },
  'bad-webhook-key': { en: 'Wrong trigger key', fr: 'Mauvaise clé de déclenchement' },

  // what is asked for
  'unknown-route': { en: 'There is nothing at {method} {path}.', fr: 'Il n\'y a rien à l\'adresse {method} {path}.' },
  'plugins-moved': {
    en: 'There is nothing at {path} any more: plugins are no longer installed here, they are published in the plugin registry{registry}, which decides who may use them. A processing names its plugin by the id that it has there.',
    fr: 'Il n\'y a plus rien à l\'adresse {path} : les plugins ne sont plus installés ici, ils sont publiés dans le registre des plugins{registry}, qui décide de qui peut les utiliser. Un traitement désigne son plugin par l\'identifiant qu\'il y porte.'
  },
  'method-not-allowed': { en: '{method} is not possible on {path}; {allowed}.', fr: '{method} n\'est pas possible sur {path} ; {allowed}.' },
  'unknown-processing': { en: 'The processing {id} does not exist.', fr: 'Le traitement {id} n\'existe pas.' },
  'unknown-api-key': { en: 'The account has no API key {id}.', fr: 'Le compte n\'a pas de clé d\'API {id}.' },
  'too-many-keys': { en: 'The account has {limit} API keys already, which is the most: revoke one first.', fr: 'Le compte a déjà {limit} clés d\'API, soit le maximum : révoquez-en une d\'abord.' },
  'unknown-run': { en: 'The run {id} does not exist.', fr: 'L\'exécution {id} n\'existe pas.' },
  'bad-id': { en: '{field}: wanted at most 64 letters, digits, "-" or "_", found {found}.', fr: '{field} : attendu au plus 64 lettres, chiffres, « - » ou « _ », trouvé {found}.' },
  'unknown-parameter': { en: 'Unknown parameter {field}: this address takes {wanted}.', fr: 'Paramètre inconnu {field} : cette adresse accepte {wanted}.' },
  'bad-parameter': { en: 'Parameter {field}: wanted {wanted}, found {found}.', fr: 'Paramètre {field} : attendu {wanted}, trouvé {found}.' },
  'bad-header': { en: 'Header {field}: wanted {wanted}, found {found}.', fr: 'En-tête {field} : attendu {wanted}, trouvé {found}.' },
  'show-all': { en: 'Only super admins can override permissions filter with showAll parameter', fr: 'Seuls les super-administrateurs peuvent voir tous les traitements avec le paramètre showAll' },
  'owner-type': { en: 'Owner type must be user or organization', fr: 'Le type de propriétaire doit être user ou organization' },

  // what is sent
  'not-json-type': { en: 'Content-Type: wanted application/json, found {found}.', fr: 'Content-Type : attendu application/json, trouvé {found}.' },
  'bad-json': { en: 'The body is not JSON{place}.', fr: 'Le corps n\'est pas du JSON{place}.' },
  'bad-encoding': { en: 'The body cannot be decoded: wanted what Content-Encoding says (gzip, deflate, br, or nothing), whole, found {found}.', fr: 'Le corps ne peut pas être décodé : attendu ce que dit Content-Encoding (gzip, deflate, br ou rien), en entier, trouvé {found}.' },
  'body-too-large': { en: 'The body is too large: at most {limit} bytes are taken.', fr: 'Le corps est trop grand : {limit} octets au plus sont acceptés.' },
  'body-too-deep': { en: 'The body is nested too deeply: at most {limit} levels are taken.', fr: 'Le corps est trop profond : {limit} niveaux au plus sont acceptés.' },
  'body-too-many-values': { en: 'The body holds too much: at most {limit} values are taken.', fr: 'Le corps contient trop de choses : {limit} valeurs au plus sont acceptées.' },
  'body-not-object': { en: 'The body: wanted a JSON object, found {found}.', fr: 'Le corps : attendu un objet JSON, trouvé {found}.' },
  'reserved-key': { en: 'A field must not be called {field}.', fr: 'Un champ ne peut pas s\'appeler {field}.' },
  'missing-field': { en: 'Field {field} is missing: wanted {wanted}.', fr: 'Le champ {field} manque : attendu {wanted}.' },
  'unknown-field': { en: 'Unknown field {field}.', fr: 'Champ inconnu {field}.' },
  'bad-field': { en: 'Field {field}: wanted {wanted}, found {found}.', fr: 'Champ {field} : attendu {wanted}, trouvé {found}.' },
  'read-only-field': { en: 'Field {field} cannot be set or changed.', fr: 'Le champ {field} ne peut être ni donné ni modifié.' },
  'required-field': { en: 'Field {field} cannot be removed.', fr: 'Le champ {field} ne peut pas être retiré.' },
  'changed-field': { en: 'Field {field} has been changed since it was read (the processing was last edited by {name}, {date}): read it again before you send your change.', fr: 'Le champ {field} a changé depuis qu\'il a été lu (dernière modification du traitement par {name}, {date}) : relisez-le avant d\'envoyer votre modification.' },
  changed: { en: 'The processing has been changed since it was read (last edited by {name}, {date}): read it again before you send your change.', fr: 'Le traitement a changé depuis qu\'il a été lu (dernière modification par {name}, {date}) : relisez-le avant d\'envoyer votre modification.' },
  'bad-schedule': { en: 'Field {field}: wanted a rule that has a date to come, found {found}.', fr: 'Champ {field} : attendu une règle qui a une date à venir, trouvé {found}.' },
  'config-required': { en: 'Config is required for an active processing', fr: 'Une configuration est nécessaire pour qu\'un traitement soit actif' },
  'config-invalid': { en: 'The configuration does not fit the schema of the plugin: {problems}.', fr: 'La configuration ne correspond pas au schéma du plugin : {problems}.' },
  'schema-missing': { en: 'plugin has no processingConfigSchema: its package has no file processing-config-schema.json', fr: 'le plugin n\'a pas de processingConfigSchema : son paquet ne contient pas de fichier processing-config-schema.json' },
  'schema-invalid': { en: 'The configuration schema of the plugin {plugin} cannot be used: {reason}.', fr: 'Le schéma de configuration du plugin {plugin} est inutilisable : {reason}.' },
  'schema-too-costly': {
    en: 'The configuration cannot be checked: the schema of the plugin {plugin} needs {reason}. This is a fault of the plugin: report it to its publisher.',
    fr: 'La configuration ne peut pas être vérifiée : le schéma du plugin {plugin} demande {reason}. C\'est un défaut du plugin : signalez-le à son éditeur.'
  },
  'checks-busy': { en: 'Too many configurations are being checked at the moment. Try again in a few seconds.', fr: 'Trop de configurations sont en cours de vérification. Réessayez dans quelques secondes.' },
  'prepare-invalid': {
    en: 'The plugin {plugin} has prepared a configuration that cannot be stored: {reason}. This is a fault of the plugin: report it to its publisher.',
    fr: 'Le plugin {plugin} a préparé une configuration qui ne peut pas être enregistrée : {reason}. C\'est un défaut du plugin : signalez-le à son éditeur.'
  },
  'schema-not-found': { en: 'The plugin {plugin} has no configuration schema (processing-config-schema.json).', fr: 'Le plugin {plugin} n\'a pas de schéma de configuration (processing-config-schema.json).' },
  'too-many-prepares': { en: 'The account {owner} is having too many configurations prepared by their plugins at the moment. Nothing was changed: try again in {seconds} seconds.', fr: 'Le compte {owner} fait préparer trop de configurations par leurs plugins en ce moment. Rien n\'a été modifié : réessayez dans {seconds} secondes.' },
  'prepares-busy': { en: 'The platform is preparing too many configurations at the moment. Nothing was changed: try again in {seconds} seconds.', fr: 'La plateforme prépare trop de configurations en ce moment. Rien n\'a été modifié : réessayez dans {seconds} secondes.' },
  'prepare-failed': { en: '{reason}', fr: '{reason}' },

  // plugins and their registry
  'plugin-forbidden': { en: 'The account {owner} has no access to the plugin {plugin}.', fr: 'Le compte {owner} n\'a pas accès au plugin {plugin}.' },
  'plugin-not-found': { en: 'The plugin {plugin} cannot be found in the registry.', fr: 'Le plugin {plugin} est introuvable dans le registre.' },
  'registry-unavailable': { en: 'The plugin registry is temporarily unavailable.', fr: 'Le registre des plugins est temporairement indisponible.' },
  'registry-misconfigured': { en: 'The plugin registry refuses this platform. An administrator must check its configuration.', fr: 'Le registre des plugins refuse cette plateforme. Un administrateur doit vérifier sa configuration.' },
  'plugin-corrupt': { en: 'The archive of the plugin {plugin} is damaged ({reason}). Ask its publisher to publish it again.', fr: 'L\'archive du plugin {plugin} est abîmée ({reason}). Demandez à son éditeur de la republier.' },
  'plugin-refused': { en: 'The archive of the plugin {plugin} is refused: {reason}.', fr: 'L\'archive du plugin {plugin} est refusée : {reason}.' },
  'plugin-invalid': { en: 'The plugin {plugin} cannot be loaded: {reason}.', fr: 'Le plugin {plugin} ne peut pas être chargé : {reason}.' },

  // runs
  inactive: { en: 'The processing is not active', fr: 'Le traitement n\'est pas actif' },
  'already-running': { en: 'a run is already in progress', fr: 'une exécution est déjà en cours' },
  'waiting-date': { en: 'It starts at {date}.', fr: 'Elle commence à la date prévue : {date}.' },
  'waiting-retry': { en: 'It has failed by something that may pass: attempt {count} after it is at {date}.', fr: 'Elle a échoué pour une cause qui peut être passagère : le nouvel essai numéro {count} est prévu à {date}.' },
  'waiting-no-runner': { en: 'No runner is alive: it starts when one comes back. An administrator must look at the runners.', fr: 'Aucun processus d\'exécution n\'est en vie : elle commencera quand l\'un d\'eux reviendra. Un administrateur doit les examiner.' },
  'waiting-places': { en: 'All places are taken ({places}, of which this account has {own}): it starts when one is free.', fr: 'Toutes les places sont prises ({places}, dont {own} par ce compte) : elle commencera dès qu\'une se libère.' },
  'waiting-quota': { en: 'The processing time of the account is used up: it will not start before there is more.', fr: 'Le temps de traitement du compte est épuisé : elle ne commencera pas tant qu\'il n\'y en a pas davantage.' },
  'waiting-plugin-paused': { en: 'The plugin {plugin} is paused until {until}, for it has brought down its process several times.', fr: 'Le plugin {plugin} est en pause jusqu\'à {until}, car il a fait tomber son processus plusieurs fois.' },
  'other-body': { en: 'Idempotency-Key {key}: this key came with another body or delay within the last 24 hours. Send the same again, or another key.', fr: 'Idempotency-Key {key} : cette clé est venue avec un autre corps ou un autre délai dans les dernières 24 heures. Renvoyez les mêmes, ou une autre clé.' },
  'run-ended': { en: 'The run {id} has already ended ({status}): only one that waits or runs can be stopped.', fr: 'L\'exécution {id} est déjà terminée ({status}) : seule une exécution en attente ou en cours peut être arrêtée.' },
  'too-many-account-streams': { en: 'This account follows too many logs at the same time ({limit}): close one, or try again in a few seconds.', fr: 'Ce compte suit trop de journaux en même temps ({limit}) : fermez-en un, ou réessayez dans quelques secondes.' },
  'too-many-streams': { en: 'Too many logs are being followed at the moment ({limit}). Try again in a few seconds.', fr: 'Trop de journaux sont suivis en ce moment ({limit}). Réessayez dans quelques secondes.' },

  'bad-request': { en: 'The request cannot be understood.', fr: 'La requête ne peut pas être comprise.' },
  'store-unavailable': { en: 'The database of the platform does not answer at the moment. Try again in {seconds} seconds.', fr: 'La base de données de la plateforme ne répond pas en ce moment. Réessayez dans {seconds} secondes.' },
  'cells-unavailable': { en: 'The platform cannot start the process in which the plugin prepares the configuration. Nothing was changed: try again in {seconds} seconds.', fr: 'La plateforme ne peut pas lancer le processus dans lequel le plugin prépare la configuration. Rien n\'a été modifié : réessayez dans {seconds} secondes.' },
  internal: { en: 'An error of the platform prevented this (reference {reference}).', fr: 'Une erreur de la plateforme a empêché cela (référence {reference}).' }
} as const satisfies Record<string, Text>

export type TextCode = keyof typeof texts
export type TextParams = Readonly<Record<string, string | number | Text>>

/** The sentence of a code. A parameter may itself be a text in both languages. */
export function say (code: TextCode, params: TextParams, locale: Locale): string {
  return texts[code][locale].replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = Object.hasOwn(params, name) ? params[name] : undefined
    if (value === undefined) return whole
    return typeof value === 'object' ? value[locale] : String(value)
  })
}
