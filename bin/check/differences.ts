/** Members that work, but not quite as in Node: what docs/node-compat.md says of them. */
import { readFile } from 'node:fs/promises'

const page = new URL('../../docs/node-compat.md', import.meta.url)

/** `fs watch` -> how it differs. Empty when the page is not there. */
export async function knownDifferences (file: URL | string = page): Promise<ReadonlyMap<string, string>> {
  const text = await readFile(file, 'utf8').catch(() => '') // made by the compatibility tests
  return parseDifferences(text)
}

/** Reads the rows `| builtin | members | differs: how |` of the page's tables; cells may be set in backquotes, `how` in a cell of its own. */
export function parseDifferences (text: string): ReadonlyMap<string, string> {
  const rows = text.split('\n').filter(line => line.startsWith('|')).map(line => line.split(/(?<!\\)\|/).slice(1, -1).map(cell => cell.trim().replaceAll('`', '')))
  const found = rows.flatMap(([module = '', member = '', ...rest]) => {
    const how = /^differs\b[\s:(]*(.*?)\)?$/.exec(rest.join(' ').trim())?.[1]
    if (how === undefined) return []
    return member.split(/[\s,]+/).map(name => [`${module.replace(/^node:/, '')} ${name}`, how === '' ? 'it differs from Node' : how] as const)
  })
  return new Map(found)
}
