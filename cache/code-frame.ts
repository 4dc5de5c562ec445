/** The lines around a place of a source file, as a person reads them. Pure; the text is a stranger's: whoever shows it cleans it. */

/** A place in a plugin's file, and the lines around it. */
export interface SourcePlace {
  /** `file:line:column`, both from 1; the file is relative to the package. */
  readonly position: string
  readonly frame?: string
}

const FRAME_COLUMNS = 120

/** `lines` of the whole file: the line, the one before and the one after, numbered, with a caret below the column (both from 1); undefined when there is no such line. */
export function codeFrame (lines: readonly string[], line: number, column: number): string | undefined {
  if (lines.length < line) return undefined
  const width = String(line + 1).length
  const from = Math.max(0, column - 1 - FRAME_COLUMNS / 2) // a minified line is shown around the position only
  const rows: string[] = []
  for (let n = Math.max(1, line - 1); n <= Math.min(line + 1, lines.length); n++) {
    const text = (lines[n - 1] ?? '').slice(from, from + FRAME_COLUMNS).replaceAll('\t', ' ')
    rows.push(`${n === line ? '>' : ' '} ${String(n).padStart(width)} | ${text}`.trimEnd())
    if (n === line) rows.push(`  ${' '.repeat(width)} | ${' '.repeat(column - 1 - from)}^`)
  }
  return rows.join('\n')
}
