import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { context, type TestContext } from 'vivarium/testing'
import { prepare, run } from '../index.ts'

let processing: TestContext

beforeEach(() => { processing = context({ processingConfig: { name: 'Ada', times: 2 }, secrets: { token: 'secret' } }) })
afterEach(async () => { await processing.cleanup() })

test('greets as often as it is told', async () => {
  await run(processing)
  assert.deepEqual(processing.lines.filter(({ type }) => type === 'info').map(({ msg }) => msg), ['There is a token', 'Hello, Ada!', 'Hello, Ada!'])
  assert.deepEqual(processing.lines.at(-1), { type: 'progress', msg: 'Greetings sent', progress: 2, total: 2 })
})

test('moves the token to the secrets', async () => {
  assert.deepEqual(await prepare({ processingConfig: { token: 'mine' }, secrets: {} }), { processingConfig: { token: '********' }, secrets: { token: 'mine' } })
  assert.deepEqual(await prepare({ processingConfig: { token: '********' }, secrets: { token: 'mine' } }), {})
})
