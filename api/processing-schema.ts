/** The JSON schema of what a caller may write of a processing. `wanted` completes the sentence that a wrong value is answered with. */

const MAX_RULES = 100
const MAX_PERMISSIONS = 1000
const MAX_RETRIES = 5
const MAX_BACKOFF_SECONDS = 3600

/** An artefact of a registry: `@data-fair-processing-hello-world-1`, `my-plugin-main`; of one of npm: `@scope/name@^1.2`. */
const ARTEFACT = '^@?[A-Za-z0-9](?:[\\w.-]*\\w)?(?:/[A-Za-z0-9](?:[\\w.-]*\\w)?)?(?:@[\\w.~^*<>=|+-][\\w.~^*<>=|+ -]*)?$'
/** Of a content, as runs record it. */
const INTEGRITY = '^sha512-[A-Za-z0-9+/]{86}==$'

export const timeZoneWanted = { en: 'the name of a time zone such as Europe/Paris', fr: 'le nom d\'un fuseau horaire tel que Europe/Paris' }

/** Neither control characters nor half of a surrogate pair: a text is shown, and sent in headers. */
const PRINTABLE = '^[^\\p{Cc}\\p{Cs}]*$'
/** Of an account; ":" and "," separate owners in queries. */
const ID = '^[^\\s:,/\\\\\\p{Cc}\\p{Cs}]{1,100}$'

function text (maxLength: number) {
  const wanted = { en: `a text of 1 to ${maxLength} characters, without control characters`, fr: `un texte de 1 à ${maxLength} caractères, sans caractères de contrôle` }
  return { type: 'string', minLength: 1, maxLength, pattern: PRINTABLE, wanted }
}

function flag () {
  return { type: 'boolean', wanted: { en: 'true or false', fr: 'true ou false' } }
}

function oneOf (...values: string[]) {
  return { enum: values, wanted: { en: `one of ${values.join(', ')}`, fr: `l'une des valeurs ${values.join(', ')}` } }
}

/** Numbers may come as text, as cron texts have them. */
function number (min: number, max: number, orStar = false) {
  const star = orStar ? [{ const: '*' }] : []
  const digits = { type: 'string', pattern: '^\\d{1,2}$', enum: Array.from({ length: max - min + 1 }, (_, index) => String(min + index)) }
  return {
    anyOf: [{ type: 'integer', minimum: min, maximum: max }, digits, ...star],
    wanted: { en: `an integer from ${min} to ${max}${orStar ? ' or "*"' : ''}`, fr: `un entier de ${min} à ${max}${orStar ? ' ou "*"' : ''}` }
  }
}

function step (max: number) {
  return { type: 'integer', minimum: 1, maximum: max, wanted: { en: `an integer from 1 to ${max}`, fr: `un entier de 1 à ${max}` } }
}

const any = { const: '*', wanted: { en: '"*"', fr: '"*"' } }

export const owner = {
  type: 'object',
  additionalProperties: false,
  required: ['type', 'id', 'name'],
  properties: {
    type: oneOf('user', 'organization'),
    id: { type: 'string', pattern: ID, wanted: { en: 'the id of an account', fr: 'l\'identifiant d\'un compte' } },
    name: text(1000),
    department: { type: 'string', pattern: ID, wanted: { en: 'the id of a department', fr: 'l\'identifiant d\'un département' } },
    departmentName: text(1000)
  },
  wanted: { en: 'an account { type, id, name }', fr: 'un compte { type, id, name }' }
}

/** Steps are honoured for every type, as upstream does. */
function rule (type: string, fields: Record<string, object>) {
  return {
    type: 'object',
    additionalProperties: false,
    required: ['type', 'month', 'dayOfWeek', 'dayOfMonth', 'hour', 'minute'],
    properties: {
      type: { const: type },
      month: any,
      dayOfWeek: any,
      dayOfMonth: any,
      minute: number(0, 59),
      lastDayOfMonth: flag(),
      hourStep: step(23),
      minuteStep: step(59),
      monthStep: step(12),
      dayOfMonthStep: step(31),
      timeZone: { type: 'string', maxLength: 64, wanted: timeZoneWanted },
      ...fields
    }
  }
}

