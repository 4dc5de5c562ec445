import { readFile, stat } from 'node:fs/promises'

/** Far beyond any file of a plugin that describes it. */
const MAX_BYTES = 8 * 1024 * 1024

export type JsonFile =
  | { readonly kind: 'object', readonly value: Readonly<Record<string, unknown>> }
  | { readonly kind: 'absent' }
  | { readonly kind: 'malformed', readonly why: string }

/** Throws only what the file system throws for a file that is there. */
export async function readJson (file: string): Promise<JsonFile> {
  try {
    const { size } = await stat(file)
    if (size > MAX_BYTES) return { kind: 'malformed', why: `it has ${size} bytes, at most ${MAX_BYTES} are read` }
    const value: unknown = JSON.parse((await readFile(file, 'utf8')).replace(/^\uFEFF/, ''))
    return isObject(value) ? { kind: 'object', value } : { kind: 'malformed', why: 'it holds no object' }
  } catch (error) {
    if (error instanceof SyntaxError) return { kind: 'malformed', why: error.message }
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return { kind: 'absent' }
    throw error
  }
}

export function isObject (value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A text that is not empty. */
export function textOf (value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
