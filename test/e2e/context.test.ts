import assert from 'node:assert/strict'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import axios from 'axios'
import { startDataFair, type DataFairServer } from '../servers/data-fair.ts'
import { startSmtp, type SmtpServer } from '../servers/smtp.ts'
import { startTarget, type TargetHandler, type TargetServer } from '../servers/target.ts'
import { ALICE, openTestService, type TestService } from './service.ts'

const fixtures = fileURLToPath(new URL('../fixtures/plugins/context', import.meta.url))
const PLUGINS = ['commonjs', 'es-module', 'typescript']
const API_KEY = 'data-fair-key-5130'

interface Line { readonly type: string, readonly msg: string, readonly extra?: any, readonly [field: string]: unknown }
interface Report { readonly globals: object, readonly axios: object, readonly fetch: object, readonly members: any }

/** A plain Node has the answers of the same probes. */
async function plainNode (url: string): Promise<Omit<Report, 'members'>> {
  const { probeGlobals } = await import(path.join(fixtures, 'parts/globals.mjs'))
  const { probeAxios, probeFetch } = await import(path.join(fixtures, 'parts/network.mjs'))
  return asJson({ globals: await probeGlobals(), axios: await probeAxios(axios.create({ maxRedirects: 0 }), url), fetch: await probeFetch(url) })
}

function asJson<T> (value: T): T {
  return JSON.parse(JSON.stringify(value))
}

function answers (onReport: (report: Report) => void): TargetHandler {
  let tired = 0
  return ({ method, path: target, headers, body }, response) => {
    const { pathname, search } = new URL(target, 'http://x')
    if (pathname === '/json') {
      response.writeHead(200, { 'content-type': 'application/json', 'x-repeated': ['a', 'b'], 'set-cookie': ['c=1', 'd=2'] }).end(JSON.stringify({ method, search, mine: headers['x-mine'] }))
    } else if (pathname === '/echo') response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ type: headers['content-type'], length: headers['content-length'], body: body.toString() }))
    else if (pathname === '/bytes') response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(Buffer.from([0, 255, 254]))
    else if (pathname === '/redirect') response.writeHead(302, { location: '/json' }).end()
    else if (pathname === '/tired') response.writeHead(++tired % 3 === 0 ? 200 : 503).end(tired % 3 === 0 ? 'rested' : 'come back')
    else if (pathname === '/report') {
      onReport(JSON.parse(body.toString()))
      response.end()
    } else if (pathname !== '/never') response.writeHead(404, { 'content-type': 'application/json' }).end('{"message":"nothing here"}')
  }
}

