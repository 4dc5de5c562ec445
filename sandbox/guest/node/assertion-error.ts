/** `assert.AssertionError`, and how two values are shown side by side. */
import { parts } from '../parts.ts'
import { checkObject } from './invalid-argument.ts'

export type Message = string | Error | undefined

export interface AssertionOptions {
  readonly actual?: unknown
  readonly expected?: unknown
  readonly operator?: string
  readonly message?: Message
  readonly stackStartFn?: (...args: never[]) => unknown
  readonly generatedMessage?: boolean
}

const OPERATORS: Readonly<Record<string, string>> = {
  deepStrictEqual: 'Expected values to be strictly deep-equal:',
  partialDeepStrictEqual: 'Expected values to be partially and strictly deep-equal:',
  strictEqual: 'Expected values to be strictly equal:',
  deepEqual: 'Expected values to be loosely deep-equal:',
  notDeepStrictEqual: 'Expected "actual" not to be strictly deep-equal to:',
  notStrictEqual: 'Expected "actual" to be strictly unequal to:',
  notDeepEqual: 'Expected "actual" not to be loosely deep-equal to:'
}
const MAX_LINES = 50
/** Two values this short stand on one line. */
const SHORT = 12

export class AssertionError extends Error {
  readonly code = 'ERR_ASSERTION'
  readonly generatedMessage: boolean
  readonly actual: unknown
  readonly expected: unknown
  readonly operator: string | undefined

  constructor (options: AssertionOptions) {
    checkObject('options', options)
    const { actual, expected, operator, message, stackStartFn, generatedMessage } = options
    super(message === undefined ? messageOf(actual, expected, operator ?? '') : `${message as string}`)
    Object.defineProperty(this, 'name', { value: 'AssertionError', writable: true, configurable: true })
    this.generatedMessage = generatedMessage ?? message === undefined
    this.actual = actual
    this.expected = expected
    this.operator = operator
    if (stackStartFn !== undefined) Error.captureStackTrace(this, stackStartFn)
  }

  override toString (): string { return `${this.name} [${this.code}]: ${this.message}` }
}

/** Throws the message itself when it is an error. */
export function fail (options: AssertionOptions): never {
  if (options.message instanceof Error) throw options.message
  throw new AssertionError(options)
}

function messageOf (actual: unknown, expected: unknown, operator: string): string {
  const [a, b] = [show(actual), show(expected)]
  switch (operator) {
    case '==': case '!=': return `${a} ${operator} ${b}`
    case 'notDeepStrictEqual': case 'notStrictEqual': case 'notDeepEqual': return `${OPERATORS[operator]}${a.includes('\n') ? `\n\n${a}` : ` ${a}`}`
    case 'deepEqual': return `${OPERATORS[operator]}\n\n${a}\n\nshould loosely deep-equal\n\n${b}`
    case 'strictEqual':
      if (isPrimitive(actual) && isPrimitive(expected) && a.length + b.length <= SHORT) return `${OPERATORS[operator]}\n\n${a} !== ${b}\n`
      return `${OPERATORS[operator]}\n${difference(a, b)}`
    default: return `${OPERATORS[operator] ?? 'Expected values to match:'}\n${difference(a, b)}`
  }
}

function isPrimitive (value: unknown): boolean {
  return (typeof value !== 'object' || value === null) && typeof value !== 'function'
}

function show (value: unknown): string {
  return parts.inspect().inspect(value, { compact: false, customInspect: false, depth: 1_000, maxArrayLength: Infinity, showHidden: false, showProxy: false, sorted: true, getters: true })
}

export function showDifference (actual: unknown, expected: unknown): string {
  return `${OPERATORS['deepStrictEqual']}\n${difference(show(actual), show(expected))}`
}

/** The lines of both: what they share at the beginning and at the end once, what differs with `+` and `-`. */
function difference (actual: string, expected: string): string {
  const [a, b] = [actual.split('\n'), expected.split('\n')]
  let head = 0
  while (head < a.length && head < b.length && a[head] === b[head]) head += 1
  let tail = 0
  while (tail < a.length - head && tail < b.length - head && a.at(-1 - tail) === b.at(-1 - tail)) tail += 1
  const common = (lines: string[]): string[] => lines.map(line => `  ${line}`)
  const lines = [
    ...common(a.slice(0, head)),
    ...a.slice(head, a.length - tail).map(line => `+ ${line}`),
    ...b.slice(head, b.length - tail).map(line => `- ${line}`),
    ...common(a.slice(a.length - tail))
  ]
  const shown = lines.length > MAX_LINES ? [...lines.slice(0, MAX_LINES), '...'] : lines
  return `+ actual - expected\n\n${shown.join('\n')}\n`
}
