import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { createJournalBroker } from '../../../runner/brokers/journal.ts'
import type { JournalBroker, JournalBrokerOptions } from '../../../runner/brokers/journal.ts'
import { startDataFair } from '../../servers/data-fair.ts'
import type { DataFairServer } from '../../servers/data-fair.ts'
import { closing } from './closing.ts'
import { until } from './guest.ts'

describe('waiting for the journal of a dataset', () => {
  const open = closing()
  let server: DataFairServer

  beforeEach(async () => { server = open(await startDataFair()) })

  const journal = (options: Partial<JournalBrokerOptions> = {}): JournalBroker => open(createJournalBroker({
    url: server.url, apiKey: 'test-api-key', limits: { reconnectMs: 20 }, ...options
  }))
  const subscribed = async (count = 1) => {
    await until(() => server.subscriptions.length >= count, 'a subscription')
    await pause(20)
  }

  it('ends with the event, and passes over the others', async () => {
    const event = journal().waitForJournal('d1', 'finalize-end')
    await subscribed()
    server.emit('d1', 'index-end')
    server.emit('d2', 'finalize-end')
    server.emit('d1', 'finalize-end', 'x')
    const { type, data } = await event as Record<string, unknown>
    assert.deepEqual([type, data], ['finalize-end', 'x'])
    assert.deepEqual(server.subscriptions, [{ type: 'subscribe', channel: 'datasets/d1/journal', apiKey: 'test-api-key' }])
  })

  it('names the account in admin mode', async () => {
    const account = { type: 'organization', id: 'o1', name: 'Été' } as const
    journal({ account }).waitForJournal('d1', 'finalize-end').catch(() => {})
    await subscribed()
    assert.deepEqual(JSON.parse(String(server.subscriptions[0]?.account)), account)
  })

  it('ends with an error when the journal tells of one', async () => {
    const event = journal().waitForJournal('d1', 'finalize-end')
    await subscribed()
    server.emit('d1', 'error', 'the file cannot be read')
    await assert.rejects(event, { code: 'journal-error', message: 'the file cannot be read' })
  })

  it('ends with an error when data-fair refuses the subscription', async () => {
    await assert.rejects(journal({ apiKey: 'wrong' }).waitForJournal('d1', 'finalize-end'), { code: 'journal-refused', message: /Permission manquante/ })
  })

  it('ends after the time that the plugin gives it', async () => {
    await assert.rejects(journal().waitForJournal('d1', 'finalize-end', 50), { code: 'ETIMEDOUT', message: 'Timeout of 50ms exceeded' })
  })

  it('never lasts longer than the limit', async () => {
    await assert.rejects(journal({ limits: { waitMs: 50 } }).waitForJournal('d1', 'finalize-end', 1e9), { code: 'ETIMEDOUT' })
  })

  it('opens one connection for all waits, and one subscription for a dataset', async () => {
    const broker = journal()
    const events = [broker.waitForJournal('d1', 'a'), broker.waitForJournal('d1', 'b'), broker.waitForJournal('d2', 'a')]
    await subscribed(2)
    assert.equal(server.openSockets, 1)
    for (const [id, type] of [['d1', 'a'], ['d1', 'b'], ['d2', 'a']] as const) server.emit(id, type)
    await Promise.all(events)
    const again = broker.waitForJournal('d1', 'c')
    await pause(20)
    server.emit('d1', 'c')
    await again
    assert.deepEqual(server.subscriptions.map(({ channel }) => channel), ['datasets/d1/journal', 'datasets/d2/journal'])
  })

  it('goes on after the connection broke', async () => {
    const event = journal().waitForJournal('d1', 'finalize-end')
    await subscribed()
    server.dropSockets()
    await subscribed(2)
    server.emit('d1', 'finalize-end')
    assert.equal((await event as { type: string }).type, 'finalize-end')
  })

  it('asks again when a subscription is not confirmed', async () => {
    server.silent = true
    const event = journal({ limits: { reconnectMs: 20, confirmMs: 100 } }).waitForJournal('d1', 'finalize-end')
    await subscribed()
    server.silent = false
    await subscribed(2)
    server.emit('d1', 'finalize-end')
    await event
  })

  it('finds data-fair when it comes up later', async () => {
    const { url } = server
    await server.close()
    const event = journal({ url }).waitForJournal('d1', 'finalize-end')
    await pause(100)
    server = open(await startDataFair({ port: Number(new URL(url).port) }))
    await subscribed()
    server.emit('d1', 'finalize-end')
    await event
  })

  it('is bounded in number', async () => {
    const broker = journal({ limits: { waits: 2 } })
    broker.waitForJournal('d1', 'a').catch(() => {})
    broker.waitForJournal('d2', 'a').catch(() => {})
    await assert.rejects(broker.waitForJournal('d3', 'a'), { code: 'journal-limit' })
  })

  for (const [what, args] of Object.entries({
    'an id with a slash': ['d1/journal/../../x', 'a'],
    'an id of another type': [{ id: 'd1' }, 'a'],
    'an empty id': ['', 'a'],
    'an id that is too long': ['x'.repeat(300), 'a'],
    'no event type': ['d1', undefined],
    'a timeout of another type': ['d1', 'a', 'soon'],
    'a negative timeout': ['d1', 'a', -1]
  })) {
    it(`is refused with ${what}`, async () => {
      const [id, type, timeout] = args
      await assert.rejects(journal().waitForJournal(id, type, timeout), { code: /^ERR_INVALID_ARG_/ })
      assert.equal(server.openSockets, 0)
    })
  }

  it('ends with the run: what waits is told, and no connection is left', async () => {
    const broker = journal()
    const event = broker.waitForJournal('d1', 'a')
    await subscribed()
    const told = assert.rejects(event, { code: 'interrupted' })
    await broker.close()
    await told
    await until(() => server.openSockets === 0, 'the end of the connection')
    await assert.rejects(broker.waitForJournal('d1', 'a'), { code: 'interrupted' })
    await broker.close()
  })
})
