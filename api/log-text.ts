/** A log entry as lines of a text file. Pure. */
import type { LogEntry } from '../store/types.ts'

/** `2026-03-02T09:01:04.000Z info    120 rows`; further lines of its text, and its extra, are set below. */
export function entryText ({ type, msg, date, extra, progress, total }: Omit<LogEntry, 'seq'>): string {
  const state = progress === undefined || total === undefined ? '' : ` (${progress}/${total})`
  const head = `${date} ${type.padEnd(7)} ${below(msg)}${state}\n`
  return extra === undefined || extra === '' ? head : `${head}${MARGIN}${below(typeof extra === 'string' ? extra : JSON.stringify(extra))}\n`
}

/** No line but the first of an entry begins in the first column: it cannot be taken for another entry. */
const MARGIN = '    '

function below (text: string): string {
  return text.replaceAll(/\r\n?|[\n\v\f\u0085\u2028\u2029]/g, `\n${MARGIN}`)
}
