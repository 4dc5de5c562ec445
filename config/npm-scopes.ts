/** NPM_SCOPES: which registry has the packages of a scope. */
import { optionalUrl, type Key } from './kinds.ts'
import { parseJsonObject } from './read.ts'

export interface NpmScope {
  readonly url: string
  readonly token?: string
}

const SCOPE = /^@[a-z0-9-][a-z0-9._-]*$/
const url = optionalUrl('')

/** JSON such as `{ "@acme": "https://npm.acme.org", "@other": { "url": "https://…", "token": "…" } }`. Secret as a whole: it may hold tokens. */
export function npmScopes (meaning: string): Key<Readonly<Record<string, NpmScope>> | undefined> {
  return {
    wanted: 'a JSON object of scopes such as @acme, each with the address of its registry or { "url": …, "token": … }',
    fallback: undefined,
    fallbackText: '',
    meaning,
    secret: true,
    parse: text => {
      const scopes = Object.entries(parseJsonObject(text) ?? { '': '' }).map(([scope, value]) => [scope, SCOPE.test(scope) ? readScope(value) : undefined] as const)
      if (scopes.some(([, scope]) => scope === undefined)) return { ok: false }
      return { ok: true, value: Object.freeze(Object.fromEntries(scopes as (readonly [string, NpmScope])[])) } // none is undefined: the line above
    }
  }
}

function readScope (value: unknown): NpmScope | undefined {
  if (typeof value === 'string') return readScope({ url: value })
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const { url: address, token, ...more } = value as Record<string, unknown> // checked in the line above
  const parsed = typeof address === 'string' && address !== '' ? url.parse(address) : { ok: false as const }
  if (!parsed.ok || parsed.value === undefined || Object.keys(more).length > 0) return undefined
  if (token === undefined) return { url: parsed.value }
  return typeof token === 'string' && token !== '' ? { url: parsed.value, token } : undefined
}
