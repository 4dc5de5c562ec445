/** `assert`. Messages are Node's for single values; for larger ones the two values are shown, without Node's line-by-line comparison. */
import { parts } from '../parts.ts'
import { isError } from '../primordials.ts'
import { doesNotReject, doesNotThrow, rejects, throws } from './assert-errors.ts'
import { AssertionError, fail, type Message } from './assertion-error.ts'
import { isDeepEqual, type Mode } from './comparisons.ts'
import { checkString, invalidArgType, nodeError } from './invalid-argument.ts'

type Loose = (...args: never[]) => unknown

const inspect = (value: unknown): string => parts.inspect().inspect(value)

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
