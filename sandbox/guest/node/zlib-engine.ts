/** One stream of compression, worked by the thread in small steps (sandbox/zlib-ops.ts). */
import { hostSync, type HostValue } from '../link.ts'
import { jsonStringify } from '../primordials.ts'
import { outOfRange } from './invalid-argument.ts'

/** Bytes of input in one step. */
const SLICE = 131_072
/** Z_NO_FLUSH, BROTLI_OPERATION_PROCESS, ZSTD_e_continue: the flag of input that is followed by more. */
const PROCESS = 0

export interface EngineOptions {
  readonly kind: string
  /** JSON: what the thread needs of the options. */
  readonly options: object
  readonly dictionary: Uint8Array | undefined
}

export class Engine {
  readonly #options: EngineOptions
  /** Of the thread's session: opened by the first step, so that a stream that is never used costs nothing. */
  #id: number | undefined
  #closed = false
  bytesWritten = 0

  constructor (options: EngineOptions) {
    this.#options = options
  }

  get closed (): boolean { return this.#closed }

  /**
   * Yields the output of `input`, one piece for each step; none for a step without output. Ends when all of it is consumed.
   * Answers true when the format ended before the input did. Throws Node's errors (Z_DATA_ERROR…), after which the engine is closed.
   */
  * process (input: Uint8Array, flush: number): Generator<Uint8Array, boolean> {
    if (!Number.isInteger(flush)) throw outOfRange('flush', 'an integer', flush) // packages call this below the documented functions
    for (let from = 0; from === 0 || from < input.length; from += SLICE) {
      const slice = input.subarray(from, from + SLICE)
      const isLast = from + SLICE >= input.length
      let answer = this.#call('write', `"flush":${isLast ? flush : PROCESS}`, slice)
      for (let before = slice.length; ; answer = this.#call('more', '')) {
        const { output, left } = split(answer)
        this.bytesWritten += before - left
        before = left
        if (output.length > 0) yield output
        if (output.length < FULL) {
          if (left > 0) return true
          break
        }
      }
    }
    return false
  }

  params (level: number, strategy: number): void {
    if (!this.#closed) hostSync('zlib.params', `{"id":${this.#open()},"level":${level},"strategy":${strategy}}`)
  }

  reset (): void {
    if (this.#id !== undefined) hostSync('zlib.reset', `{"id":${this.#id}}`)
  }

  close (): void {
    this.#closed = true
    if (this.#id === undefined) return
    const id = this.#id
    this.#id = undefined
    hostSync('zlib.close', `{"id":${id}}`)
  }

  #call (operation: string, args: string, bytes?: Uint8Array): Uint8Array {
    try {
      return asBytes(hostSync(`zlib.${operation}`, `{"id":${this.#open()}${args === '' ? '' : ','}${args}}`, bytes))
    } catch (error) {
      this.close()
      throw error
    }
  }

  #open (): number {
    if (this.#id !== undefined) return this.#id
    const { kind, options, dictionary } = this.#options
    const answer = hostSync('zlib.open', `{"kind":"${kind}","options":${jsonStringify(options)}}`, dictionary)
    this.#id = 'value' in answer ? Number(answer.value) : 0
    return this.#id
  }
}

/** Of the thread's output buffer: a step that fills it may have more to give. */
const FULL = 262_144

/** The last four bytes say how much of the input is left. */
function split (answer: Uint8Array): { output: Uint8Array, left: number } {
  const end = answer.length - 4
  return { output: answer.subarray(0, end), left: new DataView(answer.buffer, answer.byteOffset + end, 4).getUint32(0, true) }
}

function asBytes (answer: HostValue): Uint8Array {
  if ('value' in answer) throw new Error('the platform gave no bytes')
  return answer
}
