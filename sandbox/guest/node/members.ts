/** What the prelude was told about the Node that built it (sandbox/prelude.ts). Texts of JSON: most are never asked for. */
import type { Members } from '../../node-members.ts'
import { hasOwn, jsonParse } from '../primordials.ts'

interface Facts {
  /** Of all builtins, by name without `node:`. */
  readonly members: Readonly<Record<string, string>>
  /** `{ ENOENT: [-2, 'no such file or directory'] }` */
  readonly systemErrors: string
}

/** A module that sandbox/prelude.ts writes, evaluated when it is first asked for. */
const facts = (): Facts => require('vivarium:node-facts') as Facts

export function membersOf (name: string): Members {
  const { members } = facts()
  return hasOwn(members, name) ? jsonParse(members[name] ?? '{}') as Members : {} // sandbox/node-members.ts made it
}

/** The values of an object of constants: `constantsOf('os', 'constants', 'errno')`. */
export function constantsOf (name: string, ...path: readonly string[]): Record<string, string | number | boolean> {
  const found = path.reduce<Members>((members, key) => members.objects?.[key] ?? {}, membersOf(name))
  return { ...found.values }
}

let errors: Readonly<Record<string, readonly [errno: number, message: string]>> | undefined

/** Number and sentence of libuv for each error code. */
export function systemErrors (): Readonly<Record<string, readonly [errno: number, message: string]>> {
  errors ??= jsonParse(facts().systemErrors) as NonNullable<typeof errors>
  return errors
}
