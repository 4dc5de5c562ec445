/** Parameters of an address against the table. Pure. Values stay texts: nothing of them ever reaches a database as an operator. */
import { Ajv2020 } from 'ajv/dist/2020.js'
import { HttpError } from '../errors.ts'
import { badParameter, type Query } from '../query.ts'
import type { JsonSchema, Parameter } from './route.ts'

type Sent = Readonly<Record<string, string | string[] | undefined>>

const ajv = new Ajv2020({ strict: false })

/**
 * A checker of what is sent as `?a=b`: flat, each once, none that the table does not name. What is sent empty counts as absent, as
 * upstream. It throws 400 and names the parameter.
 */
export function queryChecker (rules: Readonly<Record<string, Parameter>>): (sent: Sent) => Query {
  const fits = new Map(Object.entries(rules).map(([name, rule]) => [name, fitter(rule)]))
  const wanted = Object.keys(rules).length === 0 ? { en: 'none', fr: 'aucun paramètre' } : Object.keys(rules).join(', ')
  return sent => {
    const query: Record<string, string> = {}
    for (const [field, value] of Object.entries(sent)) {
      const fit = fits.get(field)
      if (fit === undefined) throw new HttpError(400, 'unknown-parameter', { field, wanted })
      if (typeof value !== 'string') throw badParameter(field, { en: 'one value', fr: 'une seule valeur' }, value)
      if (value === '') continue
      fit(field, value)
      query[field] = value
    }
    return query
  }
}

/** Throws 400 for a text that does not fit. */
function fitter ({ schema }: Parameter): (field: string, text: string) => void {
  const validate = ajv.compile(schema)
  return (field, text) => {
    if (!validate(valueOf(text, schema))) throw badParameter(field, schema.wanted, text)
  }
}

/** The value that a text stands for where the schema wants a number or a flag; the text itself when it stands for none. */
function valueOf (text: string, { type }: JsonSchema): unknown {
  if (type === 'integer') return /^\d{1,15}$/.test(text) ? Number(text) : text
  if (type === 'number') return /^\d{1,15}(\.\d{1,3})?$/.test(text) ? Number(text) : text
  if (type === 'boolean') return text === 'true' || (text === 'false' ? false : text)
  return text
}
