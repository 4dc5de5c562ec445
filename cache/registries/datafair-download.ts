/** `GET /artefacts/:id/download`: one request that checks the access of the account, and answers 304 or the current tarball. */
import { reason } from '../reasons.ts'
import { CacheError, type Resolution } from '../types.ts'
import { refusalOf } from './answers.ts'
import { archiveBody } from './archive-body.ts'
import { describe, follow, hasSlots, type DatafairCall, type OtherProtocol } from './datafair-call.ts'
import { validatorOf, writeValidator } from './datafair-validator.ts'
import { contentLength, header, isRedirect, type Head } from './http.ts'

/** Of a registry that does not know the route, or not for this kind of artefact; the newer one gives 404 for an artefact that is gone. */
const MAY_BE_OLDER = new Set([400, 404, 405])

export async function askDownload (call: DatafairCall): Promise<Resolution | OtherProtocol> {
  const { http, artefact, held } = call
  const url = `${call.address}/download`
  const head = await http.send('GET', artefact, url, held?.since === undefined ? { ...call.headers } : { ...call.headers, 'if-modified-since': held.since })
  if (head.statusCode === 304) return await unchanged(call, head)
  if (isRedirect(head)) return tarball(call, head, await follow(call, url, head))
  if (head.statusCode === 200) return tarball(call, head, head)
  const refusal = await refusalOf(artefact, head, http.clock())
  if (MAY_BE_OLDER.has(head.statusCode) && hasSlots(await describeOr(call, refusal))) return 'other-protocol'
  throw refusal
}

/** What the refusal says counts when the account is not shown a description either. */
async function describeOr (call: DatafairCall, refusal: Error): Promise<Record<string, unknown>> {
  try {
    return await describe(call)
  } catch (error) {
    throw error instanceof CacheError && (error.code === 'plugin-not-found' || error.code === 'plugin-forbidden') ? refusal : error
  }
}

async function unchanged (call: DatafairCall, head: Head): Promise<Resolution | OtherProtocol> {
  const { artefact, held } = call
  await head.body.dump()
  if (held?.since === undefined) throw new CacheError('registry-misconfigured', artefact, reason('unasked-304'))
  const version = header(head, 'x-artefact-version')
  // Another upload within the second that the condition names.
  if (version !== undefined && held.version !== undefined && version !== held.version) return await askDownload({ ...call, held: undefined })
  return { kind: 'unchanged' }
}

function tarball ({ http, artefact }: DatafairCall, registry: Head, storage: Head): Resolution {
  const bytes = contentLength(storage)
  const dated = header(registry, 'last-modified') === undefined ? storage : registry
  const validator = validatorOf({
    lastModified: header(dated, 'last-modified'),
    date: header(dated, 'date'),
    version: header(registry, 'x-artefact-version'),
    now: http.clock()
  })
  return { kind: 'tarball', stream: archiveBody(artefact, storage.body, bytes), bytes, validator: writeValidator(validator) }
}
