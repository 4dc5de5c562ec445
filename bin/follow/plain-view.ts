import type { LogEntry } from '../../store/types.ts'
import { entryLine } from './entry-line.ts'
import type { Output, Progress, View } from './view.ts'

/** One line for an entry, and one for each quarter of a progress. */
export class PlainView implements View {
  readonly #out: Output
  readonly #sourceWidth: number
  /** Quarters shown of each task. */
  readonly #quarters = new Map<string, number>()

  constructor (out: Output, sourceWidth: number) {
    this.#out = out
    this.#sourceWidth = sourceWidth
  }

  entry (source: string, entry: LogEntry): void {
    this.#out.write(entryLine(source, entry, this.#sourceWidth))
  }

  progress (source: string, { msg, progress, total }: Progress): void {
    const key = `${source}\n${msg}`
    const quarter = Math.floor(4 * progress / total)
    if (!(quarter > (this.#quarters.get(key) ?? 0))) return
    this.#quarters.set(key, quarter)
    this.#out.write(entryLine(source, { type: 'task', msg: `${msg}: ${progress} of ${total}` }, this.#sourceWidth))
  }

  end (): void {}
}
