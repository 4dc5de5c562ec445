/** `console.Console`: a console that writes to streams of the plugin's own. The global one writes to the log (console.ts). */
import { parts } from './parts.ts'
import { table } from './node/console-table.ts'
import { withoutOurFrames } from './stack.ts'

interface Output { write (text: string): unknown }
interface Options { readonly stdout: Output, readonly stderr?: Output, readonly groupIndentation?: number, readonly inspectOptions?: object, readonly ignoreErrors?: boolean }

export class Console {
  readonly #stdout: Output
  readonly #stderr: Output
  readonly #inspect: object
  readonly #step: number
  readonly #counts = new Map<string, number>()
  readonly #timers = new Map<string, number>()
  #indent = ''

  constructor (first: Output | Options, stderr?: Output) {
    const options: Options = 'stdout' in first ? first : { stdout: first, ...(stderr === undefined ? {} : { stderr }) }
    if (typeof options.stdout?.write !== 'function') throw Object.assign(new TypeError('Console expects a writable stream instance for stdout'), { code: 'ERR_CONSOLE_WRITABLE_STREAM' })
    this.#stdout = options.stdout
    this.#stderr = options.stderr ?? options.stdout
    this.#inspect = options.inspectOptions ?? {}
    this.#step = options.groupIndentation ?? 2
    // methods are taken off a console and called alone
    for (const name of Object.getOwnPropertyNames(Console.prototype)) {
      if (name !== 'constructor') Object.defineProperty(this, name, { value: (Reflect.get(this, name) as () => void).bind(this), writable: true, configurable: true, enumerable: true })
    }
  }

  #write (output: Output, args: readonly unknown[]): void {
    const text = parts.inspect().formatWithOptions(this.#inspect, ...args)
    output.write(`${this.#indent === '' ? text : text.replaceAll(/^/gm, this.#indent)}\n`)
  }

  log (...args: unknown[]): void { this.#write(this.#stdout, args) }
  info (...args: unknown[]): void { this.#write(this.#stdout, args) }
  debug (...args: unknown[]): void { this.#write(this.#stdout, args) }
  dirxml (...args: unknown[]): void { this.#write(this.#stdout, args) }
  warn (...args: unknown[]): void { this.#write(this.#stderr, args) }
  error (...args: unknown[]): void { this.#write(this.#stderr, args) }
  trace (...args: unknown[]): void {
    const [, ...frames] = withoutOurFrames(new Error('trace').stack ?? '').split('\n')
    this.#write(this.#stderr, [[`Trace${args.length === 0 ? '' : `: ${parts.inspect().format(...args)}`}`, ...frames].join('\n')])
  }

  dir (value: unknown, options: object = {}): void { this.#write(this.#stdout, [parts.inspect().inspect(value, { customInspect: false, ...this.#inspect, ...options })]) }
  table (rows: unknown, columns?: readonly string[]): void {
    if (typeof rows !== 'object' || rows === null) this.log(rows)
    else this.log(table(rows, columns))
  }

  assert (condition: unknown, ...args: unknown[]): void {
    if (condition) return
    if (typeof args[0] === 'string') this.warn(`Assertion failed: ${args[0]}`, ...args.slice(1))
    else this.warn('Assertion failed', ...args)
  }

  count (label: unknown = 'default'): void {
    const name = `${label as string}`
    const count = (this.#counts.get(name) ?? 0) + 1
    this.#counts.set(name, count)
    this.log(`${name}: ${count}`)
  }

  countReset (label: unknown = 'default'): void { this.#counts.delete(`${label as string}`) }
  time (label: unknown = 'default'): void { this.#timers.set(`${label as string}`, performance.now()) }
  timeLog (label: unknown = 'default', ...args: unknown[]): void {
    const started = this.#timers.get(`${label as string}`)
    if (started !== undefined) this.log('%s: %sms', label, performance.now() - started, ...args)
  }

  timeEnd (label: unknown = 'default'): void {
    this.timeLog(label)
    this.#timers.delete(`${label as string}`)
  }

  group (...args: unknown[]): void {
    if (args.length > 0) this.log(...args)
    this.#indent += ' '.repeat(this.#step)
  }

  groupCollapsed (...args: unknown[]): void { this.group(...args) }
  groupEnd (): void { this.#indent = this.#indent.slice(0, -this.#step) }
}
