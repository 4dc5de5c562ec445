/** Parameters that several routes take. */
import { DEFAULT_SIZE, MAX_SIZE, MAX_SKIP } from '../query.ts'
import type { Parameter } from './route.ts'

/** Of whatever a path names by `{id}`: processings, runs. */
export const idParameter: Parameter = {
  says: { en: 'Its id.', fr: 'Son identifiant.' },
  schema: { type: 'string', pattern: '^[\\w-]{1,64}$', wanted: { en: 'at most 64 letters, digits, "-" or "_"', fr: 'au plus 64 lettres, chiffres, « - » ou « _ »' } }
}

export const pageParameters: Readonly<Record<string, Parameter>> = {
  size: {
    says: { en: 'How many are listed; 0: only the count is wanted.', fr: 'Nombre d\'éléments listés ; 0 : seul leur nombre est voulu.' },
    schema: { type: 'integer', minimum: 0, maximum: MAX_SIZE, default: DEFAULT_SIZE, wanted: { en: `a whole number from 0 to ${MAX_SIZE}`, fr: `un nombre entier de 0 à ${MAX_SIZE}` } }
  },
  page: {
    says: { en: 'From 1; `skip` wins over it.', fr: 'À partir de 1 ; `skip` l\'emporte.' },
    schema: { type: 'integer', minimum: 1, wanted: { en: 'the number of a page, from 1', fr: 'le numéro d\'une page, à partir de 1' } }
  },
  skip: {
    says: { en: 'How many are left out before the first.', fr: 'Nombre d\'éléments passés avant le premier.' },
    schema: { type: 'integer', minimum: 0, maximum: MAX_SKIP, wanted: { en: `a whole number from 0 to ${MAX_SKIP}`, fr: `un nombre entier de 0 à ${MAX_SKIP}` } }
  }
}

export const ownerParameters: Readonly<Record<string, Parameter>> = {
  owner: {
    says: {
      en: 'Whose are listed: `type:id`, or `type:id:department`; by default those of the caller\'s account. Of another account only what is shared with the caller is listed.',
      fr: 'De qui : `type:id`, ou `type:id:department` ; par défaut ceux du compte de l\'appelant. D\'un autre compte, seul ce qui est partagé avec l\'appelant est listé.'
    },
    schema: { type: 'string', maxLength: 400, wanted: { en: 'one type:id or type:id:department', fr: 'un seul type:id ou type:id:department' } }
  },
  showAll: {
    says: { en: 'Those of all accounts: for super-admins.', fr: 'Ceux de tous les comptes : pour les super-administrateurs.' },
    schema: { type: 'boolean', wanted: { en: 'true or false', fr: 'true ou false' } }
  }
}

/** `field:1,other:-1` */
export function sortParameter (...fields: string[]): Parameter {
  const one = `(?:${fields.map(field => field.replaceAll('.', '\\.')).join('|')})(?::-?1)?`
  return {
    says: { en: `Fields with a direction, such as \`${fields[0]}:1\` or \`${fields[0]}:-1,_id:1\`.`, fr: `Champs avec un sens, tels que \`${fields[0]}:1\` ou \`${fields[0]}:-1,_id:1\`.` },
    schema: {
      type: 'string',
      maxLength: 400,
      pattern: `^${one}(?:,${one})*$`,
      wanted: { en: `field:1 or field:-1 with a field of ${fields.join(', ')}`, fr: `champ:1 ou champ:-1 avec un champ parmi ${fields.join(', ')}` }
    }
  }
}
