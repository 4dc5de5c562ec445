/** What JSON Schema finds wrong -> a sentence for each place. Pure. */
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js'
import { HttpError, type Problem } from './errors.ts'
import { printFound } from './print-found.ts'
import { schemas } from './schemas/index.ts'
import type { Text, TextCode } from './texts.ts'

const MAX_PROBLEMS = 20

const ajv = new Ajv2020({ allErrors: true, verbose: true, discriminator: true, allowUnionTypes: true, strict: false })
ajv.addKeyword({ keyword: 'wanted', schemaType: 'object' })

/** A checker of bodies, for our own schemas: their `wanted` tells what is wrong. It throws 400 with all problems. */
export function schemaChecker (schema: object): (body: object) => void {
  const validate = ajv.compile({ ...schema, components: { schemas } }) // where `named` leads to
  return body => {
    if (!validate(body)) throw refusal(toProblems(validate.errors ?? []))
  }
}

export function problem (pointer: string, code: TextCode, params: Problem['params']): Problem {
  return { pointer, code, params }
}

/** 400 with all of them; the first one gives the code. */
export function refusal (problems: readonly Problem[]): HttpError {
  const [first] = problems
  return first === undefined ? new HttpError(400, 'bad-request') : new HttpError(400, first.code, first.params, { problems })
}

/** One problem per place: of the errors of Ajv about it, the one whose schema says what is wanted. */
function toProblems (errors: readonly ErrorObject[]): Problem[] {
  const places = new Map<string, Problem>()
  for (const error of errors) {
    const { pointer, problem } = toProblem(error)
    const told = places.get(pointer)
    if (problem !== undefined && (told === undefined || told.code === 'unknown-field')) places.set(pointer, problem)
  }
  return [...places.values()].slice(0, MAX_PROBLEMS)
}

function toProblem (error: ErrorObject): { readonly pointer: string, readonly problem?: Problem } {
  if (error.keyword === 'required') {
    const pointer = `${error.instancePath}/${String(error.params.missingProperty)}`
    const wanted = wantedOf((error.parentSchema?.properties as Record<string, object> | undefined)?.[String(error.params.missingProperty)]) // "properties" of a JSON schema
    return { pointer, problem: problem(pointer, 'missing-field', { field: dotted(pointer), wanted: wanted ?? { en: 'a value', fr: 'une valeur' } }) }
  }
  if (error.keyword === 'additionalProperties') {
    const pointer = `${error.instancePath}/${String(error.params.additionalProperty)}`
    return { pointer, problem: problem(pointer, 'unknown-field', { field: dotted(pointer) }) }
  }
  const pointer = error.instancePath
  const wanted = wantedOf(error.parentSchema)
  if (wanted === undefined) return { pointer }
  return { pointer, problem: problem(pointer, 'bad-field', { field: dotted(pointer), wanted, found: printFound(error.data) }) }
}

function wantedOf (found: object | undefined): Text | undefined {
  const schema = found !== undefined && '$ref' in found ? schemas[String(found.$ref).split('/').at(-1) ?? ''] : found
  return schema !== undefined && 'wanted' in schema ? schema.wanted as Text : undefined // only our own schemas have this keyword
}

/** `/scheduling/0/hour` -> `scheduling[0].hour` */
function dotted (pointer: string): string {
  return pointer.slice(1).replace(/\/(\d+)(?=\/|$)/g, '[$1]').replaceAll('/', '.')
}
