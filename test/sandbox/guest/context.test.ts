import assert from 'node:assert/strict'
import { closeGuests, errorOf, evaluate, run, runBundle } from './harness.ts'

describe('the context', () => {
  after(closeGuests)

  it('has the members of data-fair/processings', async () => {
    assert.deepEqual(await evaluate((context: Record<string, unknown>) => [Object.keys(context).sort(), context['dir'], context['tmpDir'], context['processingId'], context['pluginConfig'], context['secrets'], context['processingConfig'], context['trigger']]), [
      ['axios', 'dir', 'log', 'patchConfig', 'pluginConfig', 'processingConfig', 'processingId', 'secrets', 'sendMail', 'tmpDir', 'trigger', 'ws'], '/data', '/tmp/run', 'processing-1', {}, { password: 'open sesame' }, { dataset: { id: 'd1' } }, { type: 'webhook', body: { rows: [1, 2] } }
    ])
  })

  it('can be changed by the plugin, and stays the same object', async () => {
    const { result, guest } = await runBundle(`function (exports) {
      exports.run = async context => {
        context.processingId = 'mine'
        context.axios = { get: () => 'mine' }
        await context.log.info(context.processingId + context.axios.get())
        await context.patchConfig({ a: 1 })
        await context.log.info(JSON.stringify(context.processingConfig))
      }
    }`)
    assert.equal(result.ok, true)
    assert.deepEqual(guest.lines, ['info: minemine', 'debug: patch config', 'info: {"dataset":{"id":"d1"},"a":1}'])
  })

  describe('patchConfig', () => {
    it('changes the object that the plugin holds at once, and has it stored', async () => {
      const { guest } = await run(async ({ processingConfig, patchConfig, log }) => {
        const stored = patchConfig({ datasetMode: 'update', dataset: { id: 'd2' }, when: new Date(0), nothing: undefined })
        await log.info(processingConfig.datasetMode + processingConfig.dataset.id)
        await stored
      })
      assert.deepEqual(guest.of('call')[0], { op: 'call', id: guest.of('call')[0]?.id, method: 'patchConfig', args: [{ datasetMode: 'update', dataset: { id: 'd2' }, when: '1970-01-01T00:00:00.000Z' }] })
      assert.deepEqual(guest.lines, ['debug: patch config', 'info: updated2'])
    })

    it('tells why it is refused, and where', async () => {
      const { result } = await run(async ({ patchConfig }) => { await patchConfig({ a: 1 }) }, { answer: () => ({ error: { code: 'interrupted', message: 'The configuration was not changed.' } }) })
      const error = errorOf(result) as { code: string, message: string, stack?: string }
      assert.deepEqual([error.code, error.message], ['plugin-error', 'The configuration was not changed.'])
      assert.match(error.stack ?? '', /plugin\/index\.js/)
      assert.equal(await evaluate(({ patchConfig }: { patchConfig: (patch: unknown) => Promise<void> }) => patchConfig({}).catch((error: { code: string }) => error.code), { answer: () => ({ error: { code: 'interrupted', message: 'no' } }) }), 'interrupted')
    })

    it('wants an object, and changes nothing when JSON cannot tell it', async () => {
      assert.deepEqual(await evaluate(async ({ patchConfig, processingConfig }: { patchConfig: (patch: unknown) => Promise<void>, processingConfig: object }) => {
        const told: string[] = []
        for (const patch of [null, 'x', [1], undefined, { n: 1n }]) await patchConfig(patch).catch((error: Error) => told.push(error.name))
        return [told, processingConfig]
      }), [Array(5).fill('TypeError'), { dataset: { id: 'd1' } }])
    })

    it('takes an own __proto__ for a key like others', async () => {
      assert.deepEqual(await evaluate(async ({ patchConfig, processingConfig }: { patchConfig: (patch: unknown) => Promise<void>, processingConfig: object }) => {
        await patchConfig(JSON.parse('{"__proto__":{"polluted":true}}'))
        return [(processingConfig as { polluted?: unknown }).polluted, Object.getPrototypeOf(processingConfig) === Object.prototype]
      }), [null, true])
    })

    it('refuses what is larger than a message', async () => {
      const { result, guest } = await run(({ patchConfig }) => patchConfig({ text: 'x'.repeat(3e6) }))
      const error = errorOf(result) as { code: string, stack?: string }
      assert.equal(error.code, 'message-limit')
      assert.match(error.stack ?? '', /at most 2000000 are allowed\n.*plugin\/index\.js/s)
      assert.equal(guest.of('call').length, 0)
    })
  })

  describe('ws', () => {
    it('waits for the journal, and says so', async () => {
      const { guest, result } = await run(async ({ ws, log }) => { await log.info(JSON.stringify(await ws.waitForJournal('d1', 'finalize-end'))) }, { answer: () => ({ value: { type: 'finalize-end' } }) })
      assert.equal(result.ok, true)
      assert.deepEqual(guest.lines, ['info: wait for event "finalize-end" on dataset "d1"', 'info: {"type":"finalize-end"}'])
      assert.deepEqual(guest.of('call').map(({ method, args }) => [method, args]), [['waitForJournal', ['d1', 'finalize-end', 300_000]]])
    })

    it('refuses its other members by name', async () => {
      assert.equal((errorOf((await run(({ ws }) => ws.waitFor('x'))).result) as { feature?: string }).feature, 'ws.waitFor')
    })
  })

  describe('sendMail', () => {
    it('sends what nodemailer takes, bytes as base64', async () => {
      const { guest } = await run(async ({ sendMail, log }) => {
        const answer = await sendMail({ from: 'a@b.c', to: 'd@e.f', subject: 's', text: 't', attachments: [{ filename: 'a.txt', content: 'text' }, { filename: 'b', content: Buffer.from('é') }] })
        await log.info(answer.messageId)
      }, { answer: () => ({ value: { messageId: '<1@x>' } }) })
      assert.deepEqual(guest.of('call')[0]?.args, [{
        from: 'a@b.c', to: 'd@e.f', subject: 's', text: 't', attachments: [{ filename: 'a.txt', content: 'text' }, { filename: 'b', content: 'w6k=', encoding: 'base64' }]
      }])
      assert.deepEqual(guest.lines, ['info: <1@x>'])
    })
  })

  it('answers many calls at once, each its own', async () => {
    assert.deepEqual(await evaluate(({ ws }: { ws: { waitForJournal (id: string, type: string): Promise<unknown> } }) => Promise.all(Array.from({ length: 200 }, (_, i) => ws.waitForJournal(`${i}`, 'x'))), {
      answer: ({ args }) => ({ value: Number(args[0]) })
    }), Array.from({ length: 200 }, (_, i) => i))
  })
})
