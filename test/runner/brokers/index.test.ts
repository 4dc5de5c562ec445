import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import type { HostMessage } from '../../../sandbox/protocol.ts'
import type { Effects } from '../../../store/types.ts'
import { createEgressPolicy } from '../../../runner/brokers/egress-policy.ts'
import { openBrokers } from '../../../runner/brokers/index.ts'
import type { Brokers, BrokersOptions } from '../../../runner/brokers/index.ts'
import { renderText } from '../../../runner/outcome-texts.ts'
import { createMailTransport } from '../../../runner/brokers/mail-transport.ts'
import { startDataFair } from '../../servers/data-fair.ts'
import type { DataFairServer } from '../../servers/data-fair.ts'
import { startSmtp } from '../../servers/smtp.ts'
import { openTemporaryStore, processing } from '../temporary-store.ts'
import { closing } from './closing.ts'
import { until } from './guest.ts'

const now = '2026-01-01T00:00:00.000Z'

describe('the brokers of a run', () => {
  const open = closing()
  let server: DataFairServer
  let base: Pick<BrokersOptions, 'run' | 'processing' | 'store' | 'policy' | 'dataFair'>
  let sent: HostMessage[]
  let faults: string[]
  let ledger: Effects[]
  let errors: unknown[]

  beforeEach(async () => {
    const temporary = await openTemporaryStore()
    open({ close: async () => await temporary.dispose() })
    const { store } = temporary
    server = open(await startDataFair())
    const document = processing('p1', { config: { datasetMode: 'create' } })
    await store.processings.insert(document)
    await store.runs.replacePending({ _id: 'r1', owner: document.owner, processing: { _id: 'p1', title: document.title }, status: 'triggered', createdAt: now, scheduledAt: now })
    const run = await store.runs.claim('r1', 'runner-1', now) ?? assert.fail('the run was not claimed')
    base = {
      run: { id: 'r1', attempt: run.attempt },
      processing: document,
      store,
      policy: createEgressPolicy({ dataFair: [server.url] }),
      dataFair: { url: server.url, apiKey: 'test-api-key' }
    }
    sent = []
    faults = []
    ledger = []
    errors = []
  })

  const brokers = (options: Partial<BrokersOptions> = {}): Brokers => open(openBrokers({
    ...base,
    send: (message) => { sent.push(message) },
    onFault: (reason) => faults.push(reason),
    onEffects: async (effects) => { ledger.push(effects) },
    onError: (error) => errors.push(error),
    ...options
  }))
  const answer = async (id: number): Promise<HostMessage> => {
    await until(() => sent.some((message) => message.id === id && (message.op.startsWith('reply') || message.op === 'http-end' || message.op === 'http-error')), 'an answer')
    return sent.findLast((message) => message.id === id) ?? assert.fail('no answer')
  }

  it('do what a plugin asks, and keep the ledger of its effects', async () => {
    const smtp = open(await startSmtp())
    const transport = createMailTransport({ host: '127.0.0.1', port: smtp.port, ignoreTLS: true })
    open({ close: async () => transport.close() })
    const run = brokers({ mailTransport: () => transport })
    run.handle({ op: 'http', id: 1, request: { method: 'POST', url: `${server.url}/api/v1/datasets`, headers: [], redirects: 0, timeoutMs: 0, context: true } }, Buffer.from('{"id":"d1"}'))
    assert.equal((await answer(1)).op, 'http-end')
    run.handle({ op: 'call', id: 1, method: 'patchConfig', args: [{ datasetMode: 'update' }] })
    await until(() => sent.some((message) => message.op === 'reply'), 'the answer')
    assert.deepEqual(sent.at(-1), { op: 'reply', id: 1, value: undefined })
    run.handle({ op: 'call', id: 2, method: 'sendMail', args: [] }, Buffer.from(JSON.stringify({ from: 'a@example.com', to: 'b@example.com', text: 'x' })))
    assert.equal((await answer(2)).op, 'reply')
    run.handle({ op: 'call', id: 3, method: 'waitForJournal', args: ['d1', 'finalize-end'] })
    await until(() => server.subscriptions.length === 1, 'a subscription')
    await pause(20)
    server.emit('d1', 'finalize-end')
    assert.equal((await answer(3)).op, 'reply')
    assert.deepEqual(ledger, [{ writes: 1, configPatches: 0, mails: 0 }, { writes: 1, configPatches: 1, mails: 0 }, { writes: 1, configPatches: 1, mails: 1 }])
    assert.deepEqual(run.usage().effects, ledger.at(-1))
    assert.equal(run.usage().network.requests, 1)
    assert.deepEqual([faults, errors], [[], []])
  })

  it('answer each failure with a code and a sentence', async () => {
    const run = brokers({ dataFair: undefined })
    run.handle({ op: 'call', id: 1, method: 'patchConfig', args: ['x'] })
    run.handle({ op: 'call', id: 2, method: 'sendMail', args: [{}] })
    run.handle({ op: 'call', id: 3, method: 'waitForJournal', args: ['d1', 'x'] })
    const codes = await Promise.all([1, 2, 3].map(async (id) => {
      const message = await answer(id)
      return message.op === 'reply-error' ? message.error.code : message.op
    }))
    assert.deepEqual(codes, ['ERR_INVALID_ARG_TYPE', 'mail-unavailable', 'data-fair-unavailable'])
  })

  it('do not take part in an effect that cannot be recorded, and do not say why', async () => {
    const run = brokers({ onEffects: async () => { throw new Error('disk full at /var/lib/vivarium') } })
    run.handle({ op: 'call', id: 1, method: 'patchConfig', args: [{ datasetMode: 'update' }] })
    const message = await answer(1)
    assert.ok(message.op === 'reply-error' && message.error.code === 'interrupted' && !message.error.message.includes('/var'))
    run.handle({ op: 'http', id: 2, request: { method: 'DELETE', url: server.url, headers: [], redirects: 0, timeoutMs: 0, context: true } })
    assert.equal((await answer(2)).op, 'http-error')
    assert.equal(server.requests.length, 0)
    assert.equal(errors.length, 2)
  })

  it('do not show a failure of the platform to the plugin', async () => {
    const run = brokers({ store: { processings: { get: async () => undefined, mergeConfig: async () => { throw new Error('SQLITE_FULL: /data/store.db') } } } })
    run.handle({ op: 'call', id: 1, method: 'patchConfig', args: [{ a: 1 }] })
    assert.deepEqual(await answer(1), { op: 'reply-error', id: 1, error: { code: 'internal', message: 'The platform failed to do what the plugin asked of it. The administrators are informed.' } })
    assert.match(String(errors[0]), /SQLITE_FULL/)
  })

  for (const [what, message] of Object.entries({
    'is nothing': undefined,
    'is null': null,
    'is a text': 'http',
    'is a list': [],
    'has no operation': {},
    'has an unknown operation': { op: 'exec', id: 1 },
    'has an inherited operation': { op: 'constructor' },
    'is a call without id': { op: 'call', method: 'patchConfig', args: [] },
    'is a call with an id that is no integer': { op: 'call', id: 1.5, method: 'patchConfig', args: [] },
    'is a call of an unknown method': { op: 'call', id: 1, method: 'readFile', args: ['/etc/passwd'] },
    'is a call of an inherited method': { op: 'call', id: 1, method: 'constructor', args: ['return process'] },
    'is a call without arguments': { op: 'call', id: 1, method: 'patchConfig' },
    'is a call with too many arguments': { op: 'call', id: 1, method: 'patchConfig', args: Array(11).fill(1) },
    'is a request with an id of another type': { op: 'http', id: { valueOf: 1 }, request: {} }
  })) {
    it(`report a fault when a message ${what}`, () => {
      brokers().handle(message)
      assert.equal(faults.length, 1)
      assert.deepEqual(sent, [])
    })
  }

  it('bound the calls under way, and report an id that is used twice', async () => {
    const run = brokers({ limits: { calls: 2 } })
    run.handle({ op: 'call', id: 1, method: 'waitForJournal', args: ['d1', 'x'] })
    run.handle({ op: 'call', id: 1, method: 'waitForJournal', args: ['d1', 'x'] })
    assert.equal(faults.length, 1)
    run.handle({ op: 'call', id: 2, method: 'waitForJournal', args: ['d1', 'x'] })
    run.handle({ op: 'call', id: 3, method: 'waitForJournal', args: ['d1', 'x'] })
    const message = await answer(3)
    assert.ok(message.op === 'reply-error' && message.error.code === 'call-limit')
  })

  it('remember the last refusal, for the outcome of the run', async () => {
    const run = brokers()
    run.handle({ op: 'http', id: 1, request: { method: 'GET', url: 'http://10.0.0.1/', headers: [], redirects: 0, timeoutMs: 0, context: false } })
    const message = await answer(1)
    assert.ok(message.op === 'http-error')
    assert.deepEqual(run.refusal, { code: 'network-denied', params: { host: '10.0.0.1', reason: 'private-address' }, message: message.error.message })
  })

  for (const [what, call, fr] of [
    ['a mail without a mail server', { op: 'call', id: 1, method: 'sendMail', args: [{ to: 'a@b.c' }] }, /^Le mail n'a pas été envoyé : cette plateforme n'a pas de serveur de mail\. .*`MAILS_TRANSPORT`/],
    ['the journal without a data-fair', { op: 'call', id: 1, method: 'waitForJournal', args: ['d1', 'x'] }, /^Cette plateforme n'est pas reliée à un data-fair\. .*`DATA_FAIR_URL`/],
    ['a relative URL without a data-fair', { op: 'http', id: 1, request: { method: 'GET', url: 'api/v1', headers: [], redirects: 0, timeoutMs: 0, context: true } }, /^L'URL api\/v1 est relative/],
    ['a failure of the platform', { op: 'call', id: 1, method: 'patchConfig', args: [{ a: 1 }] }, /^La plateforme n'a pas réussi/]
  ] as const) {
    it(`tell ${what} in the reader's language`, async () => {
      const run = brokers({ dataFair: undefined, mailTransport: undefined, store: { processings: { get: async () => undefined, mergeConfig: async () => { throw new Error('SQLITE_FULL') } } } })
      run.handle(call)
      const message = await answer(1)
      assert.ok(message.op === 'reply-error' || message.op === 'http-error')
      const refusal = run.refusal ?? assert.fail('no refusal is remembered')
      assert.equal(renderText(refusal.code, refusal.params, 'en'), message.error.message)
      assert.match(renderText(refusal.code, refusal.params, 'fr'), fr)
    })
  }

  it('refuse what was too large to leave its cell', async () => {
    const transport = createMailTransport({ host: '127.0.0.1', port: 9 })
    open({ close: async () => transport.close() })
    const run = brokers({ mailTransport: () => transport })
    const said = async (id: number): Promise<unknown> => {
      const message = await answer(id)
      return 'error' in message ? { ...message.error, refusal: run.refusal?.code } : message.op
    }
    run.handle({ op: 'call', id: 1, method: 'patchConfig', args: [], tooLarge: 15_000_000 })
    assert.deepEqual(await said(1), { code: 'ERR_INVALID_ARG_VALUE', message: 'The plugin wanted to make the configuration of the processing larger than 100 KB: it was not changed.', refusal: 'config-limit' })
    run.handle({ op: 'call', id: 2, method: 'sendMail', args: [], tooLarge: 40_000_000 })
    assert.deepEqual(await said(2), { code: 'ERR_INVALID_ARG_VALUE', message: 'The mail was not sent: it exceeds 10 MB, its attachments included. An administrator can raise `RUN_MAIL_BYTES`.', refusal: 'mail-limit' })
    run.handle({ op: 'http', id: 3, request: {}, tooLarge: 1_000_000 })
    assert.deepEqual(await said(3), { code: 'ERR_INVALID_ARG_VALUE', message: 'The URL and headers of the request have 1000000 characters: that is too many.', refusal: 'mail-limit' })
    assert.deepEqual([ledger, faults], [[], []])
  })

  it('say nothing more once closed, and leave no connection', async () => {
    const run = brokers()
    server.answerNext('GET', '/slow', { status: 200, delayMs: 5000 })
    run.handle({ op: 'http', id: 1, request: { method: 'GET', url: `${server.url}/slow`, headers: [], redirects: 0, timeoutMs: 0, context: true } })
    run.handle({ op: 'call', id: 1, method: 'waitForJournal', args: ['d1', 'x'] })
    await until(() => server.openSockets === 1 && server.requests.length === 1, 'both connections')
    await run.close()
    await until(() => server.openSockets === 0, 'the end of the WebSocket')
    run.handle({ op: 'call', id: 2, method: 'patchConfig', args: [{}] })
    run.handle({ op: 'nonsense' })
    await pause(20)
    assert.deepEqual([sent, faults], [[], []])
    await run.close()
  })

  it('survive a cell that has gone', async () => {
    const run = brokers({ send: () => { throw new Error('the pipe is closed') } })
    run.handle({ op: 'call', id: 1, method: 'patchConfig', args: [{ a: 1 }] })
    run.handle({ op: 'http', id: 2, request: { method: 'GET', url: server.url, headers: [], redirects: 0, timeoutMs: 0, context: true } })
    await until(() => errors.length >= 2, 'the errors')
  })
})
