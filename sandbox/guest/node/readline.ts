/** `readline`: the lines of a stream. Nothing here is a terminal: the cursor does not move, and a question waits for the next line. */
import type { Readable, Writable } from 'node:stream'
import EventEmitterFunction from './events.ts'
import { on } from './events-async.ts'
import { invalidArgType, nodeError } from './invalid-argument.ts'

interface Options { readonly input: Readable, readonly output?: Writable, readonly prompt?: string, readonly crlfDelay?: number, readonly signal?: AbortSignal }
interface Emitter { on (type: string, listener: (...args: never[]) => void): this, emit (type: string, ...args: unknown[]): boolean }
type Ask = (answer: string) => void

const EventEmitter = EventEmitterFunction as unknown as new () => Emitter

export class Interface extends EventEmitter {
  readonly input: Readable
  readonly output: Writable | undefined
  readonly terminal = false
  line = ''
  cursor = 0
  closed = false
  #prompt: string
  #rest = ''
  #paused = false
  #asked: Ask | undefined
  readonly #decoder = new TextDecoder()

  constructor (first: Options | Readable, output?: Writable) {
    super()
    const options: Options = 'input' in first ? first : { input: first, ...(output === undefined ? {} : { output }) }
    if (typeof options.input?.on !== 'function') throw invalidArgType('input', 'an instance of Readable', options.input)
    this.input = options.input
    this.output = options.output
    this.#prompt = options.prompt ?? '> '
    this.input.on('data', (chunk: Uint8Array | string) => { this.#take(typeof chunk === 'string' ? chunk : this.#decoder.decode(chunk, { stream: true })) })
    this.input.on('end', () => { this.#end() })
    this.input.on('error', error => { this.emit('error', error) })
    options.signal?.addEventListener('abort', () => { this.close() }, { once: true })
    this.input.resume()
  }

  /** A line ends with \n, \r\n or \r; a \r at the end of a chunk waits for what follows. */
  #take (text: string): void {
    if (this.closed) return
    const lines = (this.#rest + text).split(/\r\n|\n|\r(?!$)|[\u2028\u2029]/)
    this.#rest = lines.pop() ?? ''
    for (const line of lines) this.#line(line)
  }

  #end (): void {
    const rest = (this.#rest + this.#decoder.decode()).replace(/\r$/, '')
    this.#rest = ''
    if (rest !== '' && !this.closed) this.#line(rest)
    this.close()
  }

  #line (line: string): void {
    const asked = this.#asked
    this.#asked = undefined
    if (asked === undefined) this.emit('line', line)
    else asked(line)
  }

  getPrompt (): string { return this.#prompt }
  setPrompt (prompt: string): void { this.#prompt = prompt }
  prompt (): void {
    if (this.#paused) this.resume()
    this.output?.write(this.#prompt)
  }

  question (query: string, ...rest: unknown[]): void {
    if (this.closed) throw nodeError(new Error('readline was closed'), 'ERR_USE_AFTER_CLOSE')
    const done = rest.at(-1)
    if (typeof done !== 'function') return
    this.output?.write(query)
    this.#asked = done as Ask
  }

  write (data: string | Uint8Array): void { this.#take(typeof data === 'string' ? data : this.#decoder.decode(data)) }
  getCursorPos (): { rows: number, cols: number } { return { rows: 0, cols: 0 } }

  pause (): this {
    if (this.#paused) return this
    this.input.pause()
    this.#paused = true
    this.emit('pause')
    return this
  }

  resume (): this {
    if (!this.#paused) return this
    this.input.resume()
    this.#paused = false
    this.emit('resume')
    return this
  }

  close (): void {
    if (this.closed) return
    this.pause()
    this.closed = true
    this.emit('close')
  }

  [Symbol.dispose] (): void { this.close() }

  async * [Symbol.asyncIterator] (): AsyncGenerator<string> {
    if (this.closed) return
    const failed = Promise.withResolvers<never>()
    failed.promise.catch(() => {}) // the race below sees it
    this.on('error', (error: Error) => { failed.reject(error) })
    const lines = on(this as never, 'line', { close: ['close'] }) // an emitter, as it extends one
    try {
      for (;;) {
        const { done, value } = await Promise.race([lines.next(), failed.promise])
        if (done === true) return
        yield value[0] as string // `line` is emitted with one
      }
    } finally {
      this.close()
    }
  }
}

export function createInterface (first: Options | Readable, output?: Writable): Interface {
  return new Interface(first, output)
}

/** Nothing moves, and the callback is told so. */
function still (...args: unknown[]): boolean {
  const done = args.at(-1)
  if (typeof done === 'function') process.nextTick(done as () => void)
  return true
}

const readline = { Interface, createInterface, clearLine: still, clearScreenDown: still, cursorTo: still, moveCursor: still, emitKeypressEvents: () => {} }
Object.defineProperty(readline, 'promises', { enumerable: true, configurable: true, get: () => (require('./readline-promises.ts') as { default: object }).default })
export default readline
