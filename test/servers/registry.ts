/**
 * A small registry that speaks the protocols of data-fair's, for tests and for the demo: the conditional `GET /api/v1/artefacts/:id/download`,
 * or the older description with one archive for each architecture. It packs folders of plugins at its start, takes uploads, and misbehaves
 * on demand.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { readFile, readdir } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { create } from 'tar'
import { misbehave, type Behaviour } from './registry-behaviours.ts'
import { upload, type Account, type ArtefactDocument, type UploadDesk } from './registry-uploads.ts'

export type { Behaviour } from './registry-behaviours.ts'

/** `download`: one conditional request. `slots`: a description, and archives by architecture. */
export type Protocol = 'download' | 'slots'

export interface Artefact {
  /** Folder of the plugin: packed as `package/…`. */
  readonly dir?: string
  /** Or the bytes to serve, as they are. */
  readonly archive?: Buffer
  /** Accounts that may see and download it; everybody when absent. */
  readonly access?: readonly Account[]
  /** Accounts that may download it, of those that see it: all when absent. */
  readonly grants?: readonly Account[]
  /** For which its archive is, in the older protocol. @default noarch */
  readonly architecture?: string
  /** @default one minute before it was set */
  readonly updatedAt?: Date
  /** Sends X-Artefact-Version. @default true for a folder */
  readonly sendVersion?: boolean
  readonly behaviour?: Behaviour
}

export interface RegistryOptions {
  /** @default a free port */
  readonly port?: number
  readonly secret: string
  readonly artefacts: Readonly<Record<string, Artefact>>
  /** @default download */
  readonly protocol?: Protocol
  /** An account downloads only once an access grant was made for it, as in older registries. @default false */
  readonly wantsGrants?: boolean
}

interface SeenRequest {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  /** 0 when the connection was ended without an answer. */
  status: number
}

export interface TestRegistry {
  /** Base address, without a slash at its end. */
  readonly url: string
  /** The last 1,000 requests, the oldest first. */
  readonly requests: readonly SeenRequest[]
  /** Requests answered with an archive. */
  downloads(): number
  /** What is told of an artefact that was uploaded. */
  document(id: string): ArtefactDocument | undefined
  /** The archive of an artefact. */
  archive(id: string): Buffer | undefined
  /** As a person does in the registry. */
  edit(id: string, fields: Partial<ArtefactDocument>): void
  /** Accounts with an access grant, `type:id`. */
  readonly grants: ReadonlySet<string>
  /** The next `times` requests whose `METHOD path` fits are answered so. */
  answerNext(pattern: RegExp, status: number, times?: number): void
  /** As when the registry is replaced by another version of it. */
  speak(protocol: Protocol): void
  /** Adds or changes an artefact; `undefined` removes it. */
  set(id: string, artefact: Artefact | undefined): Promise<void>
  /** From now on connections are refused, until `up()`. */
  down(): Promise<void>
  up(): Promise<void>
  close(): Promise<void>
}

interface Held extends Artefact {
  readonly bytes: Buffer
  readonly version: string | undefined
  readonly updatedAt: Date
  /** Of one that was uploaded: it says who sees it. */
  readonly document?: ArtefactDocument
}

const MAX_REQUESTS = 1000
const AGE_MS = 60_000

