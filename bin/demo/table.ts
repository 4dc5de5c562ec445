/** Rows of texts as columns; pure. */

export interface Column {
  readonly title: string
  readonly align?: 'right'
}

export interface Row {
  readonly cells: readonly string[]
  /** A sentence: the last column, wrapped; below its row when the width leaves it no room. */
  readonly note: string
}

const gap = '  '
const leastNoteWidth = 36
const noteIndent = 4

/** Lines of at most `width` characters, as far as the cells allow. */
export function table (columns: readonly Column[], noteTitle: string, rows: readonly Row[], width: number): string[] {
  const widths = columns.map(({ title }, index) => Math.max(title.length, ...rows.map(row => (row.cells[index] ?? '').length)))
  const line = (cells: readonly string[]): string => cells.map((cell, index) => columns[index]?.align === 'right' ? cell.padStart(widths[index] ?? 0) : cell.padEnd(widths[index] ?? 0)).join(gap)
  const cellsWidth = line([...columns.keys()].map(() => '')).length + gap.length
  const beside = width - cellsWidth >= leastNoteWidth
  const indent = beside ? cellsWidth : noteIndent
  const head = line(columns.map(column => column.title))
  const body = rows.flatMap(({ cells, note }) => {
    const [first = '', ...others] = wrap(note, width - indent)
    const below = (beside ? others : [first, ...others]).map(text => ' '.repeat(indent) + text)
    return [beside ? line(cells) + gap + first : line(cells), ...below]
  })
  return [beside ? head + gap + noteTitle : head, ...body].map(text => text.trimEnd())
}

/** Breaks between words; a word longer than a line stays whole. */
export function wrap (text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(/\s+/)) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}
