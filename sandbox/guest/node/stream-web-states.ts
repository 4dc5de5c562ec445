/**
 * What Node's streams ask of web streams, by symbols that both sides know: `stream.finished`, `isErrored`, `isReadable`, `isDisturbed`. The
 * polyfill has the same in fields; the promise of the end is made when it is asked for, and kept by watching the field.
 */
interface Internal { _state: string, _disturbed?: boolean, _storedError: unknown }

const CLOSED = Symbol.for('nodejs.webstream.isClosedPromise')
const known = new WeakMap<Internal, { readonly promise: Promise<void> }>()

function closed (stream: Internal): { readonly promise: Promise<void> } {
  const before = known.get(stream)
  if (before !== undefined) return before
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  promise.catch(() => {}) // who asks is told, and nobody else
  // The error is stored right after the state is set.
  const tell = (state: string): void => { if (state === 'closed') resolve(); else if (state === 'errored') queueMicrotask(() => { reject(stream._storedError) }) }
  let now = stream._state
  Object.defineProperty(stream, '_state', { get: () => now, set: (state: string) => { tell(now = state) }, enumerable: true, configurable: true })
  tell(now)
  const made = { promise }
  known.set(stream, made)
  return made
}

/** Gives the class of a polyfill its symbols. `open`: the state in which it can be used. */
export function answerStates ({ prototype }: { readonly prototype: object }, open: 'readable' | 'writable'): void {
  const answers: [symbol, (stream: Internal) => unknown][] = [
    [CLOSED, closed],
    [Symbol.for('nodejs.stream.errored'), ({ _state }) => _state === 'errored'],
    [Symbol.for(`nodejs.stream.${open}`), ({ _state }) => _state === open]
  ]
  if (open === 'readable') answers.push([Symbol.for('nodejs.stream.disturbed'), ({ _disturbed }) => _disturbed === true])
  for (const [key, answer] of answers) Object.defineProperty(prototype, key, { get (this: Internal) { return '_state' in this ? answer(this) : undefined }, configurable: true })
}
