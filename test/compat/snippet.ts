/**
 * Pieces of a program that run twice: in Node, and in an isolate. Both must come to the same. What a snippet runs is the text of its
 * function: it can use nothing from around it.
 */

/** What Node or the guest gives: any module. */
type Module = any
export interface Snippet {
  /** Members of the builtin that it uses, separated by spaces: `join resolve promises.readFile`. */
  readonly members: string
  run (module: Module, require: (name: string) => Module): unknown
  /** A member of another builtin that it leads to, as `zlib.createGzip`: it is left out while that one is refused. */
  readonly needs?: string
  /** How the guest's answer differs, when it is meant to. The test fails when it does not. */
  readonly differs?: string
}

/** By name of the builtin, or `globals`. */
export type Snippets = readonly Snippet[]

/** Answers what a snippet comes to, or what it throws, as JSON text. Its text, too, runs in the guest. */
export async function outcomeOf (run: () => unknown): Promise<string> {
  const shown = (_key: string, value: unknown): unknown => {
    if (value === undefined) return '[undefined]'
    if (typeof value === 'bigint') return `[bigint ${value}]`
    if (typeof value === 'function') return `[function ${value.name}]`
    if (typeof value === 'symbol') return `[${String(value)}]`
    if (typeof value === 'number' && !Number.isFinite(value)) return `[${value}]`
    if (value instanceof Error) return [value.name, (value as { code?: unknown }).code, value.message]
    if (value instanceof Map) return ['[map]', ...value]
    if (value instanceof Set) return ['[set]', ...value]
    return value
  }
  try {
    return JSON.stringify([await run()], shown)
  } catch (error) {
    return JSON.stringify({ thrown: error }, shown)
  }
}
