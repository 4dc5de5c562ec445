/**
 * A small server that stands for data-fair: REST datasets, their lines and journals over HTTP, journal events over a WebSocket.
 * It demands the API key, records what it is asked, and misbehaves on demand.
 */
import { createServer } from 'node:http'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { WebSocketServer } from 'ws'
import type { WebSocket } from 'ws'

interface RecordedRequest {
  readonly method: string
  /** Path and query, the base path included. */
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

interface Answer {
  readonly status: number
  readonly headers?: Record<string, string>
  /** Sent as JSON unless it is a text. */
  readonly body?: unknown
  readonly delayMs?: number
}

interface Dataset {
  readonly id: string
  readonly title?: string
  readonly lines: Record<string, Record<string, unknown>>
  readonly journal: JournalEvent[]
  readonly [key: string]: unknown
}

interface JournalEvent { readonly type: string, readonly date: string, readonly data?: unknown }

export interface DataFairServer {
  /** Base URL, without a slash at its end. */
  readonly url: string
  readonly requests: RecordedRequest[]
  /** WebSocket messages as they came in. */
  readonly subscriptions: Record<string, unknown>[]
  readonly datasets: Map<string, Dataset>
  /** The next request whose method and path match is answered so, once per call. `path` lies below the base path. */
  answerNext(method: string, path: string, answer: Answer): void
  /** Adds to the journal of a dataset and tells whoever has subscribed. */
  emit(datasetId: string, type: string, data?: unknown): void
  /** Subscriptions are left unanswered while true. */
  silent: boolean
  /** Breaks all WebSocket connections. */
  dropSockets(): void
  readonly openSockets: number
  close(): Promise<void>
}

export interface DataFairServerOptions {
  /** @default 'test-api-key' */
  readonly apiKey?: string
  /** @default '/data-fair' */
  readonly basePath?: string
  /** How long a written line takes to be finalized. @default 50 */
  readonly finalizeMs?: number
  /** @default a free port */
  readonly port?: number
}

export async function startDataFair (options: DataFairServerOptions = {}): Promise<DataFairServer> {
  const { apiKey = 'test-api-key', basePath = '/data-fair', finalizeMs = 50 } = options
  const requests: RecordedRequest[] = []
  const subscriptions: Record<string, unknown>[] = []
  const datasets = new Map<string, Dataset>()
  const planned: { method: string, path: string, answer: Answer }[] = []
  const channels = new Map<WebSocket, Set<string>>()
  const timers = new Set<NodeJS.Timeout>()

  const server = createServer((req, res) => {
    serve(req, res).catch((error: Error) => reply(res, { status: 500, body: error.message }))
  })
  const sockets = new WebSocketServer({ server })
  sockets.on('connection', (socket) => {
    channels.set(socket, new Set())
    socket.on('message', (bytes) => onMessage(socket, JSON.parse(String(bytes))))
    socket.on('close', () => channels.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve))

  const api: DataFairServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${basePath}`,
    requests,
    subscriptions,
    datasets,
    silent: false,
    answerNext: (method, path, answer) => planned.push({ method, path: basePath + path, answer }),
    emit,
    dropSockets: () => { for (const socket of channels.keys()) socket.terminate() },
    get openSockets () { return channels.size },
    close
  }
  return api

  async function serve (req: IncomingMessage, res: ServerResponse): Promise<void> {
    const request = { method: req.method ?? '', path: req.url ?? '', headers: req.headers, body: await readAll(req) }
    requests.push(request)
    const at = planned.findIndex((plan) => plan.method === request.method && plan.path === request.path)
    const [plan] = at < 0 ? [] : planned.splice(at, 1)
    if (plan?.answer.delayMs !== undefined) await later(plan.answer.delayMs)
    reply(res, plan?.answer ?? answerFor(request))
  }

  function answerFor ({ method, path, headers, body }: RecordedRequest): Answer {
    if (!path.startsWith(`${basePath}/api/v1/datasets`)) return { status: 404, body: 'not found' }
    if (headers['x-apikey'] !== apiKey) return { status: 401, body: 'wrong or missing API key' }
    const [id, part, lineId] = path.slice(`${basePath}/api/v1/datasets`.length).split('?')[0]?.split('/').slice(1).map(decodeURIComponent) ?? []
    const content = body === '' ? {} : JSON.parse(body)
    if (id === undefined) return method === 'POST' ? create(content) : { status: 200, body: { results: [...datasets.values()], count: datasets.size } }
    const dataset = datasets.get(id)
    if (dataset === undefined && method === 'PUT' && part === undefined) return create({ ...content, id })
    if (dataset === undefined) return { status: 404, body: `no dataset ${id}` }
    if (part === 'journal') return { status: 200, body: dataset.journal }
    if (part === 'lines' || part === '_bulk_lines') return onLines(dataset, method, lineId, content)
    return onDataset(dataset, method, content)
  }

  function create (content: Record<string, unknown>): Answer {
    const id = String(content.id ?? `dataset-${datasets.size + 1}`)
    if (datasets.has(id)) return { status: 400, body: `the dataset ${id} exists` }
    const dataset: Dataset = { ...content, id, lines: {}, journal: [] }
    datasets.set(id, dataset)
    emit(id, 'dataset-created')
    return { status: 201, body: shown(dataset) }
  }

  function onDataset (dataset: Dataset, method: string, content: Record<string, unknown>): Answer {
    if (method === 'DELETE') {
      datasets.delete(dataset.id)
      return { status: 204 }
    }
    if (method === 'PATCH') datasets.set(dataset.id, { ...dataset, ...content, id: dataset.id })
    return { status: 200, body: shown(datasets.get(dataset.id) ?? dataset) }
  }

  function onLines (dataset: Dataset, method: string, lineId: string | undefined, content: Record<string, unknown> | Record<string, unknown>[]): Answer {
    if (method === 'GET') return { status: 200, body: { total: Object.keys(dataset.lines).length, results: Object.values(dataset.lines) } }
    const lines = Array.isArray(content) ? content : [content]
    for (const line of lines) {
      const key = lineId ?? String(line._id ?? `line-${Object.keys(dataset.lines).length + 1}`)
      dataset.lines[key] = { ...line, _id: key }
    }
    finalize(dataset.id)
    return { status: method === 'POST' ? 201 : 200, body: lineId === undefined ? { nbOk: lines.length, nbErrors: 0 } : dataset.lines[lineId] }
  }

  function finalize (id: string): void {
    later(finalizeMs).then(() => {
      emit(id, 'index-end')
      emit(id, 'finalize-end')
    }, () => {})
  }

  function emit (datasetId: string, type: string, data?: unknown): void {
    const event = { type, date: new Date().toISOString(), ...(data === undefined ? {} : { data }) }
    datasets.get(datasetId)?.journal.push(event)
    const channel = `datasets/${datasetId}/journal`
    for (const [socket, names] of channels) {
      if (names.has(channel)) socket.send(JSON.stringify({ type: 'message', channel, data: event, date: event.date }))
    }
  }

  function onMessage (socket: WebSocket, message: Record<string, unknown>): void {
    subscriptions.push(message)
    if (api.silent) return
    const channel = String(message.channel)
    if (message.apiKey !== apiKey) return socket.send(JSON.stringify({ type: 'error', channel, status: 403, data: 'Permission manquante.' }))
    if (message.type === 'subscribe') channels.get(socket)?.add(channel)
    else channels.get(socket)?.delete(channel)
    socket.send(JSON.stringify({ type: `${message.type}-confirm`, channel }))
  }

  async function later (ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => {
        timers.delete(timer)
        resolve()
      }, ms)
      timers.add(timer)
    })
  }

  async function close (): Promise<void> {
    for (const timer of timers) clearTimeout(timer)
    api.dropSockets()
    sockets.close()
    server.closeAllConnections()
    await new Promise<void>((resolve) => { server.close(() => resolve()) })
  }
}

function shown ({ lines: _lines, journal: _journal, ...dataset }: Dataset): Record<string, unknown> {
  return dataset
}

function reply (res: ServerResponse, { status, headers = {}, body }: Answer): void {
  const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body)
  const type = body === undefined ? {} : { 'content-type': typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/json; charset=utf-8' }
  res.writeHead(status, { ...type, ...headers }).end(text)
}

async function readAll (req: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of req) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}
