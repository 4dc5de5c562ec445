/** What the sandbox does not offer: the error that names it. */
import { isError, NativeError } from './primordials.ts'

export interface UnsupportedError extends Error {
  readonly code: 'plugin-unsupported'
  /** What was used, as a person would say it: `node:fs readFile`, `process.exit`. */
  readonly feature: string
}

/** An error that, when nobody catches it, ends the run with the code `plugin-unsupported`. `instead`: what the author can do, as a clause. */
export function unsupported (feature: string, instead?: string): UnsupportedError {
  const error = new NativeError(`${feature} is not available in the sandbox${instead === undefined ? '' : `: ${instead}`}`) as Error & { code: string, feature: string } // set on the next lines
  error.code = 'plugin-unsupported'
  error.feature = feature
  return error as UnsupportedError
}

/** The feature that an error names; undefined when it is of another kind. */
export function unsupportedFeature (error: unknown): string | undefined {
  if (!isError(error)) return undefined
  const { code, feature } = error as Partial<UnsupportedError> & Error
  return code === 'plugin-unsupported' && typeof feature === 'string' ? feature : undefined
}

/** A function that loads like any other and throws when it is called. */
export function refusal (feature: string, instead?: string): (...args: unknown[]) => never {
  return () => { throw unsupported(feature, instead) }
}
