/** The document of one processing: its own addresses, and what its plugin takes for a configuration. Pure. */
import type { JsonSchema, Route } from '../routes/route.ts'
import { schemas } from '../schemas/index.ts'
import type { Processing } from '../../store/types.ts'
import type { Locale } from '../texts.ts'
import { documentOf, type Document } from './document.ts'

const PREFIX = '/api/v1/processings/{id}'
const CONFIG = '#/components/schemas/Config'

/** `configSchema`: undefined when the plugin has none. */
export function processingDocument (routes: readonly Route[], { _id, title }: Pick<Processing, '_id' | 'title'>, configSchema: JsonSchema | undefined, locale: Locale): Document {
  const own = routes.filter(({ path }) => path === PREFIX || path.startsWith(`${PREFIX}/`))
  return documentOf(own, {
    title: `Vivarium: ${title}`,
    locale,
    server: `/api/v1/processings/${_id}`,
    pathOf: path => path === PREFIX ? '/' : path.slice(PREFIX.length),
    withoutId: true,
    examples: false,
    ...(configSchema === undefined ? {} : { schemas: withConfig(configSchema) })
  })
}

function withConfig (configSchema: JsonSchema): Record<string, JsonSchema> {
  const at = (name: string, config: JsonSchema): Record<string, JsonSchema> => {
    const schema = schemas[name]
    return { [name]: { ...schema, properties: { ...schema?.properties as object, config } } } // "properties" of a JSON schema
  }
  return {
    ...schemas,
    Config: embedded(configSchema) as JsonSchema, // an object stays one
    ...at('Processing', { $ref: CONFIG }),
    ...at('ProcessingPatch', { anyOf: [{ $ref: CONFIG }, { type: 'null' }] })
  }
}

/** Words of JSON Schema that say what schema it is, not what fits it; `layout` says how a form looks. */
const DROPPED = ['$schema', '$id', 'layout']

/** Its inner references lead to where it lies now. */
function embedded (value: unknown): unknown {
  if (Array.isArray(value)) return value.map(embedded)
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value).filter(([key, child]) => !(DROPPED.includes(key) && !isSchema(child)) && !key.startsWith('x-'))
  return Object.fromEntries(kept.map(([key, child]) => [key, key === '$ref' && typeof child === 'string' && child.startsWith('#') ? `${CONFIG}${child.slice(1)}` : embedded(child)]))
}

/** A property that is called as such a word is kept. */
function isSchema (value: unknown): boolean {
  return typeof value === 'object' && value !== null && ('type' in value || '$ref' in value || 'properties' in value)
}
