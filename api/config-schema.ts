/**
 * Checks a configuration against the schema of a plugin. The schema comes from a plugin and is not trusted: its size and depth are
 * bounded, its references are local, it is compiled in an Ajv of its own. Not covered here: a pattern that backtracks for ever blocks
 * the thread that checks it.
 */
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import { Ajv2019 } from 'ajv/dist/2019.js'
import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'

const MAX_COMPILED = 100
const MAX_DEPTH = 64
const MAX_NODES = 20_000
const MAX_FAULTS = 50

interface ConfigFault {
  /** JSON pointer into the configuration; empty for the whole. */
  readonly path: string
  readonly message: string
  readonly params: Readonly<Record<string, unknown>>
}

export type ConfigCheck =
  | { readonly kind: 'valid' }
  /** At most 50 faults. */
  | { readonly kind: 'invalid', readonly faults: readonly ConfigFault[] }
  /** The plugin's author has to repair the schema. */
  | { readonly kind: 'bad-schema', readonly reason: string }

/** One validator for each content of a plugin, the 100 used last. */
export class ConfigSchemas {
  readonly #compiled = new Map<string, ValidateFunction>()

  /** `integrity` names the content that the schema belongs to. Neither the schema nor the configuration is changed. */
  check (integrity: string, schema: Readonly<Record<string, unknown>>, config: Readonly<Record<string, unknown>>): ConfigCheck {
    try {
      const validate = this.#validator(integrity, schema)
      if (validate(config)) return { kind: 'valid' }
      return { kind: 'invalid', faults: (validate.errors ?? []).slice(0, MAX_FAULTS).map(toFault) }
    } catch (error) {
      return { kind: 'bad-schema', reason: error instanceof Error ? error.message : String(error) }
    }
  }

  #validator (integrity: string, schema: Readonly<Record<string, unknown>>): ValidateFunction {
    const validate = this.#compiled.get(integrity) ?? compile(schema)
    // The one used last goes to the end; the first one is forgotten.
    this.#compiled.delete(integrity)
    this.#compiled.set(integrity, validate)
    const [oldest] = this.#compiled.keys()
    if (this.#compiled.size > MAX_COMPILED && oldest !== undefined) this.#compiled.delete(oldest)
    return validate
  }
}

function compile (schema: Readonly<Record<string, unknown>>): ValidateFunction {
  checkBounds(schema)
  // Neither its name nor its dialect's address is needed to check a value; an asynchronous schema would answer a promise.
  const { $schema, $id, $async, ...rest } = schema
  const ajv = new (dialect($schema))({ strict: false, allErrors: true, ownProperties: true, addUsedSchema: false, logger: false })
  formats.default(ajv)
  return ajv.compile(rest)
}

function dialect ($schema: unknown): typeof Ajv | typeof Ajv2019 | typeof Ajv2020 {
  const name = String($schema)
  if (name.includes('2020-12')) return Ajv2020
  return name.includes('2019-09') ? Ajv2019 : Ajv
}

function checkBounds (schema: object): void {
  let nodes = 0
  const visit = (value: object, depth: number): void => {
    if (depth > MAX_DEPTH) throw new RangeError(`a schema may be nested ${MAX_DEPTH} levels deep at most`)
    for (const child of Object.values(value)) {
      if (++nodes > MAX_NODES) throw new RangeError(`a schema may have ${MAX_NODES} values at most`)
      if (typeof child === 'object' && child !== null) visit(child, depth + 1)
    }
  }
  visit(schema, 1)
}

function toFault ({ instancePath, message, params }: ErrorObject): ConfigFault {
  return { path: instancePath, message: message ?? 'is not valid', params }
}
