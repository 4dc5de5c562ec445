/** Prints a table, its columns as wide as they must be. */
export function printTable (head: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map(row => (row[column] ?? '').length)))
  const line = (cells: readonly string[]): string => `  ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd()
  console.log(['', line(head), line(widths.map(width => '-'.repeat(width))), ...rows.map(line), ''].join('\n'))
}
