import { createReadStream, createWriteStream } from 'node:fs'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { parse } from 'csv-parse'

interface Cleaned {
  readonly rows: number
  readonly dropped: number
}

/** Trims cells, drops rows without any, writes commas. `stopped` is asked at each row: the rest is then left out. */
export async function clean (from: string, to: string, delimiter: string, stopped: () => boolean): Promise<Cleaned> {
  let rows = -1 // the header is none
  let dropped = 0
  const toLines = new Transform({
    writableObjectMode: true,
    transform (cells: string[], _encoding, done) {
      if (stopped()) return done()
      const isEmpty = cells.every(cell => cell === '')
      if (isEmpty) dropped++
      else rows++
      done(null, isEmpty ? '' : `${cells.map(quoted).join(',')}\n`)
    }
  })
  await pipeline(createReadStream(from), parse({ delimiter, trim: true, bom: true, relax_column_count: true }), toLines, createWriteStream(to))
  return { rows, dropped }
}

function quoted (cell: string): string {
  return /[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell
}