const scheduling = {
  type: 'array',
  maxItems: MAX_RULES,
  wanted: { en: `a list of at most ${MAX_RULES} rules`, fr: `une liste de ${MAX_RULES} règles au plus` },
  items: {
    type: 'object',
    required: ['type'],
    discriminator: { propertyName: 'type' },
    wanted: { en: 'a rule whose type is monthly, weekly, daily or hours', fr: 'une règle dont le type est monthly, weekly, daily ou hours' },
    oneOf: [
      rule('monthly', { dayOfMonth: number(1, 28, true), hour: number(0, 23) }),
      rule('weekly', { dayOfWeek: oneOf('*', '0', '1', '2', '3', '4', '5', '6'), hour: number(0, 23) }),
      rule('daily', { hour: number(0, 23) }),
      rule('hours', { hour: any })
    ]
  }
}

export const permissions = {
  type: 'array',
  maxItems: MAX_PERMISSIONS,
  wanted: { en: `a list of at most ${MAX_PERMISSIONS} permissions`, fr: `une liste de ${MAX_PERMISSIONS} permissions au plus` },
  items: {
    type: 'object',
    additionalProperties: false,
    required: ['profile', 'target'],
    wanted: { en: 'a permission { profile, target }', fr: 'une permission { profile, target }' },
    properties: {
      profile: oneOf('read', 'exec'),
      target: {
        type: 'object',
        required: ['type'],
        discriminator: { propertyName: 'type' },
        wanted: { en: 'a target whose type is userEmail or partner', fr: 'une cible dont le type est userEmail ou partner' },
        oneOf: [
          {
            type: 'object',
            additionalProperties: false,
            required: ['type', 'email'],
            properties: { type: { const: 'userEmail' }, email: text(320) }
          },
          {
            type: 'object',
            additionalProperties: false,
            required: ['type', 'organization', 'roles'],
            properties: {
              type: { const: 'partner' },
              organization: {
                type: 'object',
                required: ['id', 'name'],
                properties: { id: text(100), name: text(1000) },
                wanted: { en: 'an organisation { id, name }', fr: 'une organisation { id, name }' }
              },
              roles: { type: 'array', maxItems: 20, items: oneOf('admin', 'contrib', 'user'), wanted: { en: 'a list of roles', fr: 'une liste de rôles' } }
            }
          }
        ]
      }
    }
  }
}

/** What may be written, once defaults are set: `title`, `plugin`, `owner` and `scheduling` are required. */
export const processingSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['title', 'plugin', 'owner', 'scheduling'],
  properties: {
    title: text(1000),
    plugin: { type: 'string', maxLength: 214, pattern: ARTEFACT, wanted: { en: 'the id of an artefact of the registry, such as @scope-name-1', fr: 'l\'identifiant d\'un artefact du registre, tel que @scope-nom-1' } },
    owner,
    scheduling,
    active: flag(),
    debug: flag(),
    pluginIntegrity: { type: 'string', pattern: INTEGRITY, wanted: { en: 'the integrity of a content, sha512-… as the receipt of a run has it', fr: 'l\'intégrité d\'un contenu, sha512-… comme le reçu d\'une exécution la donne' } },
    retry: {
      type: 'object',
      additionalProperties: false,
      required: ['max', 'backoffSeconds'],
      properties: {
        max: { type: 'integer', minimum: 0, maximum: MAX_RETRIES, wanted: { en: `an integer from 0 to ${MAX_RETRIES}`, fr: `un entier de 0 à ${MAX_RETRIES}` } },
        backoffSeconds: { type: 'number', minimum: 1, maximum: MAX_BACKOFF_SECONDS, wanted: { en: `a number of seconds from 1 to ${MAX_BACKOFF_SECONDS}`, fr: `un nombre de secondes de 1 à ${MAX_BACKOFF_SECONDS}` } }
      },
      wanted: { en: 'how often a run that failed by what may pass is tried again { max, backoffSeconds }', fr: 'le nombre d\'essais après un échec passager { max, backoffSeconds }' }
    },
    config: { type: 'object', wanted: { en: 'an object', fr: 'un objet' } },
    permissions
  }
}
