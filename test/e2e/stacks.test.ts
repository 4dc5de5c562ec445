/** Every stack that a person reads leads to the plugin's own file and line, and shows the code there. */
import assert from 'node:assert/strict'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { ALICE, openTestService, type TestService } from './service.ts'

const fixtures = fileURLToPath(new URL('../fixtures/', import.meta.url))
const FRAME = [
  '  3 | exports.fail = what => {',
  '> 4 |   throw new TypeError(`no $' + '{what}`)',
  '    |         ^',
  '  5 | }'
].join('\n')

interface Line { readonly type: string, readonly msg: string, readonly extra?: any }

describe('stacks that a person reads', () => {
  let plugins: string
  let service: TestService

  before(async () => {
    plugins = await mkdtemp(path.join(tmpdir(), 'vivarium-stacks-'))
    await cp(path.join(fixtures, 'plugins/bad/stacks'), path.join(plugins, 'stacks'), { recursive: true })
    await cp(path.join(fixtures, 'packages/parser'), path.join(plugins, 'stacks/node_modules/parser'), { recursive: true })
    service = await openTestService({ PLUGINS_DIR: plugins })
  })
  after(async () => {
    await service.close()
    await rm(plugins, { recursive: true, force: true })
  })
  async function runAs (way: string): Promise<{ outcome: { code: string }, log: Line[] }> {
    const id = await service.create('stacks', { config: { way } })
    assert.equal((await service.call('PATCH', `/api/v1/processings/${id}`, { body: { debug: true } })).status, 200)
    return await service.run(id)
  }

  for (const [way, what] of [['throws', 'thrown by run()'], ['timer', 'thrown in a timer'], ['rejection', 'of a promise that nobody handles']]) {
    it(`an error ${what}`, async () => {
      const { outcome, log } = await runAs(way as string)
      assert.equal(outcome.code, 'plugin-error')
      const place = log.find(({ msg }) => msg === 'Error of the plugin at lib/fail.js:4:9')
      assert.equal(place?.extra, FRAME)
      const detail: string = log.find(({ msg }) => msg === 'Detail of the error')?.extra
      assert.match(detail, /^TypeError: no \w+\n {4}at exports\.fail \(lib\/fail\.js:4:9\)\n/)
      assert.ok(!detail.includes('/plugin/'))
    })
  }

  it('an error thrown by a dependency: the place is where the plugin called it, the stack has both', async () => {
    const { log } = await runAs('dependency')
    assert.match(log.find(({ msg }) => msg === 'Error of the plugin at index.js:16:5')?.extra, /^> 16 | {5}parse\('end of text'\)$/m)
    assert.match(log.find(({ msg }) => msg === 'Detail of the error')?.extra, /at exports\.parse \(node_modules\/parser\/index\.js:2:9\)\n {4}at Object\.dependency \(index\.js:16:5\)/)
  })

  it('an error with a cause: the stacks of both', async () => {
    const { log } = await runAs('cause')
    assert.match(log.find(({ msg }) => msg === 'Detail of the error')?.extra, /^Error: the work failed\n {4}at Object\.cause \(index\.js:22:13\)[^]*\nCaused by: TypeError: no cause\n {4}at exports\.fail \(lib\/fail\.js:4:9\)/)
  })

  it('an error that the plugin logs: as extra, within one, in a text, by console', async () => {
    const { log } = await runAs('logged')
    const stacks = [
      log.find(({ msg }) => msg === 'as extra')?.extra.stack,
      log.find(({ msg }) => msg === 'within extra')?.extra.error.stack,
      log.find(({ msg }) => msg.startsWith('as text: '))?.msg.slice('as text: '.length),
      log.find(({ msg }) => msg === 'as string')?.extra,
      log.find(({ msg }) => msg.startsWith('by console '))?.msg.slice('by console '.length)
    ]
    for (const stack of stacks) assert.match(stack ?? '', /^TypeError: no log\n {4}at exports\.fail \(lib\/fail\.js:4:9\)\n[^]*\n\n[^]*\^\n {2}5 \| }$/)
    for (const stack of stacks) assert.ok(stack?.includes(FRAME))
    assert.equal(log.find(({ msg }) => msg === 'no stack')?.extra, 'at the bakery (/plugin/index.js is not a frame)', 'what is no stack stays as it is')
  })

  it('an error of prepare(): the place is in the answer', async () => {
    const answer = await service.call('POST', '/api/v1/processings', { as: ALICE, body: { title: 's', plugin: 'stacks', active: true, config: { way: 'prepare' } }, headers: { accept: 'application/json' } })
    assert.equal(answer.status, 400)
    assert.deepEqual([answer.json.code, answer.json.position, answer.json.frame], ['plugin-error', 'lib/fail.js:4:9', FRAME])
    assert.match(answer.json.detail, /no preparation/)
  })
})
