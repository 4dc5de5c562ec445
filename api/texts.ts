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
  'super-admin-only': { en: 'super admin only', fr: 'réservé aux super-administrateurs' },
  forbidden: { en: 'Permission missing.', fr: 'Permission manquante.' },
  'create-forbidden': { en: 'No permission to create a processing', fr: 'Pas de permission pour créer un traitement' },
  'owner-forbidden': { en: 'No permission to change the owner to {owner}', fr: 'Pas de permission pour donner le traitement à {owner}' },
  'debug-forbidden': { en: 'Only a super-admin may change debug', fr: 'Seul un super-administrateur peut changer debug' },
  'bad-webhook-key': { en: 'Wrong trigger key', fr: 'Mauvaise clé de déclenchement' },

  // what is asked for
  'unknown-route': { en: 'There is nothing at {method} {path}.', fr: 'Il n\'y a rien à l\'adresse {method} {path}.' },
  'method-not-allowed': { en: '{method} is not possible on {path}; {allowed} is.', fr: '{method} n\'est pas possible sur {path} ; {allowed} l\'est.' },
  'unknown-processing': { en: 'The processing {id} does not exist.', fr: 'Le traitement {id} n\'existe pas.' },
  'unknown-run': { en: 'The run {id} does not exist.', fr: 'L\'exécution {id} n\'existe pas.' },
  'bad-id': { en: '{field}: wanted at most 64 letters, digits, "-" or "_", found {found}.', fr: '{field} : attendu au plus 64 lettres, chiffres, « - » ou « _ », trouvé {found}.' },
  'unknown-parameter': { en: 'Unknown parameter {field}: this address takes {wanted}.', fr: 'Paramètre inconnu {field} : cette adresse accepte {wanted}.' },
  'bad-parameter': { en: 'Parameter {field}: wanted {wanted}, found {found}.', fr: 'Paramètre {field} : attendu {wanted}, trouvé {found}.' },
  'show-all': { en: 'Only super admins can override permissions filter with showAll parameter', fr: 'Seuls les super-administrateurs peuvent voir tous les traitements avec le paramètre showAll' },
  'owner-type': { en: 'Owner type must be user or organization', fr: 'Le type de propriétaire doit être user ou organization' },

  // what is sent
  'not-json-type': { en: 'Content-Type: wanted application/json, found {found}.', fr: 'Content-Type : attendu application/json, trouvé {found}.' },
  'bad-json': { en: 'The body is not JSON: {reason}.', fr: 'Le corps n\'est pas du JSON : {reason}.' },
  'bad-encoding': { en: 'The body cannot be decoded: {reason}.', fr: 'Le corps ne peut pas être décodé : {reason}.' },
  'body-too-large': { en: 'The body is too large: at most {limit} bytes are taken.', fr: 'Le corps est trop grand : {limit} octets au plus sont acceptés.' },
  'body-too-deep': { en: 'The body is nested too deeply: at most {limit} levels are taken.', fr: 'Le corps est trop profond : {limit} niveaux au plus sont acceptés.' },
  'body-not-object': { en: 'The body: wanted a JSON object, found {found}.', fr: 'Le corps : attendu un objet JSON, trouvé {found}.' },
  'reserved-key': { en: 'A field must not be called {field}.', fr: 'Un champ ne peut pas s\'appeler {field}.' },
  'missing-field': { en: 'Field {field} is missing: wanted {wanted}.', fr: 'Le champ {field} manque : attendu {wanted}.' },
  'unknown-field': { en: 'Unknown field {field}.', fr: 'Champ inconnu {field}.' },
  'bad-field': { en: 'Field {field}: wanted {wanted}, found {found}.', fr: 'Champ {field} : attendu {wanted}, trouvé {found}.' },
  'read-only-field': { en: 'Field {field} cannot be set or changed.', fr: 'Le champ {field} ne peut être ni donné ni modifié.' },
  'required-field': { en: 'Field {field} cannot be removed.', fr: 'Le champ {field} ne peut pas être retiré.' },
  'bad-schedule': { en: 'Field {field}: wanted a rule that has a date to come, found {found}.', fr: 'Champ {field} : attendu une règle qui a une date à venir, trouvé {found}.' },
  'config-required': { en: 'Config is required for an active processing', fr: 'Une configuration est nécessaire pour qu\'un traitement soit actif' },
  'config-invalid': { en: 'The configuration does not fit the schema of the plugin: {problems}', fr: 'La configuration ne correspond pas au schéma du plugin : {problems}' },
  'schema-missing': { en: 'plugin has no processingConfigSchema', fr: 'le plugin n\'a pas de processingConfigSchema' },
  'schema-invalid': { en: 'The configuration schema of the plugin {plugin} cannot be used: {reason}.', fr: 'Le schéma de configuration du plugin {plugin} est inutilisable : {reason}.' },
  'schema-not-found': { en: 'The plugin {plugin} has no configuration schema (processing-config-schema.json).', fr: 'Le plugin {plugin} n\'a pas de schéma de configuration (processing-config-schema.json).' },
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
  'run-ended': { en: 'The run {id} has already ended ({status}): only one that waits or runs can be stopped.', fr: 'L\'exécution {id} est déjà terminée ({status}) : seule une exécution en attente ou en cours peut être arrêtée.' },
  'too-many-streams': { en: 'Too many logs are being followed at the moment ({limit}). Try again in a few seconds.', fr: 'Trop de journaux sont suivis en ce moment ({limit}). Réessayez dans quelques secondes.' },

  'bad-request': { en: 'The request cannot be understood.', fr: 'La requête ne peut pas être comprise.' },
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
