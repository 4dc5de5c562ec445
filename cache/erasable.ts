/**
 * TypeScript of a plugin must be erasable, as for Node itself, which removes types and compiles nothing: esbuild would compile an enum
 * that no other tool of its author accepts. Runs in a build worker.
 */
import { stripTypeScriptTypes } from 'node:module'

export interface NotErasable {
  /** A sentence without a full stop. */
  readonly text: string
  /** From 1. */
  readonly line: number
  /** From 0. */
  readonly column: number
  readonly lineText: string
}

const ADVICE: readonly (readonly [RegExp, string])[] = [
  [/enum/, 'use an object with `as const`'],
  [/parameter property/, 'declare the field, and assign it in the constructor'],
  [/namespace|module/, 'use a module'],
  [/import equals/, 'use `import … from`'],
  [/export assignment/, 'use `export default`']
]

/** Undefined when all of the file's TypeScript can be erased, or when it has another error, which esbuild describes better. */
export function notErasable (code: string): NotErasable | undefined {
  try {
    stripTypeScriptTypes(code)
    return undefined
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error.code !== 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX') return undefined
    return { text: sentence(error.message), ...placeOf(error.stack ?? '', code) }
  }
}

function sentence (message: string): string {
  const what = message.replace(/,? is not supported in .*$/s, '').replace(/^TypeScript /, '').replace(/^The angle-bracket syntax.*$/, '`<Type>value`')
  const advice = ADVICE.find(([words]) => words.test(what))?.[1] ?? (/ `expr as T`/.test(message) ? 'write `value as Type`' : undefined)
  return `TypeScript ${what} cannot be erased (types are removed, not compiled)${advice === undefined ? '' : `: ${advice}`}`
}

/**
 * Node begins such a stack with `:<line>` and an excerpt: of one line with a row of carets below, or of several with a mark at the
 * first and at the last; the place is then where the first begins.
 */
function placeOf (stack: string, code: string): Omit<NotErasable, 'text'> {
  const line = Number(/^[^\n]*:(\d+)\n/.exec(stack)?.[1] ?? 1)
  const lineText = code.split('\n', line).at(-1) ?? ''
  const carets = /^ *\^+$/m.exec(stack.slice(0, stack.indexOf('\nSyntaxError')))?.[0].indexOf('^')
  return { line, column: carets ?? /\S|$/.exec(lineText)?.index ?? 0, lineText }
}
