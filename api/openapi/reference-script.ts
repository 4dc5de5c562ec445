/**
 * Scalar's reference, which shows documents of OpenAPI: one script without dependencies. Of the packages that hold it, the one made for
 * Fastify is the only one that does not bring Scalar's whole workshop along (25 packages and theirs). It gives the script to a server that
 * asks for it; here is that server, as much of it as is asked for.
 */
import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'

export interface ReferenceScript {
  readonly text: Buffer
  readonly gzipped: Buffer
  readonly etag: string
}

interface ScriptRoute {
  readonly url: string
  readonly handler: (request: unknown, reply: unknown) => unknown
}

let script: Promise<ReferenceScript> | undefined

/** About 4 MB, made when it is first asked for, then kept. */
export async function referenceScript (): Promise<ReferenceScript> {
  script ??= make()
  return await script
}

async function make (): Promise<ReferenceScript> {
  const text = Buffer.from(await scriptOfPlugin())
  return { text, gzipped: await promisify(gzip)(text), etag: `"${createHash('sha256').update(text).digest('base64url')}"` }
}

async function scriptOfPlugin (): Promise<string> {
  const { default: plugin } = await import('@scalar/fastify-api-reference')
  const routes: ScriptRoute[] = []
  const register: (server: object, options: object, done: () => void) => void = plugin // its own types need Fastify's, which is not here
  register({ route: (route: ScriptRoute) => { routes.push(route) }, log: console, hasPlugin: () => false, initialConfig: {} }, { configuration: { url: '/' } }, () => {})
  let sent: unknown
  const reply = { header: () => reply, send: (body: unknown) => { sent = body } }
  await routes.find(({ url }) => url.endsWith('.js'))?.handler({}, reply)
  if (typeof sent !== 'string') throw new Error(`@scalar/fastify-api-reference: wanted a route that sends the script, found ${routes.map(({ url }) => url).join(', ')}`)
  return sent
}
