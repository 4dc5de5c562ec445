/** What both protocols of a data-fair registry share: the call, the description of an artefact, a redirect to its storage. */
import { reason } from '../reasons.ts'
import { CacheError } from '../types.ts'
import { refusalOf, unavailable } from './answers.ts'
import type { Validator } from './datafair-validator.ts'
import { header, isRedirect, readBody, readObject, type Head, type RegistryHttp } from './http.ts'
import { Retryable } from './retry.ts'

export interface DatafairCall {
  readonly http: RegistryHttp
  readonly artefact: string
  /** Of the artefact: what is asked for follows behind a slash. */
  readonly address: string
  readonly headers: Readonly<Record<string, string>>
  readonly architecture: string
  readonly held: Validator | undefined
}

/** The registry does not speak the protocol in which it was asked. */
export type OtherProtocol = 'other-protocol'

const MAX_DESCRIPTION_BYTES = 4 * 1024 * 1024

/** `GET /artefacts/:id`. Throws `plugin-not-found` when the account does not see the artefact. */
export async function describe ({ http, artefact, address, headers }: DatafairCall): Promise<Record<string, unknown>> {
  const head = await http.send('GET', artefact, address, headers)
  if (head.statusCode !== 200) throw await refusalOf(artefact, head, http.clock())
  return readObject(artefact, await readBody(artefact, head, MAX_DESCRIPTION_BYTES))
}

/** Such a description has one archive for each architecture: the older protocol. */
export function hasSlots (description: Record<string, unknown>): boolean {
  return typeof description.tarballs === 'object' && description.tarballs !== null
}

/** Follows `redirect` once, to the storage that the registry names; a second redirect is refused, and so is one that leaves TLS. */
export async function follow ({ http, artefact }: DatafairCall, from: string, redirect: Head): Promise<Head> {
  await redirect.body.dump()
  const location = header(redirect, 'location')
  const url = location === undefined ? null : URL.parse(location, from)
  if (url === null || !/^https?:$/.test(url.protocol)) throw new CacheError('registry-misconfigured', artefact, reason('redirect-nowhere'), { detail: `location: ${location}` })
  if (url.protocol === 'http:' && from.startsWith('https:')) throw new CacheError('registry-misconfigured', artefact, reason('redirect-insecure'), { detail: url.host })
  const head = await http.send('GET', artefact, url.href, { accept: '*/*' })
  if (head.statusCode === 200) return head
  await head.body.dump()
  if (isRedirect(head)) throw new CacheError('registry-misconfigured', artefact, reason('storage-redirects'), { detail: url.host })
  // The signed address may have expired meanwhile: the whole is asked again.
  throw new Retryable(unavailable(artefact, reason('storage-status', { status: head.statusCode }), url.host))
}