export async function startRegistry (options: RegistryOptions): Promise<TestRegistry> {
  const held = new Map<string, Held>()
  const requests: SeenRequest[] = []
  const set = async (id: string, artefact: Artefact | undefined): Promise<void> => {
    if (artefact === undefined) held.delete(id)
    else held.set(id, await hold(artefact))
  }
  for (const [id, artefact] of Object.entries(options.artefacts)) await set(id, artefact)
  let protocol = options.protocol ?? 'download'
  const grants = options.wantsGrants === true ? new Set<string>() : undefined
  const change = (id: string, fields: Partial<ArtefactDocument>): void => {
    const artefact = held.get(id)
    if (artefact?.document !== undefined) held.set(id, { ...artefact, document: { ...artefact.document, ...fields } })
  }
  const desk: UploadDesk = { grants, change, document: id => held.get(id)?.document, keep: (id, uploaded) => held.set(id, uploaded) }
  let disturbed = { pattern: /^/, status: 0, times: 0 }
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const seen: SeenRequest = { method: request.method ?? '', path: request.url ?? '', headers: request.headers, status: 0 }
    requests.push(seen)
    if (requests.length > MAX_REQUESTS) requests.shift()
    response.on('finish', () => { seen.status = response.statusCode })
    if (disturbed.times > 0 && disturbed.pattern.test(`${seen.method} ${seen.path}`)) {
      disturbed.times--
      request.resume()
      return sendText(response, disturbed.status, `status ${disturbed.status}`)
    }
    const exchange = { secret: options.secret, protocol, held, grants, request, response }
    if (['GET', 'HEAD'].includes(seen.method) || request.headers['x-secret-key'] !== options.secret || request.headers['x-account'] !== undefined) return serve(exchange)
    upload(desk, request, response).then(done => { if (!done) serve(exchange) }, error => sendText(response, 500, String(error)))
  }
  let server = await listen(answer, options.port ?? 0)
  const { port } = server.address() as AddressInfo // it listens on TCP
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    downloads: () => requests.filter((seen) => seen.status === 200 && seen.method === 'GET' && /^\/storage\/|\/(download|tarball)(\?|$)/.test(seen.path)).length,
    speak: (other) => { protocol = other },
    set,
    document: id => desk.document(id),
    archive: id => held.get(id)?.bytes,
    edit: change,
    grants: grants ?? new Set(),
    answerNext: (pattern, status, times = 1) => { disturbed = { pattern, status, times } },
    down: () => end(server),
    up: async () => { server = await listen(answer, port) },
    close: () => end(server)
  }
}

interface Exchange {
  readonly secret: string
  readonly protocol: Protocol
  readonly held: ReadonlyMap<string, Held>
  readonly grants: ReadonlySet<string> | undefined
  readonly request: IncomingMessage
  readonly response: ServerResponse
}

function serve (exchange: Exchange): void {
  const { secret, protocol, held, grants, request, response } = exchange
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://registry')
  const storage = /^\/storage\/([^/]+)$/.exec(pathname)
  if (storage !== null) return sendStored(held.get(decodeURIComponent(storage[1])), response)
  const route = /^\/api\/v1\/artefacts\/([^/]+)(\/download|\/tarball|)$/.exec(pathname)
  if (!['GET', 'HEAD'].includes(request.method ?? '') || route === null) return sendText(response, 404, 'not found')
  if (request.headers['x-secret-key'] !== secret) return sendText(response, 401, 'unauthorized')
  const account = accountOf(request)
  if (account === undefined) return sendText(response, 400, 'invalid x-account header')
  const id = decodeURIComponent(route[1])
  const artefact = held.get(id)
  if (artefact === undefined) return sendText(response, 404, 'artefact not found')
  if (route[2] === '') return describe(exchange, id, artefact, account)
  if ((route[2] === '/download') !== (protocol === 'download')) return sendText(response, 404, 'no content')
  if (!sees(artefact, account) || !isAmong(artefact.grants, account) || lacksGrant(grants, account)) return sendText(response, 403, 'no access to this artefact')
  if (protocol === 'slots' && !['noarch', searchParams.get('architecture')].includes(artefact.architecture ?? 'noarch')) return sendText(response, 404, 'no tarball for this architecture')
  const headers = headersOf(artefact, protocol)
  if (artefact.behaviour !== undefined) return misbehave(artefact.behaviour, { id, bytes: artefact.bytes, headers }, response)
  if (protocol === 'download' && isUnchanged(artefact, request)) {
    response.writeHead(304, headers).end()
    return
  }
  response.writeHead(200, { ...headers, 'content-type': 'application/gzip', 'content-length': artefact.bytes.length }).end(artefact.bytes)
}

