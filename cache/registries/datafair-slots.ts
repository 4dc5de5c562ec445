/**
 * The older protocol: `GET /artefacts/:id` describes the artefact, `GET /artefacts/:id/tarball?architecture=` brings its archive.
 *
 * The description is given to whoever may see the artefact, the archive only to whoever may download it: that is asked even when
 * nothing changed, by a request for the head of the archive.
 */
import { reason } from '../reasons.ts'
import { CacheError, type Resolution } from '../types.ts'
import { refusalOf } from './answers.ts'
import { archiveBody } from './archive-body.ts'
import { describe, follow, hasSlots, type DatafairCall, type OtherProtocol } from './datafair-call.ts'
import { writeValidator } from './datafair-validator.ts'
import { contentLength, isRedirect, type Head } from './http.ts'

export async function askSlots (call: DatafairCall): Promise<Resolution | OtherProtocol> {
  const description = await describe(call)
  if (!hasSlots(description)) return 'other-protocol'
  const dataUpdatedAt = String(description.dataUpdatedAt)
  if (call.held?.dataUpdatedAt === dataUpdatedAt) {
    const { head } = await archive('HEAD', call)
    await head.body.dump()
    return { kind: 'unchanged' }
  }
  const { head, url } = await archive('GET', call)
  const stored = isRedirect(head) ? await follow(call, url, head) : head
  const bytes = contentLength(stored)
  // Of before the archive was asked for: an upload in between costs one more download, and is never missed.
  const validator = writeValidator({ dataUpdatedAt })
  return { kind: 'tarball', stream: archiveBody(call.artefact, stored.body, bytes), bytes, validator }
}

/** Of this machine's architecture, else of none. */
async function archive (method: 'GET' | 'HEAD', call: DatafairCall): Promise<{ head: Head, url: string }> {
  const { http, artefact, architecture } = call
  for (const query of [`?architecture=${encodeURIComponent(architecture)}`, '']) {
    const url = `${call.address}/tarball${query}`
    const head = await http.send(method, artefact, url, { ...call.headers })
    if (head.statusCode === 200 || isRedirect(head)) return { head, url }
    if (head.statusCode !== 404) throw await refusalOf(artefact, head, http.clock())
    await head.body.dump()
  }
  throw new CacheError('plugin-not-found', artefact, reason('no-architecture', { architecture }))
}
