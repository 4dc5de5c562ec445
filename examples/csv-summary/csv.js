/**
 * The rows of a CSV text (RFC 4180), each an array of strings. A value in double quotes may hold separators, line ends, and
 * quotes written twice. Empty lines are left out.
 */
export function parseCsv (text, separator) {
  const rows = []
  let row = []
  let value = ''
  let quoted = false
  const endValue = () => { row.push(value); value = '' }
  const endRow = () => {
    endValue()
    if (row.length > 1 || row[0] !== '') rows.push(row)
    row = []
  }
  for (let i = text.charCodeAt(0) === 0xFEFF ? 1 : 0; i < text.length; i++) {
    const char = text[i]
    if (quoted) {
      if (char !== '"') value += char
      else if (text[i + 1] === '"') value += text[++i]
      else quoted = false
    } else if (char === '"' && value === '') quoted = true
    else if (char === separator) endValue()
    else if (char === '\n') endRow()
    else if (char !== '\r') value += char
  }
  endRow()
  return rows
}
