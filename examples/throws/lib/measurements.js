/**
 * A measurement from a line such as `2026-11-24;12.5`. A good message says where the fault is, what was wanted and what was
 * found: it is what the person who looks at the run reads.
 */
exports.parseMeasurement = (line, number) => {
  const [date, text] = line.split(';')
  const value = Number(text)
  if (Number.isNaN(value)) throw new Error(`Line ${number}: a number was expected after the date, found "${text}".`)
  return { date, value }
}
