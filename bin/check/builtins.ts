/** Which of Node's builtins a plugin uses, and which of their members are refused, absent, or differ. */
import { insteadOf } from '../../sandbox/guest/node/instead.ts'
import { isOfUndici } from '../../sandbox/guest/node/undici-files.ts'
import type { Workshop } from '../workshop/index.ts'
import { knownDifferences } from './differences.ts'
import { askSandbox } from './members.ts'
import type { Finding } from './report.ts'
import type { Source } from './sources.ts'

/** Stands for a module in names such as `globals WebSocket`. */
const GLOBALS = 'globals'

interface Place { readonly file: string, readonly own: boolean, readonly line: number }

export async function builtinFindings (workshop: Workshop, sources: readonly Source[]): Promise<Finding[]> {
  const places = placesOf(sources)
  const members = [...places.keys()].filter(name => !name.endsWith(' ')).sort()
  const [answers, differences] = await Promise.all([askSandbox(workshop, members), knownDifferences()])
  const modules = [...new Set([...places.keys()].map(name => name.split(' ')[0] ?? ''))].filter(name => name !== GLOBALS).sort()
  const refused = members.filter(name => answers.get(name) !== 'served' && isInNode(name))
  const ownRefused = refused.filter(name => firstPlace(places, name).own)
  const othersRefused = refused.filter(name => !ownRefused.includes(name))
  const differing = members.filter(name => answers.get(name) === 'served' && differences.has(name))
  return [
    { topic: 'builtins', level: 'ok', text: modules.length === 0 ? 'none are used' : `used: ${modules.join(', ')}` },
    ...ownRefused.map((name): Finding => ({ topic: 'builtins', level: 'error', text: `${atPlace(places, name)} uses ${shown(name)}, which the sandbox does not offer${advice(name)}.` })),
    ...differing.map((name): Finding => ({ topic: 'builtins', level: 'note', text: `${atPlace(places, name)} uses ${shown(name)}: ${differences.get(name)}.` })),
    ...(othersRefused.length === 0 ? [] : [{ topic: 'builtins', level: 'note', text: 'Dependencies mention members that the sandbox does not offer. They load; it matters only if they are called.', detail: listed(othersRefused.map(name => `${shown(name)} (${atPlace(places, name)})`)) } as const])
  ]
}

/** `fs readFile` -> where it is used; the plugin's own files first. */
function placesOf (sources: readonly Source[]): Map<string, Place> {
  const places = new Map<string, Place>()
  for (const { file, own, uses } of [...sources].sort((a, b) => Number(b.own) - Number(a.own))) {
    for (const { module, member, line } of uses) {
      if (/^(?:net|tls)$/.test(module) && member === 'connect' && isOfUndici(file)) continue // those it has
      const name = `${module} ${member}`
      if (!places.has(name)) places.set(name, { file, own, line })
    }
  }
  return places
}

/** Programs ask for members that Node itself does not have, or has on other systems: they find the same here. */
function isInNode (name: string): boolean {
  const [module = '', path = ''] = name.split(' ')
  let value: unknown = module === GLOBALS ? globalThis : process.getBuiltinModule(module)
  for (const key of path.split('.')) value = value === null || value === undefined ? undefined : Reflect.get(Object(value), key)
  return value !== undefined
}

function firstPlace (places: ReadonlyMap<string, Place>, name: string): Place {
  return places.get(name) as Place // `name` is one of its keys
}

function atPlace (places: ReadonlyMap<string, Place>, name: string): string {
  const { file, line } = firstPlace(places, name)
  return `${file}:${line}`
}

/** `fs readFile` -> `fs.readFile`; `globals WebSocket` -> `WebSocket` */
function shown (name: string): string {
  return name.replace(`${GLOBALS} `, '').replace(' ', '.')
}

function advice (name: string): string {
  const [module = '', member = ''] = name.split(' ')
  const instead = insteadOf(module, member)
  return instead === undefined ? '' : `: ${instead}`
}

function listed (lines: readonly string[]): string {
  return lines.length <= 12 ? lines.join('\n') : [...lines.slice(0, 10), `… and ${lines.length - 10} more`].join('\n')
}
