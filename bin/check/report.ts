/** What was found out about a plugin, and how a person reads it. Pure. */
import { paint } from '../follow/entry-line.ts'
import { wrap } from '../demo/table.ts'

type Level = 'ok' | 'note' | 'warning' | 'error'

export interface Finding {
  readonly topic: 'entry' | 'schema' | 'dependencies' | 'builtins' | 'native' | 'hosts' | 'size' | 'load'
  /** `error`: something will not work. */
  readonly level: Level
  readonly text: string
  /** Lines of code, or a list: shown below as they are. */
  readonly detail?: string
}

export interface Report {
  readonly plugin: { readonly name: string, readonly version: string }
  /** No finding is an error. */
  readonly works: boolean
  readonly findings: readonly Finding[]
}

const marks = { ok: ['✓', 'green'], note: ['·', 'gray'], warning: ['!', 'yellow'], error: ['✗', 'red'] } as const
const topicWidth = 13
const indent = ' '.repeat(topicWidth + 3)

export function reportText ({ plugin, works, findings }: Report, width: number): string {
  const lines = findings.flatMap(({ topic, level, text, detail }, index) => {
    const [mark, style] = marks[level]
    const name = findings[index - 1]?.topic === topic ? '' : topic
    const [first = '', ...more] = wrap(text, Math.max(40, width - indent.length))
    const below = detail === undefined ? [] : detail.split('\n')
    return [`${paint(style, mark)} ${name.padEnd(topicWidth)} ${first}`, ...[...more, ...below].map(line => `${indent}${line}`)]
  })
  const count = findings.filter(({ level }) => level === 'error').length
  const verdict = works ? paint('green', 'Nothing was found that would not work.') : paint('red', `${count} ${count === 1 ? 'thing' : 'things'} will not work.`)
  return `${paint('bold', `${plugin.name} ${plugin.version}`)}\n\n${lines.map(line => line.trimEnd()).join('\n')}\n\n${verdict}\n`
}
