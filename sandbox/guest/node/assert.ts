/** `assert`. Messages are Node's for single values; for larger ones the two values are shown, without Node's line-by-line comparison. */
import { parts } from '../parts.ts'
import { isError } from '../primordials.ts'
import { AssertionError, showDifference, type AssertionOptions } from './assertion-error.ts'
import { isDeepEqual, type Mode } from './comparisons.ts'
import { checkFunction, checkString, invalidArgType, invalidArgValue, nodeError } from './invalid-argument.ts'

type Message = string | Error | undefined
type Loose = (...args: never[]) => unknown

const inspect = (value: unknown): string => parts.inspect().inspect(value)

function fail (options: AssertionOptions): never {
  if (options.message instanceof Error) throw options.message
  throw new AssertionError(options)
}

function assert (...args: unknown[]): void {
  okWith(assert, args)
}

function ok (...args: unknown[]): void {
  okWith(ok, args)
}

function okWith (stackStartFn: Loose, args: unknown[]): void {
  const [value, message] = args
  if (value) return
  const missing = args.length === 0
  const text = message ?? (missing ? 'No value argument passed to `assert.ok()`' : 'The expression evaluated to a falsy value')
  fail({ actual: value, expected: true, operator: '==', message: text as Message, stackStartFn, generatedMessage: message === undefined })
}

/** A comparison of two values, as a function of `assert`. */
function compare (operator: string, holds: (actual: unknown, expected: unknown) => boolean): (actual: unknown, expected: unknown, message?: Message) => void {
  return function compared (...args: [actual: unknown, expected: unknown, message?: Message]): void {
    if (args.length < 2) throw nodeError(new TypeError('The "actual" and "expected" arguments must be specified'), 'ERR_MISSING_ARGS')
    const [actual, expected, message] = args
    if (!holds(actual, expected)) fail({ actual, expected, operator, message, stackStartFn: compared as Loose })
  }
}

const deep = (mode: Mode) => (actual: unknown, expected: unknown): boolean => isDeepEqual(actual, expected, mode)
const not = (holds: (actual: unknown, expected: unknown) => boolean) => (actual: unknown, expected: unknown): boolean => !holds(actual, expected)
const loose = (actual: unknown, expected: unknown): boolean => actual == expected || (Number.isNaN(actual) && Number.isNaN(expected)) // eslint-disable-line eqeqeq -- assert.equal

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

function throws (block: () => unknown, expected?: Expected | string, message?: Message): void {
  expectError(throws as Loose, caught(block), expected, message)
}

async function rejects (block: unknown, expected?: Expected | string, message?: Message): Promise<void> {
  expectError(rejects as Loose, await rejected(block), expected, message)
}

function doesNotThrow (block: () => unknown, expected?: Expected | string, message?: Message): void {
  expectNoError(doesNotThrow as Loose, caught(block), expected, message)
}

async function doesNotReject (block: unknown, expected?: Expected | string, message?: Message): Promise<void> {
  expectNoError(doesNotReject as Loose, await rejected(block), expected, message)
}

function matching (operator: 'match' | 'doesNotMatch'): (text: unknown, expression: RegExp, message?: Message) => void {
  return function matched (text, expression, message) {
    if (!(expression instanceof RegExp)) throw invalidArgType('regexp', 'an instance of RegExp', expression)
    const isText = typeof text === 'string'
    if (isText && expression.test(text) === (operator === 'match')) return
    const said = !isText
      ? `The "string" argument must be of type string. Received type ${typeof text} (${inspect(text)})`
      : `The input ${operator === 'match' ? 'did not match' : 'was expected to not match'} the regular expression ${inspect(expression)}. Input:\n\n${inspect(text)}\n`
    fail({ actual: text, expected: expression, operator, message: message ?? said, stackStartFn: matched as Loose, generatedMessage: message === undefined })
  }
}

function ifError (value: unknown): void {
  if (value === null || value === undefined) return
  const said = isError(value) ? (value.message === '' ? value.name : value.message) : inspect(value)
  fail({ actual: value, expected: null, operator: 'ifError', message: `ifError got unwanted exception: ${said}`, stackStartFn: ifError as Loose, generatedMessage: true })
}

function failed (message?: unknown): never {
  if (message instanceof Error) throw message
  if (message !== undefined) checkString('message', message)
  return fail({ actual: undefined, expected: undefined, operator: 'fail', message: message ?? 'Failed', stackStartFn: failed as Loose, generatedMessage: message === undefined })
}

const methods = {
  AssertionError,
  ok,
  fail: failed,
  equal: compare('==', loose),
  notEqual: compare('!=', not(loose)),
  deepEqual: compare('deepEqual', deep('loose')),
  notDeepEqual: compare('notDeepEqual', not(deep('loose'))),
  deepStrictEqual: compare('deepStrictEqual', deep('strict')),
  notDeepStrictEqual: compare('notDeepStrictEqual', not(deep('strict'))),
  strictEqual: compare('strictEqual', Object.is),
  notStrictEqual: compare('notStrictEqual', not(Object.is)),
  partialDeepStrictEqual: compare('partialDeepStrictEqual', deep('partial')),
  match: matching('match'),
  doesNotMatch: matching('doesNotMatch'),
  throws,
  rejects,
  doesNotThrow,
  doesNotReject,
  ifError
}
const { strictEqual, deepStrictEqual, notStrictEqual, notDeepStrictEqual } = methods

function strict (...args: unknown[]): void {
  okWith(strict, args)
}
const strictMethods = { ...methods, equal: strictEqual, deepEqual: deepStrictEqual, notEqual: notStrictEqual, notDeepEqual: notDeepStrictEqual }

export default Object.assign(assert, methods, { strict: Object.assign(strict, strictMethods, { strict }) })
