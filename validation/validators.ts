/**
 * Compiles the schemas of plugins and checks configurations. Runs in a thread that is ended when it takes too much time or memory: a
 * schema becomes code, and a small one may stand for an endless amount of work.
 */
import { Ajv, type ErrorObject, type Options, type ValidateFunction } from 'ajv'
import { Ajv2019 } from 'ajv/dist/2019.js'
import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import localize from 'ajv-i18n/localize/fr/index.js'
import { linearPattern } from './linear-pattern.ts'
import { SchemaError } from './schema-error.ts'
import type { CheckTask, ConfigFault, ThreadAnswer } from './types.ts'

/** Text of the schemas whose validators are kept: compiled, it takes about a hundred times the memory. */
const KEPT_BYTES = 256 * 1024
const MAX_FAULTS = 50
const MAX_MESSAGE = 500
const MAX_PATH = 1_000
const MAX_PARAMS = 2_000

/** The module is the function itself, where its types (of an ES module) promise it under `default`. */
const french = localize as unknown as (errors: ErrorObject[]) => void

type Dialect = typeof Ajv | typeof Ajv2019 | typeof Ajv2020
type Validator = (config: unknown) => readonly ErrorObject[] | undefined

interface Kept {
  readonly bytes: number
  /** Stops at the first fault. */
  readonly quick: Validator
  /** Looks for all of them; compiled when a configuration has one. */
  full?: Validator
}

export class Validators {
  readonly #kept = new Map<string, Kept>()
  #bytes = 0

  /** `onFirst` hears of the first fault before the others are looked for. */
  check (task: CheckTask, onFirst: (answer: ThreadAnswer) => void): ThreadAnswer {
    try {
      const config: unknown = JSON.parse(task.config)
      const kept = this.#validators(task)
      const first = kept.quick(config)
      if (first === undefined) return { kind: 'valid' }
      if (!task.listAll) return invalid(first)
      onFirst(invalid(first))
      kept.full ??= compile(task.schema, true)
      return invalid(kept.full(config) ?? first)
    } catch (error) {
      return { kind: 'bad-schema', reason: reasonOf(error) }
    }
  }

  /** The one used last goes to the end; the first ones are forgotten. */
  #validators ({ integrity, schema }: CheckTask): Kept {
    const kept = this.#kept.get(integrity) ?? this.#add(integrity, { bytes: schema.length, quick: compile(schema, false) })
    this.#kept.delete(integrity)
    this.#kept.set(integrity, kept)
    return kept
  }

  #add (integrity: string, kept: Kept): Kept {
    this.#bytes += kept.bytes
    for (const [other, { bytes }] of this.#kept) {
      if (this.#bytes <= KEPT_BYTES) break
      this.#kept.delete(other)
      this.#bytes -= bytes
    }
    this.#kept.set(integrity, kept)
    return kept
  }
}

/** An Ajv of its own for each: Ajv keeps all that it has compiled. */
function compile (text: string, allErrors: boolean): Validator {
  // Neither its name nor its dialect's address is needed to check a value; an asynchronous schema would answer a promise.
  const { $schema, $id, $async, ...schema }: Record<string, unknown> = JSON.parse(text)
  const ajv = new (dialect($schema))({ ...OPTIONS, allErrors })
  formats.default(ajv)
  const validate: ValidateFunction = ajv.compile(schema)
  return config => validate(config) ? undefined : validate.errors ?? []
}

/** Keywords and formats that nobody knows (`x-display`, `layout`) are left alone. */
const OPTIONS: Options = {
  strict: false,
  ownProperties: true,
  addUsedSchema: false,
  logger: false,
  $data: false,
  // A schema that is referred to in many places is compiled once.
  inlineRefs: false,
  code: { regExp: Object.assign(linearPattern, { code: 'linearPattern' }) }
}

function dialect ($schema: unknown): Dialect {
  const name = String($schema)
  if (name.includes('2020-12')) return Ajv2020
  return name.includes('2019-09') ? Ajv2019 : Ajv
}

function invalid (errors: readonly ErrorObject[]): ThreadAnswer {
  const first = errors.slice(0, MAX_FAULTS)
  const english = first.map(({ message }) => message ?? 'is not valid')
  const translated = first.map(error => ({ ...error }))
  french(translated)
  return { kind: 'invalid', faults: first.map((error, index) => toFault(error, english[index] ?? '', translated[index]?.message ?? '')) }
}

function toFault ({ instancePath, params }: ErrorObject, en: string, fr: string): ConfigFault {
  const small = JSON.stringify(params).length <= MAX_PARAMS
  return { path: cut(instancePath, MAX_PATH), message: { en: cut(en, MAX_MESSAGE), fr: cut(fr, MAX_MESSAGE) }, params: small ? params : {} }
}

function cut (text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length).toWellFormed()}…`
}

function reasonOf (error: unknown): Extract<ThreadAnswer, { readonly kind: 'bad-schema' }>['reason'] {
  if (error instanceof SchemaError) return error.reason
  const words = cut(error instanceof Error ? error.message : String(error), MAX_MESSAGE)
  return { en: words, fr: `le validateur dit « ${words} »` }
}