/** The artefact without its archive. In the older protocol it comes first, and is what does not answer. */
function describe ({ protocol, response }: Exchange, id: string, artefact: Held, account: Account | 'admin'): void {
  if (!sees(artefact, account)) return sendText(response, 404, 'artefact not found')
  const { behaviour, updatedAt, version } = artefact
  if (protocol === 'slots' && (behaviour?.kind === 'status' || behaviour?.kind === 'silent')) return misbehave(behaviour, { id, bytes: artefact.bytes, headers: {} }, response)
  const file = { path: `data/${id}.tgz`, size: artefact.bytes.length }
  const content = protocol === 'slots' ? { tarballs: { [artefact.architecture ?? 'noarch']: file } } : { ...file, hasNativeModules: false }
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ _id: id, format: 'npm', ...artefact.document, version, dataUpdatedAt: updatedAt.toISOString(), ...content }))
}

function sees ({ access, document }: Held, account: Account | 'admin'): boolean {
  return isAmong(document === undefined ? access : document.public ? undefined : document.privateAccess, account)
}

function lacksGrant (grants: ReadonlySet<string> | undefined, account: Account | 'admin'): boolean {
  return grants !== undefined && account !== 'admin' && !grants.has(`${account.type}:${account.id}`)
}

function isAmong (accounts: readonly Account[] | undefined, account: Account | 'admin'): boolean {
  return accounts === undefined || account === 'admin' || accounts.some(({ type, id }) => type === account.type && id === account.id)
}

function headersOf (artefact: Held, protocol: Protocol): Record<string, string> {
  if (protocol === 'slots') return {}
  const headers = { 'cache-control': 'no-cache', 'last-modified': artefact.updatedAt.toUTCString() }
  return artefact.version === undefined ? headers : { ...headers, 'x-artefact-version': artefact.version }
}

/** As the registry compares: to the second, which is all that the header holds. */
function isUnchanged (artefact: Held, request: IncomingMessage): boolean {
  const since = Date.parse(request.headers['if-modified-since'] ?? '')
  return Math.floor(artefact.updatedAt.getTime() / 1000) * 1000 <= since
}

function sendStored (artefact: Held | undefined, response: ServerResponse): void {
  if (artefact === undefined) return sendText(response, 404, 'no such object')
  if (artefact.behaviour?.kind === 'redirect' && artefact.behaviour.again === true) {
    response.writeHead(302, { location: '/elsewhere' }).end()
    return
  }
  response.writeHead(200, { 'content-length': artefact.bytes.length }).end(artefact.bytes)
}

function sendText (response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain' }).end(text)
}

/** Who has the secret and names no account may do everything. Undefined: the header is malformed. */
function accountOf (request: IncomingMessage): Account | 'admin' | undefined {
  if (request.headers['x-account'] === undefined) return 'admin'
  try {
    const account = JSON.parse(String(request.headers['x-account']))
    return ['user', 'organization'].includes(account.type) && typeof account.id === 'string' && account.id !== '' ? account : undefined
  } catch {
    return undefined
  }
}

async function hold (artefact: Artefact): Promise<Held> {
  const { dir } = artefact
  const bytes = artefact.archive ?? (dir === undefined ? Buffer.alloc(0) : await packFolder(dir))
  const version = dir === undefined || artefact.sendVersion === false ? undefined : String(JSON.parse(await readFile(join(dir, 'package.json'), 'utf8')).version)
  return { ...artefact, bytes, version, updatedAt: artefact.updatedAt ?? new Date(Date.now() - AGE_MS) }
}

/** A tarball as `npm pack` makes it; the same folder gives the same bytes. */
export async function packFolder (dir: string): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of create({ gzip: true, cwd: dir, prefix: 'package', portable: true, follow: true, mtime: new Date(0) }, (await readdir(dir)).sort())) chunks.push(chunk)
  return Buffer.concat(chunks)
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
