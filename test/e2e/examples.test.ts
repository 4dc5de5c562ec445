/** The examples that have npm packages: in plain Node, and by `vivarium run` the same log and the same requests. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import * as XLSX from 'xlsx'
import { context, type LogLine } from '../../testing/index.js'
import { vivarium } from '../bin/command-line.ts'
import { writeZip } from '../servers/zip-writer.ts'

const examples = fileURLToPath(new URL('../../examples/', import.meta.url))
const csv = '\uFEFFname;kg;note\nBoskoop ;12.5;"a ""good"" one"\n;;\nCox;8;a, b\n'
const rows = Array.from({ length: 2_500 }, (_, n) => ({ n, name: `tree ${n}`, planted: n % 7 === 0 ? null : `20${String(n % 100).padStart(2, '0')}` }))

interface Seen { readonly method: string, readonly path: string, readonly body: string }

describe('the examples with npm packages [slow]', function () {
  this.timeout(60_000)
  const { log: print } = console
  let folder: string
  let server: Server
  let url: string
  let seen: Seen[] = []
  const served: Record<string, Buffer> = {}

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'vivarium-examples-'))
    served['/harvest.csv'] = Buffer.from(csv)
    served['/files.zip'] = writeZip({ 'one.csv': 'a,b\n1,2\n3,4\n', 'notes.txt': 'no CSV', 'deep/two.csv': `x\n${'line\n'.repeat(20_000)}` })
    const book = XLSX.utils.book_new()
    XLSX.utils.book_append_sheet(book, XLSX.utils.json_to_sheet(rows), 'Trees')
    served['/book.xlsx'] = XLSX.write(book, { type: 'buffer', bookType: 'xlsx' })
    server = createServer((request, response) => { answer(request, response).catch(error => response.destroy(error)) }).listen(0, '127.0.0.1')
    await new Promise(resolve => server.once('listening', resolve))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}` // it listens on TCP
  })
  after(async () => {
    server.close()
    await rm(folder, { recursive: true, force: true })
  })
  beforeEach(() => { seen = [] })
  afterEach(() => { console.log = print })

  async function answer (request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const target = request.url ?? ''
    if (request.method === 'GET') {
      response.end(served[target])
      return
    }
    const boundary = /boundary=(.*)$/.exec(request.headers['content-type'] ?? '')?.[1]
    const body = Buffer.concat(chunks).toString('utf8')
    seen.push({ method: request.method ?? '', path: target, body: boundary === undefined ? body : body.replaceAll(boundary, '(boundary)') })
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(target.endsWith('_bulk_lines') ? { nbOk: JSON.parse(body).length, nbErrors: 0 } : { id: 'made', title: 'Harvest' }))
  }

  /** In plain Node, with the test helper of authors. */
  async function inNode (name: string, entry: string, config: Record<string, unknown>): Promise<{ lines: LogLine[], requests: Seen[] }> {
    console.log = () => {}
    const { run } = await import(path.join(examples, name, entry)) as { run (context: unknown): Promise<void> }
    const processing = context({ processingConfig: structuredClone(config) }, { dataFairUrl: url })
    await run(processing)
    await processing.cleanup().catch(() => {}) // the dataset is not there to be deleted
    console.log = print
    const requests = seen.filter(({ method }) => method !== 'DELETE')
    seen = []
    return { lines: processing.lines, requests }
  }

  async function inSandbox (name: string, config: Record<string, unknown>): Promise<{ output: string, requests: Seen[] }> {
    const file = path.join(folder, `${name}.json`)
    await writeFile(file, JSON.stringify(config))
    const called = vivarium(['run', path.join(examples, name), '--config', file, '--data-fair', url])
    const code = await called.ended
    assert.equal(code, 0, called.output())
    return { output: called.output(), requests: seen }
  }

  async function same (name: string, entry: string, config: Record<string, unknown>): Promise<{ lines: LogLine[], requests: Seen[] }> {
    const node = await inNode(name, entry, config)
    const sandbox = await inSandbox(name, config)
    let from = 0
    for (const { type, msg } of node.lines.filter(({ type }) => type !== 'progress' && type !== 'debug')) {
      const at = sandbox.output.indexOf(msg, from)
      assert.ok(at >= 0, `${type} "${msg}" was expected after the lines before it in:\n${sandbox.output}`)
      from = at
    }
    const withoutId = (requests: readonly Seen[]): Seen[] => requests.map(request => ({ ...request, body: request.body.replace(/"processingId":"[^"]*"/, '"processingId":"…"') }))
    assert.deepEqual(withoutId(sandbox.requests), withoutId(node.requests))
    return node
  }

  it('csv-to-dataset: download, clean, upload as a form', async () => {
    const { lines, requests } = await same('csv-to-dataset', 'index.ts', { url: `${url}/harvest.csv`, delimiter: ';', dataset: { title: 'Harvest' } })
    assert.deepEqual(lines.filter(({ type }) => type === 'info').map(({ msg }) => msg), ['2 rows, 1 empty ones dropped', 'dataset created, id="made", title="Harvest"'])
    assert.deepEqual(requests.map(({ method, path }) => [method, path]), [['POST', '/api/v1/datasets']])
    assert.ok(requests[0]?.body.includes('name,kg,note\nBoskoop,12.5,"a ""good"" one"\nCox,8,"a, b"\n'))
  })

  it('zip-of-csv: streamed and unzipped, entry by entry', async () => {
    const { lines } = await same('zip-of-csv', 'index.js', { url: `${url}/files.zip` })
    assert.deepEqual(lines.map(({ msg }) => msg), ['Files of the archive', 'one.csv: 2 rows of a, b', 'deep/two.csv: 20000 rows of x', '20002 rows in all'])
    assert.equal((lines[1]?.extra as { sha256: string }).sha256, createHash('sha256').update('a,b\n1,2\n3,4\n').digest('hex'))
  })

  it('xlsx-to-lines: the rows of a sheet, a batch at a time', async () => {
    const { requests } = await same('xlsx-to-lines', 'index.ts', { url: `${url}/book.xlsx`, datasetId: 'trees' })
    assert.deepEqual(requests.map(({ path, body }) => [path, JSON.parse(body).length]), [1_000, 1_000, 500].map(count => ['/api/v1/datasets/trees/_bulk_lines', count]))
    assert.deepEqual(requests.flatMap(({ body }) => JSON.parse(body)), rows)
  })
})
