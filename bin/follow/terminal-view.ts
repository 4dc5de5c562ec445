import type { LogEntry } from '../../store/types.ts'
import { entryLine, gutter, paint } from './entry-line.ts'
import type { Output, Progress, View } from './view.ts'

const barWidth = 24
const clearBelow = '\r\x1b[J'

/** Entries scroll by; the bars of the tasks under way stay below them. */
export class TerminalView implements View {
  readonly #out: Output
  readonly #sourceWidth: number
  readonly #bars = new Map<string, { readonly source: string, readonly progress: Progress }>()
  #barsShown = 0

  constructor (out: Output, sourceWidth: number) {
    this.#out = out
    this.#sourceWidth = sourceWidth
  }

  entry (source: string, entry: LogEntry): void {
    if (entry.type === 'task') this.progress(source, { msg: entry.msg, progress: entry.progress ?? 0, total: entry.total ?? 0 })
    else this.#draw(entryLine(source, entry, this.#sourceWidth))
  }

  /** A task that is complete becomes a line like the others. */
  progress (source: string, progress: Progress): void {
    const key = `${source}\n${progress.msg}`
    const complete = progress.total > 0 && progress.progress >= progress.total
    if (complete) this.#bars.delete(key)
    else this.#bars.set(key, { source, progress })
    this.#draw(complete ? this.#bar(source, progress) : '')
  }

  end (source: string): void {
    for (const [key, bar] of this.#bars) if (bar.source === source) this.#bars.delete(key)
    this.#draw('')
  }

  /** Replaces the bars by `text` and the bars as they are now. */
  #draw (text: string): void {
    const up = this.#barsShown === 0 ? '' : `\x1b[${this.#barsShown}A${clearBelow}`
    const bars = [...this.#bars.values()].map(({ source, progress }) => this.#bar(source, progress))
    this.#out.write(up + text + bars.join(''))
    this.#barsShown = bars.length
  }

  /** Never longer than a line: what wraps could not be taken back. */
  #bar (source: string, { msg, progress, total }: Progress): string {
    const part = total > 0 ? Math.min(1, progress / total) : 0
    const done = Math.round(part * barWidth)
    const count = total > 0 ? `${progress}/${total}` : ''
    const room = (this.#out.columns || 80) - this.#sourceWidth - barWidth - count.length - 8
    const bar = `${paint('cyan', '█'.repeat(done))}${paint('gray', '░'.repeat(barWidth - done))}`
    return `${gutter(source, this.#sourceWidth)} ▪ ${bar} ${count} ${msg.replace(/\p{Cc}/gu, ' ').slice(0, Math.max(0, room))}\n`
  }
}
