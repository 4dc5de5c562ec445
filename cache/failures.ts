/** Failures as data, as errors inside the cache (`BuildError`), and as what callers see (`CacheError`). */
import { BuildError, type Answer, type Failure } from './build-tasks.ts'
import { reason } from './reasons.ts'
import { CacheError } from './types.ts'

export function unwrap<T> (answer: Answer<T>): T {
  if (answer.ok) return answer.value
  const { code, reason: why, ...more } = answer.failure
  throw new BuildError(code, why, more)
}

export function failureOf (error: unknown): Failure | undefined {
  if (error instanceof BuildError) return error.failure
  return error instanceof CacheError ? { code: error.code, reason: error.reason, detail: error.detail, where: error.where, lasting: false } : undefined
}

export function toCacheError (artefact: string, { code, reason: why, detail, where }: Failure): CacheError {
  return new CacheError(code, artefact, why, { detail, where })
}

export function asCacheError (artefact: string, error: unknown): CacheError {
  if (error instanceof CacheError) return error
  const failure = failureOf(error)
  if (failure !== undefined) return toCacheError(artefact, failure)
  // The disk of the cache, or a fault of ours. Nothing was started, and the next run tries again.
  return new CacheError('internal', artefact, reason('cache-failed'), { detail: String(error), cause: error })
}
