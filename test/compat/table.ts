/**
 * docs/node-compat.md, made from a run of the snippets: what a plugin finds of each builtin, compared with the Node that runs this.
 *
 *   npm run compat:table
 */
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { builtinModules } from 'node:module'
import { isDeepStrictEqual } from 'node:util'
import { runInNewContext } from 'node:vm'
import { insteadOf } from '../../sandbox/guest/node/instead.ts'
import { closeGuests } from '../sandbox/guest/harness.ts'
import { openSandbox } from './both-sides.ts'
import { compare, isPossible, membersOf, presenceOf, snippetFiles, snippetsOf, type Presence } from './compare.ts'
import { comparePackage } from './packages/compare.ts'
import { DIFFERS } from './packages/differs.ts'
import { servedFiles } from './packages/files.ts'
import { pluginScripts } from './packages/stage.ts'
import { startRecordingServer } from './recording-server.ts'

/** What is known of one member: a snippet came to the same, or to something else and how. */
interface Finding { equal: boolean, readonly differs: string[] }

/** Of the language, and of interest all the same. */
const OF_THE_LANGUAGE = ['Atomics', 'FinalizationRegistry', 'Intl', 'SharedArrayBuffer', 'Temporal', 'WeakRef', 'WebAssembly']
const language = runInNewContext('Object.getOwnPropertyNames(globalThis)') as string[] // names
const GLOBALS = [...Object.getOwnPropertyNames(globalThis).filter(name => !language.includes(name)), ...OF_THE_LANGUAGE].sort()
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
    ...Map.groupBy(group(member => presence[member] === 'refused'), member => `refused: ${insteadOf(builtin, member) ?? 'it is not offered'}`).entries().map(([state, found]): [readonly string[], string] => [found, state]),
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

/** A small plugin for each, in `test/compat/packages/plugins`: the same log, files and requests as in plain Node, or not. */
async function packagesSection (): Promise<string> {
  const server = await startRecordingServer(servedFiles())
  const sandbox = await openSandbox([server.host])
  const rows: string[] = []
  for (const [name, script] of await pluginScripts()) {
    const { version, node, folder, archive } = await comparePackage(sandbox, server, name, script)
    const works = isDeepStrictEqual(folder, node) && isDeepStrictEqual(archive, node)
    rows.push(`| ${name} | ${version} | ${works ? 'works' : `differs: ${DIFFERS[name]?.how ?? 'not as in Node'}`} |`)
  }
  await sandbox.close()
  await server.close()
  return `## Packages\n\nEach in a small plugin of \`test/compat/packages/plugins\` that does with it what plugins do, run from a folder and from an archive: the same log, files and requests as in plain Node.\n\n| package | version | |\n|---|---|---|\n${rows.join('\n')}\n`
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

## Limits

- \`process.nextTick\`, asked for by a promise callback or after an \`await\`, runs before promise callbacks that come later: \`tick, p1, p2\`, where Node has \`p1, p2, tick\`.
- An \`import(name)\` whose name is made while the plugin runs is a \`require(name)\`: of a package with both sides it gives the CommonJS one. An import that is written out gives the other.
- Bundled ES modules see \`typeof require === 'function'\`, where Node has \`undefined\`. \`createRequire\` works.
- A class of an ES module that names itself in its own body may be called \`_Name\`: \`error.constructor.name\` of a bundled axios is \`_AxiosError\`; \`error.name\` is right.
- A plugin that replaces \`Array.prototype[Symbol.iterator]\`, methods of arrays and strings, \`Function.prototype.call\`, \`apply\` or \`bind\`, or puts \`get\` on \`Object.prototype\`, breaks \`fs\`, \`crypto\`, \`zlib\`, \`path\` and \`fetch\` for itself: they throw. Nothing leaks, and \`context.log\`, the result and the end of the run go on.
- A CommonJS file with a \`with\` statement cannot be in a package of which a module awaits at its top level: such a bundle is strict.
- The package undici (\`fetch\`, \`request\`, \`stream\`, \`Agent\`, \`setGlobalDispatcher\`…) works when it lies in \`node_modules\` of the plugin: HTTP/1.1 that it writes to its connections goes through the platform. A proxy is refused, and so is the undici that a publisher has bundled into a file of another name; both refusals can be caught.
- ssh2-sftp-client, and whoever else speaks something other than HTTP, loads and cannot connect: \`plugin-unsupported\`, which can be caught.
`

if (!existsSync(new URL('packages/node_modules', import.meta.url))) throw new Error('the packages of the table are fetched by: npm run corpora')
const sections: string[] = []
for (const builtin of names) sections.push(await builtinSection(builtin))
const text = [intro, '## Globals\n', await globalsSection(), '## Builtins\n', ...sections.filter(text => text !== ''), await packagesSection()].join('\n')
await writeFile(new URL('../../docs/node-compat.md', import.meta.url), text)
await closeGuests()
process.exit()
