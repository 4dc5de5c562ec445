import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { apiDocument, type Document } from '../../api/openapi/document.ts'
import { processingDocument } from '../../api/openapi/processing-document.ts'
import { account, ids } from '../../api/routes/example.ts'
import { routes } from '../../api/routes/index.ts'
import type { Example, Route } from '../../api/routes/route.ts'
import { ADMIN_KEY, blue, openService, type Service } from './service.ts'
import { makeExampleWorld } from './example-world.ts'

const redocly = fileURLToPath(new URL('../../node_modules/@redocly/cli/bin/cli.js', import.meta.url))

describe('the document of the API', () => {
  describe('is valid by redocly lint', function () {
    this.timeout(60_000)
    for (const locale of ['en', 'fr'] as const) {
      it(`in ${locale}`, async () => await assertLints(apiDocument(routes, locale)))
    }

    it('of one processing', async () => {
      const service = await openService()
      try {
        await makeExampleWorld(service.store)
        await assertLints((await service.call('GET', `/api/v1/processings/${ids.processing}/api-docs.json`)).json)
      } finally {
        await service.close()
      }
    })
  })

  it('is valid around the schema of any plugin, whose inner references lead to where they did', async () => {
    const schema = {
      $schema: 'http://json-schema.org/draft-07/schema#',
      $id: 'https://plugins.test/schema',
      type: 'object',
      layout: 'card',
      'x-display': 'tabs',
      required: ['layout'],
      properties: { layout: { type: 'string', layout: 'textarea' }, list: { type: 'array', items: { $ref: '#/definitions/item' } }, self: { $ref: '#' } },
      definitions: { item: { type: 'object', 'x-class': 'wide', properties: { name: { type: 'string' } } } }
    }
    const document = processingDocument(routes, { _id: ids.processing, title: 'Sales' }, schema, 'en')
    await assertLints(document)
    const { Config } = (document as { components: { schemas: Record<string, unknown> } }).components.schemas // as OpenAPI has it
    assert.deepEqual(Config, {
      type: 'object',
      required: ['layout'],
      properties: { layout: { type: 'string' }, list: { type: 'array', items: { $ref: '#/components/schemas/Config/definitions/item' } }, self: { $ref: '#/components/schemas/Config' } },
      definitions: { item: { type: 'object', properties: { name: { type: 'string' } } } }
    })
  }).timeout(30_000)

  it('should have no text that is missing, the same in both languages or left in both', () => {
    for (const route of routes) {
      assert.notEqual(route.says.en, route.says.fr, route.name)
      assert.ok(route.examples.length > 0, `${route.name} has no example`)
    }
    const both = JSON.stringify(apiDocument(routes, 'fr'))
    assert.ok(!both.includes('"wanted"') && !both.includes('"fr":'))
  })

  it('should name each operation once', () => {
    assert.deepEqual(routes.map(({ name }) => name).filter((name, index, all) => all.indexOf(name) !== index), [])
    assert.deepEqual(routes.map(({ method, path }) => `${method} ${path}`).filter((name, index, all) => all.indexOf(name) !== index), [])
  })

  describe('has examples that are performed:', () => {
    for (const route of routes) {
      for (const example of route.examples) {
        it(`${route.name}, ${example.name}`, async () => await perform(route, example))
      }
    }
  })

  it('should be what the service answers, in the caller\'s language, to anybody', async () => {
    const service = await openService()
    try {
      const read = async (path: string, headers: Record<string, string>) => (await service.call('GET', path, { headers })).json
      assert.deepEqual(await read('/api-docs/openapi.json', { authorization: '', 'accept-language': 'fr' }), JSON.parse(JSON.stringify(apiDocument(routes, 'fr'))))
      assert.deepEqual(await read('/api/v1/admin/api-docs.json', {}), JSON.parse(JSON.stringify(apiDocument(routes, 'en'))))
      const refused = await service.call('GET', '/api/v1/admin/api-docs.json', { as: blue })
      assert.deepEqual([refused.status, refused.text], [403, 'super admin only'])
    } finally {
      await service.close()
    }
  })

  describe('of one processing', () => {
    let service: Service
    before(async () => {
      service = await openService()
      await makeExampleWorld(service.store)
    })
    after(() => service.close())

    it('should have its own addresses, and what its plugin takes', async () => {
      const { json } = await service.call('GET', `/api/v1/processings/${ids.processing}/api-docs.json`)
      assert.equal(json.info.title, 'Vivarium: Sales of the week')
      assert.deepEqual(json.servers, [{ url: `/api/v1/processings/${ids.processing}` }])
      for (const path of ['/', '/webhook-key', '/_trigger', '/api-docs.json']) assert.ok(path in json.paths, path)
      assert.deepEqual(json.components.schemas.Config.required, ['message'])
      assert.deepEqual(json.components.schemas.Processing.properties.config, { $ref: '#/components/schemas/Config' })
    })

    it('should be for super-admins, of processings that exist', async () => {
      assert.equal((await service.call('GET', `/api/v1/processings/${ids.processing}/api-docs.json`, { as: blue })).status, 403)
      assert.equal((await service.call('GET', '/api/v1/processings/unknown/api-docs.json')).status, 404)
    })
  })

  describe('can be browsed', () => {
    let service: Service
    before(async () => { service = await openService() })
    after(() => service.close())

    it('on a page that asks no other host for anything', async () => {
      const { text, headers } = await service.call('GET', '/api-docs', { headers: { authorization: '' } })
      assert.match(headers.get('content-type') ?? '', /^text\/html/)
      assert.deepEqual([...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => address), ['data:,', 'api-docs/scalar.js', 'api-docs/start.js'])
      const policy = headers.get('content-security-policy') ?? ''
      assert.match(policy, /default-src 'none'/)
      assert.ok(!/https?:|\*|unsafe-eval|script-src[^;]*unsafe-inline/.test(policy), policy)
    })

    it('by a script that browsers keep', async () => {
      const script = await service.call('GET', '/api-docs/scalar.js', { headers: { authorization: '' } })
      assert.ok(script.text.length > 1_000_000 && script.text.includes('createApiReference'))
      const etag = `"${createHash('sha256').update(script.text).digest('base64url')}"`
      assert.equal(script.headers.get('etag'), etag)
      assert.equal(script.headers.get('content-encoding'), 'gzip')
      const again = await fetch(`${service.url}/api-docs/scalar.js`, { headers: { 'if-none-match': etag, 'cache-control': 'max-age=0' } })
      assert.deepEqual([again.status, await again.text()], [304, ''])
    })
  })
})

