/** `readline/promises`. */
import { Interface as Base } from './readline.ts'
import { abortError } from './events-async.ts'

type Options = ConstructorParameters<typeof Base>[0]
type Output = ConstructorParameters<typeof Base>[1]

class Interface extends Base {
  override question (query: string, options: { signal?: AbortSignal } = {}): Promise<string> {
    return new Promise((resolve, reject) => {
      const { signal } = options
      if (signal?.aborted === true) return reject(abortError(signal))
      signal?.addEventListener('abort', () => { reject(abortError(signal)) }, { once: true })
      super.question(query, resolve)
    })
  }
}

export default { Interface, createInterface: (first: Options, output?: Output): Interface => new Interface(first, output) }
