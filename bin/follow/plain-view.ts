import type { LogEntry } from '../../store/types.ts'
import { entryLine } from './entry-line.ts'
import type { Output, Progress, View } from './view.ts'

const sentences = {
  en: ({ msg, progress, total }: Progress) => `${msg}: ${progress} of ${total}`,
  fr: ({ msg, progress, total }: Progress) => `${msg} : ${progress} sur ${total}`
}

/** One line for an entry, and one for each quarter of a progress. */
export class PlainView implements View {
  readonly #out: Output
  readonly #sourceWidth: number
  readonly #sentence: (progress: Progress) => string
  /** Quarters shown of each task. */
  readonly #quarters = new Map<string, number>()

  constructor (out: Output, sourceWidth: number, locale: keyof typeof sentences = 'en') {
    this.#out = out
    this.#sourceWidth = sourceWidth
    this.#sentence = sentences[locale]
  }

  entry (source: string, entry: LogEntry): void {
    this.#out.write(entryLine(source, entry, this.#sourceWidth))
    const { type, msg, progress, total } = entry
    if (type === 'task' && progress !== undefined && total !== undefined) this.progress(source, { msg, progress, total })
  }

  progress (source: string, progress: Progress): void {
    const key = `${source}\n${progress.msg}`
    const quarter = Math.floor(4 * progress.progress / progress.total)
    if (!(quarter > (this.#quarters.get(key) ?? 0))) return
    this.#quarters.set(key, quarter)
    this.#out.write(entryLine(source, { type: 'task', msg: this.#sentence(progress) }, this.#sourceWidth))
  }

  end (): void {}
}