for (const plugin of PLUGINS) {
  describe(`a plugin written as ${plugin}, which uses all that is promised`, function () {
    this.timeout(30_000)
    let pluginsDir: string
    let target: TargetServer
    let dataFair: DataFairServer
    let smtp: SmtpServer
    let service: TestService
    let report: Report
    let run: { readonly _id: string, readonly status: string, readonly log: readonly Line[], readonly processing: { readonly _id: string } }

    before(async () => {
      pluginsDir = await mkdtemp(path.join(tmpdir(), 'vivarium-context-'))
      await cp(path.join(fixtures, plugin), path.join(pluginsDir, plugin), { recursive: true })
      await cp(path.join(fixtures, 'parts'), path.join(pluginsDir, plugin, 'parts'), { recursive: true })
      target = await startTarget(answers(received => { report = received }))
      dataFair = await startDataFair({ apiKey: API_KEY })
      smtp = await startSmtp()
      service = await openTestService({
        PLUGINS_DIR: pluginsDir,
        EGRESS_ALLOW: target.host,
        DATA_FAIR_URL: dataFair.url,
        DATA_FAIR_API_KEY: API_KEY,
        MAILS_TRANSPORT: JSON.stringify({ host: '127.0.0.1', port: smtp.port, secure: false, ignoreTLS: true })
      })
      const processing = await service.create(plugin, { config: { url: target.url, password: 'swordfish' } })
      assert.equal((await service.call('PATCH', `/api/v1/processings/${processing}`, { body: { debug: true } })).status, 200)
      run = await service.run(processing)
      assert.equal(run.status, 'finished', JSON.stringify(run.log.slice(-4)))
    })
    after(async () => {
      await service?.close()
      await Promise.all([target, dataFair, smtp].map(async server => await server?.close()))
      await rm(pluginsDir, { recursive: true, force: true })
    })

    const line = (msg: string): Line => run.log.find(entry => entry.msg === msg) ?? assert.fail(`no line "${msg}"`)

    for (const part of ['globals', 'axios', 'fetch'] as const) {
      it(`${part}: gives what plain Node gives`, async () => {
        assert.deepEqual(report[part], (await plainNode(target.url))[part])
      })
    }

    it('axios: an answer of 503 is tried again, each time with a warning', () => {
      assert.equal(report.members.retried, 'rested')
      assert.deepEqual(run.log.filter(({ msg }) => msg.includes('/tired')).map(({ type, msg }) => [type, msg]), [1, 2].map(n =>
        ['warning', `attempt ${n} of request get ${target.url}/tired: 503 - Service Unavailable - come back (${target.url}/tired)`]))
    })

    it('context: every member is there and works', async () => {
      const { members: { event, patched, mail, members } } = report
      const processingId = run.processing._id
      assert.deepEqual(members, { dir: 'string', tmpDir: 'string', pluginConfig: {}, processingId, secrets: { password: 'swordfish' }, config: '********' })
      assert.equal(event, 'finalize-end')
      assert.equal(dataFair.datasets.get(processingId)?.lines.one?.n, 1)
      assert.deepEqual(mail, ['b@test.com'])
      assert.match(smtp.mails[0]?.data ?? '', /AP8B/)
      assert.deepEqual(patched, { deep: [1] }, 'in the object at hand')
      const { config } = (await service.call('GET', `/api/v1/processings/${processingId}`, { as: ALICE })).json
      assert.deepEqual(config, { url: target.url, password: '********', patched: { deep: [1] } }, 'and in what is stored')
    })

    it('log: each function writes its type, in order', () => {
      const from = run.log.findIndex(({ msg }) => msg === 'the log')
      assert.deepEqual(run.log.slice(from, from + 9).map(({ type, msg, extra }) => [type, msg, typeof extra === 'object' && 'stack' in extra ? extra.name : extra]), [
        ['step', 'the log', undefined],
        ['info', 'a text', ''],
        ['info', 'with an extra', { a: [1, 'two', null, true] }],
        ['warning', 'a warning', 'text'],
        ['warning', 'an older warning', ''],
        ['error', 'an error that ends nothing', 'TypeError'],
        ['debug', 'a detail', 42],
        ['task', 'counting', undefined],
        ['info', 'not awaited', '']
      ])
      assert.deepEqual([line('counting').progress, line('counting').total], [2, 2])
      assert.equal(run.log[from + 9]?.msg, '{ not: \'a text\' }')
    })

    it('log: an extra of any kind does no harm, the whole context included', () => {
      const extra = (kind: string): any => line(`extra: ${kind}`).extra
      assert.deepEqual(['null', 'bigint', 'date', 'map', 'set'].map(extra), ['', '12n', '1970-01-01T00:00:00.000Z', { k: { v: 1 } }, [1]])
      assert.equal(extra('cyclic').name, 'c')
      assert.equal(extra('point').x, 1)
      assert.equal(extra('context').processingId, run.processing._id)
      for (const kind of ['undefined', 'number', 'symbol', 'function', 'regexp', 'bytes', 'buffer', 'proxy', 'promise', 'weak', 'empty', 'date2', 'deep']) line(`extra: ${kind}`)
      assert.ok(!JSON.stringify(run.log).includes(API_KEY))
    })

    it('console: writes to the log', () => {
      assert.deepEqual(run.log.filter(({ msg }) => msg.includes('console ')).map(({ type, msg }) => [type, msg.split('\n')[0]]), [
        ['debug', 'console log { a: 1 }'],
        ['debug', 'console debug'],
        ['info', 'console info 1.5'],
        ['warning', 'console warn [ 1 ]'],
        ['error', 'Error: console error'],
        ['error', 'Assertion failed: console assert']
      ])
    })

    for (const [use, feature] of Object.entries({ socket: 'node:net connect', program: 'node:child_process spawn' })) {
      it(`what is not there loads, and says its name when it is used: ${feature}`, async () => {
        const refused = await service.run(await service.create(plugin, { config: { url: target.url, use } }))
        assert.equal(refused.outcome.code, 'plugin-unsupported')
        assert.match(refused.outcome.message, new RegExp(`^The plugin ${plugin} uses ${feature}, which the sandbox does not offer\\. `))
      })
    }
  })
}
