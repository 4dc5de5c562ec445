/** What `opendir` answers. The names are those that were there when it was opened. */
import { coded, optionsOf, pathOf } from './fs-arguments.ts'
import { callBack } from './fs-forms.ts'
import { step, type Operation } from './fs-host.ts'
import { readdir } from './fs-names.ts'
import { checkFunction } from './invalid-argument.ts'

export class Dir {
  readonly #path: string
  #left: unknown[]
  #closed = false

  constructor (path: string, entries: readonly unknown[]) {
    this.#path = path
    this.#left = [...entries]
  }

  get path (): string { return this.#path }

  readSync (): unknown {
    this.#check()
    return this.#left.shift() ?? null
  }

  read (callback?: (error: unknown, entry?: unknown) => void): Promise<unknown> | undefined {
    if (callback !== undefined) checkFunction('callback', callback)
    const answer = (async () => this.readSync())()
    if (callback === undefined) return answer
    callBack(answer, callback)
    return undefined
  }

  closeSync (): void {
    this.#check()
    this.#closed = true
    this.#left = []
  }

  close (callback?: (error: unknown) => void): Promise<void> | undefined {
    if (callback !== undefined) checkFunction('callback', callback)
    const answer = (async () => this.closeSync())()
    if (callback === undefined) return answer
    callBack(answer, callback, () => [])
    return undefined
  }

  async * entries (): AsyncGenerator<unknown> {
    try {
      for (let entry = await this.read(); entry !== null; entry = await this.read()) yield entry
    } finally {
      if (!this.#closed) this.closeSync()
    }
  }

  [Symbol.asyncIterator] (): AsyncGenerator<unknown> {
    return this.entries()
  }

  #check (): void {
    if (this.#closed) throw coded('ERR_DIR_CLOSED', 'Directory handle was closed')
  }
}

export function * opendir (path: unknown, options?: unknown): Operation<Dir> {
  const place = pathOf(path)
  const { recursive, encoding } = optionsOf(options)
  yield * step('list', { path: place.full }, { syscall: 'opendir', path: place.given })
  return new Dir(place.given, yield * readdir(path, { withFileTypes: true, recursive, encoding }))
}
