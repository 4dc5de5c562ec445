/** Runs the snippets of this folder in Node and in an isolate, and looks which members of each builtin the isolate has. */
import { mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs'
import { builtinModules, createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { evaluate } from '../sandbox/guest/harness.ts'
import { makeFolders, removeFolders } from '../sandbox/guest/temporary-folders.ts'
import { outcomeOf, type Snippet, type Snippets } from './snippet.ts'

export interface Comparison { readonly snippet: Snippet, readonly node: string, readonly guest: string }
export type Presence = 'present' | 'refused' | 'absent'

const folder = new URL('builtins/', import.meta.url)
const nodeRequire = createRequire(import.meta.url)

/** Names of files -> names of builtins: `stream-promises.ts` is `stream/promises`. */
export function snippetFiles (): readonly { readonly builtin: string, readonly file: string }[] {
  const known = new Set(builtinModules)
  return readdirSync(folder).filter(file => file.endsWith('.ts')).map(file => {
    const name = file.slice(0, -3)
    return { builtin: known.has(name) || name === 'globals' ? name : name.replace('-', '/'), file }
  })
}

export async function snippetsOf (file: string): Promise<Snippets> {
  return (await import(new URL(file, folder).href) as { default: Snippets }).default
}

export async function compare (builtin: string, snippet: Snippet): Promise<Comparison> {
  const module: unknown = builtin === 'globals' ? globalThis : nodeRequire(`node:${builtin}`)
  const node = await inFolder(() => outcomeOf(() => snippet.run(module, nodeRequire)))
  const source = builtin === 'globals' ? 'globalThis' : `require('node:${builtin}')`
  const guest = await evaluate(`async (context, require) => await (${outcomeOf})(() => (${methodText(snippet.run)})(${source}, require))` as never, { folders: makeFolders(), job: { dir: '/processing' } })
  removeFolders()
  return { snippet, node, guest: String(guest) }
}

/** In an empty folder, which answers call as a plugin calls its own. */
async function inFolder (run: () => Promise<string>): Promise<string> {
  const before = process.cwd()
  const own = realpathSync(mkdtempSync(path.join(tmpdir(), 'vivarium-compat-')))
  process.chdir(own)
  try {
    return (await run()).replaceAll(own, '/processing')
  } finally {
    process.chdir(before)
    rmSync(own, { recursive: true, force: true })
  }
}

/** Whether what the snippet leads to is served. */
export async function isPossible ({ needs }: Snippet): Promise<boolean> {
  if (needs === undefined) return true
  const [builtin = '', ...member] = needs.split('.')
  return (await presenceOf(`require('node:${builtin}')`, [member.join('.')]))[member.join('.')] === 'present'
}

/** The text of a method of an object literal is no expression: that of a function is. */
function methodText (run: Snippet['run']): string {
  const text = String(run)
  return /^(?:async\s+)?run\s*\(/.test(text) ? text.replace(/^(async\s+)?run\s*\(/, '$1function (') : text
}

/** Public members of a builtin in Node, those of `promises` and `types` included. */
export function membersOf (builtin: string): string[] {
  const module = nodeRequire(`node:${builtin}`) as object
  const names = Object.keys(module).filter(name => !name.startsWith('_') && Reflect.get(module, name) !== undefined)
  const inner = names.filter(name => name === 'promises' || name === 'types').flatMap(name => Object.keys(Reflect.get(module, name) as object).map(key => `${name}.${key}`))
  return [...names.filter(name => name !== 'promises' && name !== 'types'), ...inner]
}

/** What the guest makes of each of these members of `holder`, an expression. A refused one has the text of one that is refused for certain. */
export async function presenceOf (holder: string, members: readonly string[]): Promise<Readonly<Record<string, Presence>>> {
  return await evaluate(`(context, require) => {
    const { exec, ChildProcess } = require('child_process')
    const texts = [String(exec), String(ChildProcess)]
    const presence = {}
    for (const name of ${JSON.stringify(members)}) {
      let value = ${holder}
      for (const key of name.split('.')) value = value?.[key]
      presence[name] = value === undefined ? 'absent' : typeof value === 'function' && texts.includes(String(value)) ? 'refused' : 'present'
    }
    return presence
  }` as never) as Record<string, Presence>
}
