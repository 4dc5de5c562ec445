import assert from 'node:assert/strict'
import { fileURLToPath } from 'node:url'
import { ALICE, openTestService, type TestService } from './service.ts'

const PLUGINS_DIR = fileURLToPath(new URL('../fixtures/plugins/secrets', import.meta.url))
const PASSWORD = 'tr0ub4dor & "three"'

describe('a plugin that shows its secret by accident', function () {
  this.timeout(30_000)
  let service: TestService
  let id: string
  before(async () => {
    service = await openTestService({ PLUGINS_DIR })
    id = await service.create('shows-its-secret', { config: { password: PASSWORD } })
  })
  after(async () => { await service?.close() })

  it('is not read in the log, the outcome or the file of the log', async () => {
    const run = await service.run(id)
    const shown = JSON.stringify(run) + (await service.call('GET', `/api/v1/runs/${run._id}/log.txt`)).text
    const log: readonly { readonly type: string, readonly msg: string, readonly extra?: any, readonly progress?: number }[] = run.log
    const entry = (start: string) => log.find(({ msg }) => msg.startsWith(start))
    assert.equal(run.status, 'error')
    assert.equal(run.outcome.params.message, 'cannot sign in with ********')
    assert.equal(entry('step')?.msg, 'step ********')
    assert.equal(entry('https:')?.msg, 'https://x.test/?key=********')
    assert.deepEqual(entry('https:')?.extra.list, ['********'])
    assert.match(entry('https:')?.extra.headers.authorization, /^Basic \S{1,6}\*{8}\S{0,4}$/)
    assert.equal(entry('config')?.extra, '********')
    assert.deepEqual([entry('task')?.msg, entry('task')?.progress], ['task ********', 1])
    for (const spelled of ['tr0ub4dor', encodeURIComponent(PASSWORD), Buffer.from(PASSWORD).toString('base64').slice(4, 12)]) assert.ok(!shown.includes(spelled), spelled)
  })

  it('is not read in the error of its prepare()', async () => {
    const { status, text } = await service.call('PATCH', `/api/v1/processings/${id}`, { as: ALICE, body: { config: { fail: true } } })
    assert.equal(status, 400)
    assert.match(text, /refused: \*{8}/)
  })
})