async function perform (route: Route, { as, path = {}, query, headers, body, status, answer }: Example): Promise<void> {
  const service = await openService()
  try {
    await makeExampleWorld(service.store)
    const address = route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(path[name] ?? `no-${name}`))
    const got = await service.call(route.method.toUpperCase(), query === undefined ? address : `${address}?${new URLSearchParams(query).toString()}`, {
      ...(as === undefined ? { as: account } : {}),
      body,
      headers: { authorization: as === 'nobody' ? '' : `Bearer ${ADMIN_KEY}`, ...headers }
    })
    const [first] = Object.keys(route.answers)
    assert.equal(got.status, status ?? Number(first), got.text)
    if (answer !== undefined) assert.deepEqual(typeof answer === 'string' ? got.text : timeless(got.json), typeof answer === 'string' ? answer : timeless(answer))
  } finally {
    await service.close()
  }
}

/** Dates, ids that are made by the call and durations are others each time. */
function timeless (value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<date>').replace(/^[\w-]{21}$/, '<id>')
  if (Array.isArray(value)) return value.map(timeless)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, key === 'ms' ? 0 : timeless(child)]))
}

async function assertLints (document: Document): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'vivarium-openapi-'))
  try {
    const file = join(dir, 'openapi.json')
    await writeFile(file, JSON.stringify(document))
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [redocly, 'lint', file, '--extends', 'recommended', '--format', 'json', '--max-problems', '20'], {
      cwd: dir,
      env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true', CI: 'true' }
    }).catch((error: { stdout: string, stderr: string }) => error)
    const { totals, problems } = JSON.parse(stdout) as { totals: { errors: number, warnings: number }, problems: { ruleId: string, message: string, location: unknown[] }[] }
    assert.deepEqual(totals, { errors: 0, warnings: 0, ignored: 0 }, problems.map(({ ruleId, message, location }) => `${ruleId}: ${message} ${JSON.stringify(location)}`).join('\n') + stderr)
  } finally {
    await rm(dir, { recursive: true })
  }
}
