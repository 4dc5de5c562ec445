/** The writing half of the registry: archives as multipart forms, texts and access, thumbnails, access grants; for whoever has the secret and names no account. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { list } from 'tar'
import { valid } from 'semver'

export interface Account { readonly type: string, readonly id: string }

/** What the registry keeps of an artefact beside its bytes, once somebody has uploaded it. */
export interface ArtefactDocument {
  readonly packageName: string
  readonly version: string
  readonly category: string
  readonly public: boolean
  readonly privateAccess: readonly (Account & { readonly name?: string })[]
  readonly title?: { readonly fr?: string }
  readonly description?: { readonly fr?: string }
  readonly group?: { readonly fr?: string }
  readonly documentation?: string
  readonly origin?: string
  readonly thumbnail?: { readonly id: string, readonly svg: string }
}

interface Uploaded {
  readonly bytes: Buffer
  readonly architecture: string
  readonly updatedAt: Date
  readonly version: string
  readonly document: ArtefactDocument
}

export interface UploadDesk {
  document(id: string): ArtefactDocument | undefined
  keep(id: string, uploaded: Uploaded): void
  change(id: string, fields: Partial<ArtefactDocument>): void
  /** Undefined: this registry knows no grants. */
  readonly grants: Set<string> | undefined
}

const EDITABLE = ['title', 'description', 'group', 'documentation', 'public', 'privateAccess']

/** False: the request is none of these. Whoever calls has checked the secret. */
export async function upload (desk: UploadDesk, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
  const { pathname } = new URL(request.url ?? '', 'http://registry')
  const say = (status: number, body: unknown): true => {
    response.writeHead(status, { 'content-type': typeof body === 'string' ? 'text/plain' : 'application/json' }).end(typeof body === 'string' ? body : JSON.stringify(body))
    return true
  }
  if (request.method === 'POST' && pathname === '/api/v1/access-grants') return await grant(desk, request, say)
  const [, id, what] = /^\/api\/v1\/artefacts\/(?:npm\/)?([^/]+?)(\/thumbnail)?$/.exec(pathname)?.map(part => part === undefined ? '' : decodeURIComponent(part)) ?? []
  if (id === undefined) return false
  if (request.method === 'POST' && pathname.startsWith('/api/v1/artefacts/npm/')) return await takeArchive(desk, id, request, say)
  if (request.method === 'POST' && what === '/thumbnail') return await takeThumbnail(desk, id, request, say)
  if (request.method === 'PATCH' && what === '') return await takeFields(desk, id, request, say)
  return false
}

type Say = (status: number, body: unknown) => true

async function takeArchive (desk: UploadDesk, id: string, request: IncomingMessage, say: Say): Promise<true> {
  const form = await formOf(request)
  const file = form.get('file')
  if (!(file instanceof File)) return say(400, 'no file')
  const bytes = Buffer.from(await file.arrayBuffer())
  const manifest = await manifestIn(bytes)
  if (manifest === undefined) return say(400, 'package/package.json not found in the archive')
  if (typeof manifest.name !== 'string' || valid(manifest.version) === null) return say(400, 'invalid manifest')
  const known = desk.document(id)
  if (known?.origin !== undefined) return say(409, 'this artefact is managed by a remote registry')
  if (known !== undefined && known.packageName !== manifest.name) return say(409, `this artefact holds the package ${known.packageName}`)
  const document = { public: false, privateAccess: [], ...known, packageName: manifest.name, version: manifest.version, category: String(form.get('category') ?? 'other') }
  desk.keep(id, { bytes, document, version: manifest.version, updatedAt: new Date(), architecture: String(form.get('architecture') ?? 'noarch') })
  return say(201, { artefact: { _id: id, ...document } })
}

async function takeFields (desk: UploadDesk, id: string, request: IncomingMessage, say: Say): Promise<true> {
  const fields = JSON.parse((await bytesOf(request)).toString('utf8'))
  const document = desk.document(id)
  if (document === undefined) return say(404, 'artefact not found')
  const unknown = Object.keys(fields).filter(key => !EDITABLE.includes(key))
  if (unknown.length > 0) return say(400, `unknown fields ${unknown.join(', ')}`)
  if (fields.privateAccess?.some((account: { name?: unknown }) => typeof account.name !== 'string')) return say(400, 'privateAccess: an account has no name')
  if (document.origin !== undefined && Object.keys(fields).some(key => key !== 'public' && key !== 'privateAccess')) return say(403, 'mirrored artefact: only public and privateAccess can be edited locally')
  desk.change(id, fields)
  return say(200, { _id: id, ...desk.document(id) })
}

async function takeThumbnail (desk: UploadDesk, id: string, request: IncomingMessage, say: Say): Promise<true> {
  const [file] = [...(await formOf(request)).values()]
  if (!(file instanceof File) || file.type !== 'image/svg+xml') return say(400, 'an image is wanted')
  if (desk.document(id) === undefined) return say(404, 'artefact not found')
  desk.change(id, { thumbnail: { id: `thumbnail-of-${id}`, svg: await file.text() } })
  return say(201, { _id: id })
}

async function grant ({ grants }: UploadDesk, request: IncomingMessage, say: Say): Promise<true> {
  const { account } = JSON.parse((await bytesOf(request)).toString('utf8'))
  if (grants === undefined) return say(404, 'not found')
  const key = `${account.type}:${account.id}`
  if (grants.has(key)) return say(409, 'access already granted to this account')
  grants.add(key)
  return say(201, { account })
}

async function formOf (request: IncomingMessage): Promise<FormData> {
  return await new Response(await bytesOf(request), { headers: { 'content-type': String(request.headers['content-type']) } }).formData()
}

async function bytesOf (request: IncomingMessage): Promise<Buffer<ArrayBuffer>> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** Only the exact path counts. */
async function manifestIn (archive: Buffer): Promise<Record<string, any> | undefined> {
  const chunks: Buffer[] = []
  const parser = list({ onReadEntry (entry) { if (entry.path === 'package/package.json') entry.on('data', chunk => chunks.push(chunk)) } })
  const ended = new Promise<void>((resolve, reject) => parser.on('end', resolve).on('error', reject))
  parser.end(archive)
  await ended
  return chunks.length === 0 ? undefined : JSON.parse(Buffer.concat(chunks).toString('utf8'))
}
