/**
 * docs/node-compat.md, made from a run of the snippets: what a plugin finds of each builtin, compared with the Node that runs this.
 *
 *   npm run compat:table
 */
import { writeFile } from 'node:fs/promises'
import { builtinModules } from 'node:module'
import { insteadOf } from '../../sandbox/guest/node/instead.ts'
import { closeGuests } from '../sandbox/guest/harness.ts'
import { compare, isPossible, membersOf, presenceOf, snippetFiles, snippetsOf, type Presence } from './compare.ts'

/** What is known of one member: a snippet came to the same, or to something else and how. */
interface Finding { equal: boolean, readonly differs: string[] }

const GLOBALS = [
  'AbortController', 'AbortSignal', 'Atomics', 'Blob', 'BroadcastChannel', 'Buffer', 'ByteLengthQueuingStrategy', 'CloseEvent', 'CompressionStream', 'CountQueuingStrategy', 'CustomEvent', 'DOMException',
  'DecompressionStream', 'ErrorEvent', 'Event', 'EventSource', 'EventTarget', 'File', 'FinalizationRegistry', 'FormData', 'Headers', 'Intl', 'MessageChannel', 'MessageEvent', 'MessagePort', 'ReadableStream', 'Request',
  'Response', 'SharedArrayBuffer', 'Storage', 'Temporal', 'TextDecoder', 'TextDecoderStream', 'TextEncoder', 'TextEncoderStream', 'TransformStream', 'URL', 'URLPattern', 'URLSearchParams', 'WeakRef', 'WebAssembly', 'WebSocket',
  'WritableStream', 'atob', 'btoa', 'clearImmediate', 'clearInterval', 'clearTimeout', 'console', 'crypto', 'fetch', 'global', 'localStorage', 'navigator', 'performance', 'process', 'queueMicrotask', 'sessionStorage', 'setImmediate',
  'setInterval', 'setTimeout', 'structuredClone'
]
const files = new Map(snippetFiles().map(({ builtin, file }) => [builtin, file]))
const names = builtinModules.filter(name => !name.startsWith('_')).map(name => name.replace('node:', ''))

async function findingsOf (builtin: string): Promise<Map<string, Finding>> {
  const findings = new Map<string, Finding>()
  const file = files.get(builtin)
  for (const snippet of file === undefined ? [] : await snippetsOf(file)) {
    if (!await isPossible(snippet)) continue
    const { node, guest } = await compare(builtin, snippet)
    for (const member of snippet.members.split(' ')) {
      const known = findings.get(member) ?? { equal: false, differs: [] }
      findings.set(member, known)
      if (node === guest) known.equal = true
      else known.differs.push(snippet.differs ?? 'not as in Node')
    }
  }
  return findings
}

function section (builtin: string, members: readonly string[], presence: Readonly<Record<string, Presence>>, findings: ReadonlyMap<string, Finding>): string {
  const of = (member: string): Finding | undefined => findings.get(member) ?? findings.get('*')
  const group = (wanted: (member: string) => boolean): string[] => members.filter(wanted)
  const there = group(member => presence[member] === 'present')
  const rows: [readonly string[], string][] = [
    [there.filter(member => of(member)?.equal === true), 'works'],
    [there.filter(member => of(member) === undefined), 'there, not compared'],
    ...there.flatMap(member => (of(member)?.differs ?? []).map(how => [[member], `differs: ${how}`] as [string[], string])),
    [group(member => presence[member] === 'refused'), `refused: ${insteadOf(builtin) ?? 'it is not offered'}`],
    [group(member => presence[member] === 'absent'), 'absent']
  ]
  const shown = rows.filter(([found]) => found.length > 0).map(([found, state]) => `| ${builtin} | ${found.map(member => `\`${member}\``).join(' ')} | ${state} |`)
  return shown.length === 0 ? '' : `### ${builtin}\n\n| builtin | members | |\n|---|---|---|\n${shown.join('\n')}\n`
}

async function builtinSection (builtin: string): Promise<string> {
  const members = membersOf(builtin)
  return section(builtin, members, await presenceOf(`require('node:${builtin}')`, members), await findingsOf(builtin))
}

async function globalsSection (): Promise<string> {
  return section('globals', GLOBALS, await presenceOf('globalThis', GLOBALS), await findingsOf('globals'))
}

const intro = `# Node in the sandbox

What a plugin finds of Node ${process.versions.node}'s builtins and globals. Made by \`npm run compat:table\` from a run of the snippets in \`test/compat/builtins\`,
each of which runs in Node and in an isolate: do not edit.

- **works**: a snippet comes to the same in both.
- **differs**: it does not, and how.
- **there, not compared**: the member is served, and no snippet uses it.
- **refused**: it loads, can be taken apart, patched and extended; calling or constructing it throws an error with the code \`plugin-unsupported\`.
- **absent**: \`undefined\`.

A builtin goes by both names, \`fs\` and \`node:fs\`. A builtin goes before a package of its name.
`

const sections: string[] = []
for (const builtin of names) sections.push(await builtinSection(builtin))
const text = [intro, '## Globals\n', await globalsSection(), '## Builtins\n', ...sections.filter(text => text !== '')].join('\n')
await writeFile(new URL('../../docs/node-compat.md', import.meta.url), text)
await closeGuests()
process.exit()
