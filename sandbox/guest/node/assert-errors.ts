/** `assert.throws`, `assert.rejects` and their opposites. */
import { parts } from '../parts.ts'
import { isError } from '../primordials.ts'
import { fail, showDifference, type Message } from './assertion-error.ts'
import { isDeepEqual } from './comparisons.ts'
import { checkFunction, invalidArgType, invalidArgValue, nodeError } from './invalid-argument.ts'

type Loose = (...args: never[]) => unknown

const inspect = (value: unknown): string => parts.inspect().inspect(value)

type Expected = RegExp | ((thrown: unknown) => unknown) | Record<string, unknown> | Error | undefined

function caught (block: () => unknown): { thrown: unknown } | undefined {
  checkFunction('fn', block)
  try {
    block()
  } catch (thrown) {
    return { thrown }
  }
  return undefined
}

async function rejected (block: unknown): Promise<{ thrown: unknown } | undefined> {
  const promise: unknown = typeof block === 'function' ? (block as () => unknown)() : block
  if (typeof promise !== 'object' || promise === null || !('then' in promise)) {
    throw typeof block === 'function'
      ? nodeError(new TypeError('Expected instance of Promise to be returned from the "promiseFn" function but got ' + (promise === null || typeof promise !== 'object' ? `type ${typeof promise}` : 'an instance of Object') + '.'), 'ERR_INVALID_RETURN_VALUE')
      : invalidArgType('promiseFn', 'of type function or an instance of Promise', block)
  }
  try {
    await (promise as PromiseLike<unknown>)
  } catch (thrown) {
    return { thrown }
  }
  return undefined
}

function expectError (stackStartFn: Loose, found: { thrown: unknown } | undefined, expected: Expected | string, message: Message): void {
  const [wanted, text] = typeof expected === 'string' ? [undefined, expected] : [expected, message]
  const operator = stackStartFn === rejects ? 'rejects' : 'throws'
  if (found === undefined) {
    const name = typeof wanted === 'function' && wanted.name !== '' ? ` (${wanted.name})` : ''
    fail({ actual: undefined, expected: wanted, operator, message: text instanceof Error ? text : `Missing expected ${operator === 'rejects' ? 'rejection' : 'exception'}${name}${text === undefined ? '.' : `: ${text}`}`, stackStartFn })
  }
  if (wanted !== undefined) matchError(stackStartFn, operator, found.thrown, wanted, text)
}

function matchError (stackStartFn: Loose, operator: string, thrown: unknown, expected: NonNullable<Expected>, message: Message): void {
  const mismatch = (text: string): never => fail({ actual: thrown, expected, operator, message: message ?? text, stackStartFn, generatedMessage: message === undefined })
  if (expected instanceof RegExp) {
    if (!expected.test(`${thrown as string}`)) mismatch(`The input did not match the regular expression ${inspect(expected)}. Input:\n\n${inspect(`${thrown as string}`)}\n`)
    return
  }
  if (typeof expected === 'function') {
    if (expected.prototype !== undefined && thrown instanceof expected) return
    if (Object.prototype.isPrototypeOf.call(Error, expected)) mismatch(`The error is expected to be an instance of "${expected.name}". Received "${isError(thrown) ? thrown.name : inspect(thrown)}"${isError(thrown) ? `\n\nError message:\n\n${thrown.message}` : ''}`)
    if (Reflect.apply(expected, {}, [thrown]) !== true) mismatch(`The ${expected.name === '' ? '' : `"${expected.name}" `}validation function is expected to return "true". Received ${inspect(false)}\n\nCaught error:\n\n${isError(thrown) ? `${thrown.name}: ${thrown.message}` : inspect(thrown)}`)
    return
  }
  const keys = Object.keys(expected)
  if (expected instanceof Error) keys.push('message', 'name')
  else if (keys.length === 0) throw invalidArgValue('error', expected, 'may not be an empty object')
  for (const key of keys) {
    const [found, wanted] = [Reflect.get(Object(thrown) as object, key) as unknown, Reflect.get(expected, key) as unknown]
    if (wanted instanceof RegExp && typeof found === 'string' ? wanted.test(found) : isDeepEqual(found, wanted, 'strict')) continue
    const pick = (source: unknown): Record<string, unknown> => Object.fromEntries(keys.filter(name => name in (Object(source) as object)).map(name => [name, Reflect.get(Object(source) as object, name)]))
    mismatch(showDifference(pick(thrown), pick(expected)))
  }
}

function expectNoError (stackStartFn: Loose, found: { thrown: unknown } | undefined, expected: Expected | string, message: Message): void {
  if (found === undefined) return
  const { thrown } = found
  const matches = expected === undefined || typeof expected === 'string' || (expected instanceof RegExp ? expected.test(`${thrown as string}`) : typeof expected === 'function' && thrown instanceof expected)
  if (!matches) throw thrown
  const text = typeof expected === 'string' ? expected : message
  const operator = stackStartFn === doesNotReject ? 'doesNotReject' : 'doesNotThrow'
  fail({ actual: thrown, expected, operator, message: `Got unwanted ${operator === 'doesNotReject' ? 'rejection' : 'exception'}${text === undefined ? '.' : `: ${text as string}`}\nActual message: "${isError(thrown) ? thrown.message : `${thrown as string}`}"`, stackStartFn })
}

export function throws (block: () => unknown, expected?: Expected | string, message?: Message): void {
  expectError(throws as Loose, caught(block), expected, message)
}

export async function rejects (block: unknown, expected?: Expected | string, message?: Message): Promise<void> {
  expectError(rejects as Loose, await rejected(block), expected, message)
}

export function doesNotThrow (block: () => unknown, expected?: Expected | string, message?: Message): void {
  expectNoError(doesNotThrow as Loose, caught(block), expected, message)
}

export async function doesNotReject (block: unknown, expected?: Expected | string, message?: Message): Promise<void> {
  expectNoError(doesNotReject as Loose, await rejected(block), expected, message)
}
