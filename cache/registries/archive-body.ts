/** The body of a download, with errors that say what happened. */
import type { Dispatcher } from 'undici'
import { reason } from '../reasons.ts'
import { CacheError } from '../types.ts'
import { unavailable } from './answers.ts'

/** The connection ended before the body did: undici tells it from a reset by these. */
const CUT = new Set(['UND_ERR_SOCKET', 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH'])

/** Leaving the loop early, or calling `return()` without reading, ends the request. */
export function archiveBody (artefact: string, body: Dispatcher.ResponseData['body'], announced: number | undefined): AsyncIterable<Uint8Array> {
  body.on('error', () => {}) // seen by the iterator; without a listener it would be uncaught when nobody reads
  return {
    [Symbol.asyncIterator] () {
      const chunks: AsyncIterator<Uint8Array> = body[Symbol.asyncIterator]()
      let received = 0
      return {
        async next () {
          const result = await chunks.next().catch((error: unknown) => { throw broken(artefact, error, announced) })
          if (!result.done) received += result.value.length
          else if (announced !== undefined && received !== announced) throw cut(artefact, announced)
          return result
        },
        async return () {
          body.destroy()
          return { done: true, value: undefined }
        }
      }
    }
  }
}

function broken (artefact: string, error: unknown, announced: number | undefined): CacheError {
  const code = String((error as { code?: unknown }).code)
  if (CUT.has(code)) return cut(artefact, announced, error)
  return unavailable(artefact, reason('download-interrupted'), `${code}: ${(error as Error).message}`, error)
}

/** How many bytes arrived is not said: an error overtakes those that were not read yet. */
function cut (artefact: string, announced: number | undefined, cause?: unknown): CacheError {
  const why = announced === undefined ? reason('archive-cut') : reason('archive-short', { bytes: announced })
  return new CacheError('plugin-corrupt', artefact, why, { cause })
}
