/** Sum, least and greatest value of each column that holds numbers only (empty values are skipped). */
export function summarise (header, rows) {
  return header.flatMap((name, index) => {
    const values = rows.map(row => row[index] ?? '').filter(value => value !== '').map(Number)
    if (values.length === 0 || values.some(Number.isNaN)) return []
    const sum = values.reduce((total, value) => total + value, 0)
    const min = values.reduce((least, value) => Math.min(least, value))
    const max = values.reduce((greatest, value) => Math.max(greatest, value))
    return [{ name, sum: tidy(sum), min, max }]
  })
}

/** Without the noise of binary fractions: 0.1 + 0.2 is 0.3. */
const tidy = value => Number(value.toPrecision(12))
