/** A small registry that speaks npm's protocol, for tests: descriptions with ETag, archives, a token. It misbehaves on demand. */
import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { misbehave, type Behaviour } from './registry-behaviours.ts'

export interface NpmVersion {
  /** What is served as its archive. */
  readonly archive: Buffer
  /** Beside name, version and dist. */
  readonly manifest?: Readonly<Record<string, unknown>>
  /** In place of what is true of the archive. `tarball`: a path or an address. */
  readonly dist?: Readonly<Record<string, unknown>>
  /** When the archive is asked for. */
  readonly behaviour?: Behaviour
}

interface NpmPackage {
  readonly versions: Readonly<Record<string, NpmVersion>>
  /** @default latest: the last of the versions */
  readonly tags?: Readonly<Record<string, string>>
  /** When the description is asked for. */
  readonly behaviour?: Behaviour
}

export interface TestNpmRegistry {
  /** Base address, without a slash at its end. */
  readonly url: string
  /** Paths asked for, with the status of each answer and the token sent; the last 1,000. */
  readonly requests: readonly { readonly path: string, status: number, readonly authorization: string | undefined }[]
  downloads(): number
  /** `undefined` removes it. */
  set(name: string, pack: NpmPackage | undefined): void
  down(): Promise<void>
  up(): Promise<void>
  close(): Promise<void>
}

const MAX_REQUESTS = 1000

/** `token`: wanted of every request, when there is one. */
export async function startNpmRegistry (options: { readonly token?: string } = {}): Promise<TestNpmRegistry> {
  const packages = new Map<string, NpmPackage>()
  const requests: { path: string, status: number, authorization: string | undefined }[] = []
  let address = ''
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const seen = { path: request.url ?? '', status: 0, authorization: request.headers.authorization }
    requests.push(seen)
    if (requests.length > MAX_REQUESTS) requests.shift()
    response.on('finish', () => { seen.status = response.statusCode })
    if (options.token !== undefined && request.headers.authorization !== `Bearer ${options.token}`) return sendJson(response, 401, { error: 'unauthorized' })
    serve(packages, address, request, response)
  }
  let server = await listen(answer, 0)
  const { port } = server.address() as AddressInfo // it listens on TCP
  address = `http://127.0.0.1:${port}`
  return {
    url: address,
    requests,
    downloads: () => requests.filter(({ status, path }) => status === 200 && path.includes('/-/')).length,
    set: (name, pack) => { if (pack === undefined) packages.delete(name); else packages.set(name, pack) },
    down: () => end(server),
    up: async () => { server = await listen(answer, port) },
    close: () => end(server)
  }
}

function serve (packages: ReadonlyMap<string, NpmPackage>, address: string, request: IncomingMessage, response: ServerResponse): void {
  const [path = '', file] = decodeURIComponent(new URL(request.url ?? '', address).pathname.slice(1)).split('/-/')
  const pack = packages.get(path)
  if (pack === undefined) return sendJson(response, 404, { error: 'not found' })
  if (file !== undefined) return sendArchive(path, pack.versions[file.replace(/\.tgz$/, '')], response)
  const bytes = Buffer.from(JSON.stringify(describe(path, pack, address)))
  const etag = `"${createHash('sha1').update(bytes).digest('hex')}"`
  if (pack.behaviour !== undefined) return misbehave(pack.behaviour, { id: path, bytes, headers: { etag } }, response)
  if (request.headers['if-none-match'] === etag) {
    response.writeHead(304, { etag }).end()
    return
  }
  response.writeHead(200, { 'content-type': 'application/vnd.npm.install-v1+json', etag }).end(bytes)
}

function describe (name: string, { versions, tags }: NpmPackage, address: string): object {
  return {
    name,
    'dist-tags': tags ?? { latest: Object.keys(versions).at(-1) },
    versions: Object.fromEntries(Object.entries(versions).map(([version, { archive, manifest, dist }]) => {
      const tarball = typeof dist?.tarball === 'string' ? new URL(dist.tarball, address).href : `${address}/${name}/-/${version}.tgz`
      const integrity = `sha512-${createHash('sha512').update(archive).digest('base64')}`
      return [version, { name, version, ...manifest, dist: { integrity, ...dist, tarball } }]
    }))
  }
}

function sendArchive (id: string, version: NpmVersion | undefined, response: ServerResponse): void {
  if (version === undefined) return sendJson(response, 404, { error: 'not found' })
  const { archive, behaviour } = version
  if (behaviour !== undefined) return misbehave(behaviour, { id, bytes: archive, headers: {} }, response)
  response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': archive.length }).end(archive)
}

function sendJson (response: ServerResponse, status: number, value: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}

async function listen (answer: (request: IncomingMessage, response: ServerResponse) => void, port: number): Promise<Server> {
  const server = createServer(answer)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve())
  })
  return server
}

async function end (server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeAllConnections()
  await closed
}
