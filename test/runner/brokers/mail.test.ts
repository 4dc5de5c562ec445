import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { createMailBroker } from '../../../runner/brokers/mail.ts'
import { roomLimits } from '../../../runner/brokers/mail-room.ts'
import type { MailRoomLimits } from '../../../runner/brokers/mail-room.ts'
import { createMailTransport } from '../../../runner/brokers/mail-transport.ts'
import type { MailTransport } from '../../../runner/brokers/mail-transport.ts'
import type { MailBrokerOptions } from '../../../runner/brokers/mail.ts'
import { startSmtp } from '../../servers/smtp.ts'
import type { SmtpServer, SmtpServerOptions } from '../../servers/smtp.ts'
import { startTarget } from '../../servers/target.ts'
import { closing } from './closing.ts'
import { until } from './guest.ts'

const mail = { from: 'a@example.com', to: 'b@example.com', subject: 'Été', text: 'Bonjour' }

describe('mails of a plugin', () => {
  const open = closing()
  let smtp: SmtpServer
  let effects = 0

  const asJson = (value: unknown): Buffer => Buffer.from(JSON.stringify(value))
  const broker = async (server: SmtpServerOptions = {}, options: Partial<MailBrokerOptions> = {}) => {
    smtp = open(await startSmtp(server))
    const transport = createMailTransport({ host: '127.0.0.1', port: smtp.port, ignoreTLS: true })
    open({ close: async () => transport.close() })
    effects = 0
    const run = createMailBroker({ transport: () => transport, account: 'user:a', onMail: async () => { effects++ }, ...options })
    return async (value: unknown) => await run.send(asJson(value))
  }

  /** Of a server that greets and says nothing more. */
  const silentTransport = async (room?: MailRoomLimits): Promise<MailTransport> => {
    smtp = open(await startSmtp({ silent: true }))
    const transport = createMailTransport({ host: '127.0.0.1', port: smtp.port, ignoreTLS: true }, room)
    open({ close: async () => transport.close() })
    effects = 0
    return transport
  }

  it('arrive, and the plugin reads who took them', async () => {
    const send = await broker({ refuse: ['no@example.com'] })
    const answer = await send({
      ...mail,
      from: { name: 'Été', address: 'a@example.com' },
      to: ['b@example.com', 'no@example.com'],
      cc: 'c@example.com',
      html: '<b>Bonjour</b>',
      replyTo: 'r@example.com',
      headers: { 'X-Tag': 'one' },
      priority: 'high',
      attachments: [{ filename: 'a.txt', content: 'YWJj', encoding: 'base64' }, { filename: 'b.bin', content: { type: 'Buffer', data: [100, 101, 102] } }]
    })
    assert.deepEqual(answer.accepted, ['b@example.com', 'c@example.com'])
    assert.deepEqual(answer.rejected, ['no@example.com'])
    assert.match(answer.messageId, /^<.+>$/)
    assert.match(answer.response, /^250 /)
    const [received] = smtp.mails
    assert.deepEqual([received?.from, received?.to], ['a@example.com', ['b@example.com', 'c@example.com']])
    for (const part of [/^Reply-To: r@example.com/m, /^X-Tag: one/m, /^X-Priority: 1/m, /^YWJj/m, /^ZGVm/m, /<b>Bonjour<\/b>/]) assert.match(received?.data ?? '', part)
    assert.equal(effects, 1)
  })

  it('are sent as the published hello-world plugin writes them', async () => {
    const send = await broker()
    await send({ from: 'a@example.com', to: 'b@example.com', subject: 'Hello', text: 'A test email', attachments: [{ filename: 'test.txt', content: 'A test attachment' }] })
    assert.match(smtp.mails[0]?.data ?? '', new RegExp(Buffer.from('A test attachment').toString('base64')))
  })

  it('arrive whole when they are large', async () => {
    const send = await broker()
    const text = 'é€\u{1F600}\n'.repeat(60_000)
    await send({ ...mail, text, html: `<p>${text}</p>` })
    const parts = smtp.mails[0]?.data.split(/Content-Transfer-Encoding: base64\r\n\r\n/).slice(1).map(part => Buffer.from(part.split('\r\n--')[0] ?? '', 'base64').toString()) ?? []
    assert.deepEqual(parts.map(part => part.length), [text.length, text.length + 7])
    assert.ok(parts[0] === text && parts[1] === `<p>${text}</p>`)
    assert.match(smtp.mails[0]?.data ?? '', /Content-Type: text\/plain; charset=utf-8/)
  })

  it('never read a file or a URL of the host', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'mail-'))
    open({ close: async () => await rm(dir, { recursive: true }) })
    const path = join(dir, 'canary')
    await writeFile(path, 'CANARY')
    const target = open(await startTarget())
    const send = await broker()
    for (const change of [
      { attachments: [{ path }] }, { attachments: [{ filename: 'x', path: target.url }] }, { attachments: [{ href: target.url }] }, { attachments: [{ raw: { path } }] },
      { attachments: [{ content: { path } }] }, { attachments: [{ content: { href: target.url } }] }, { attachments: [path] }, { attachments: { path } },
      { text: { path } }, { html: { path } }, { html: { href: target.url } }, { raw: { path } }, { raw: 'From: x' }, { amp: { path } }, { icalEvent: { path } }, { watchHtml: { path } },
      { alternatives: [{ path }] }, { headers: { 'X-A': { path } } }, { subject: { path } }, { attachDataUrls: true }, { html: 'x', dkim: { privateKey: path } }
    ]) {
      await assert.rejects(send({ ...mail, ...change }), { code: /^ERR_INVALID_ARG_(TYPE|VALUE)$/ }, JSON.stringify(change))
    }
    assert.deepEqual([smtp.mails.length, target.connections, effects], [0, 0, 0])
  })

  for (const [what, change, code] of [
    ['an envelope of its own', { envelope: { from: 'x@example.com', to: ['y@example.com'] } }, 'ERR_INVALID_ARG_VALUE'],
    ['a transport option', { disableFileAccess: false }, 'ERR_INVALID_ARG_VALUE'],
    ['an inherited name', { constructor: {} }, 'ERR_INVALID_ARG_VALUE'],
    ['a second line in the subject', { subject: 'a\r\nBcc: victim@example.com' }, 'ERR_INVALID_CHAR'],
    ['a second line in an address', { to: 'b@example.com\r\nRCPT TO:<c@example.com>' }, 'ERR_INVALID_CHAR'],
    ['a second line in a name', { from: { name: 'a\nb', address: 'a@example.com' } }, 'ERR_INVALID_CHAR'],
    ['a second line in a header', { headers: { 'X-A': 'a\r\nBcc: c@example.com' } }, 'ERR_INVALID_CHAR'],
    ['a header that routes', { headers: { Bcc: 'c@example.com' } }, 'ERR_INVALID_ARG_VALUE'],
    ['a header with a bad name', { headers: { 'X-A: b\r\nBcc': 'c@example.com' } }, 'ERR_INVALID_ARG_VALUE'],
    ['a file name of two lines', { attachments: [{ filename: 'a\r\nb', content: 'x' }] }, 'ERR_INVALID_CHAR'],
    ['bytes that are none', { attachments: [{ content: { type: 'Buffer', data: [1, 256] } }] }, 'ERR_INVALID_ARG_TYPE'],
    ['too many recipients', { to: Array.from({ length: 101 }, (_, n) => `u${n}@example.com`) }, 'ERR_INVALID_ARG_VALUE'],
    ['too many attachments', { attachments: Array.from({ length: 21 }, () => ({ content: 'x' })) }, 'ERR_INVALID_ARG_VALUE'],
    ['too much text', { text: 'x'.repeat(11 * 2 ** 20) }, 'ERR_INVALID_ARG_VALUE']
  ] as const) {
    it(`are refused with ${what}`, async () => {
      const send = await broker()
      await assert.rejects(send({ ...mail, ...change }), { code })
      assert.equal(smtp.mails.length, 0)
    })
  }

  for (const [what, change] of [
    ['millions of recipients', { to: Array(2_400_000).fill('a') }],
    ['a million references', { references: Array(1_000_000).fill('x') }],
    ['millions of values of a header', { headers: { 'x-a': Array(1_500_000).fill('x') } }],
    ['long texts of commas as recipients', { to: Array(900).fill(','.repeat(9999)) }],
    ['recipients that are long together', { to: Array(99).fill(`${'n'.repeat(2000)} <a@example.com>`) }],
    ['many headers', { headers: Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`x-${n}`, 'x'])) }],
    ['headers that are long together', { headers: Object.fromEntries(Array.from({ length: 10 }, (_, n) => [`x-${n}`, 'x'.repeat(9000)])) }],
    ['a million empty lists', { text: Array(1_000_000).fill([]) }]
  ] as const) {
    it(`are refused with ${what} before they cost anything`, async () => {
      const transport = await silentTransport()
      const json = asJson({ ...mail, ...change })
      const run = createMailBroker({ transport: () => transport, account: 'user:a', onMail: async () => { effects++ } })
      const start = process.cpuUsage().user
      await assert.rejects(run.send(json), { code: 'ERR_INVALID_ARG_VALUE' })
      const ms = (process.cpuUsage().user - start) / 1000
      assert.ok(ms < 600, `it took ${ms.toFixed(0)} ms`)
      assert.deepEqual([smtp.openSockets, effects], [0, 0])
      assert.deepEqual(transport.room.held, { bytes: 0, mails: 0 })
    })
  }

  for (const [what, to] of [['none', undefined], ['an empty list', []], ['commas alone', ',,,'], ['a name without an address', { name: 'a', address: '' }]] as const) {
    it(`never go without a recipient: ${what}`, async () => {
      const send = await broker()
      await assert.rejects(send({ ...mail, to }), { code: 'EENVELOPE', message: 'No recipients defined' })
      assert.deepEqual([smtp.mails.length, effects], [0, 0])
    })
  }

  it('are refused when more recipients hide in one text than may be named', async () => {
    const send = await broker()
    await assert.rejects(send({ ...mail, to: Array.from({ length: 101 }, (_, n) => `u${n}@example.com`).join(', ') }), { code: 'ERR_INVALID_ARG_VALUE' })
    assert.equal(smtp.mails.length, 0)
  })

  it('are bounded in number', async () => {
    const send = await broker({}, { limits: { mails: 1 } })
    await send(mail)
    await assert.rejects(send(mail), { code: 'mail-limit', message: 'The run reached its limit of mails (1). An administrator can raise `RUN_MAILS`.' })
  })

  it('that are refused count too', async () => {
    const send = await broker({}, { limits: { mails: 2 } })
    for (let n = 0; n < 2; n++) await assert.rejects(send({ ...mail, to: [] }), { code: 'EENVELOPE' })
    await assert.rejects(send(mail), { code: 'mail-limit' })
  })

  it('are refused for their size by their length alone, in words that name the key', async () => {
    const send = await broker({}, { limits: { mailBytes: 1024 } })
    await assert.rejects(send({ ...mail, text: 'x'.repeat(2000) }), { code: 'ERR_INVALID_ARG_VALUE', message: 'The mail was not sent: it exceeds 1 KB, its attachments included. An administrator can raise `RUN_MAIL_BYTES`.' })
  })

  it('that the server refuses end in its words', async () => {
    const nobody = await broker({ refuse: ['b@example.com'] })
    await assert.rejects(nobody(mail), { code: 'EENVELOPE', message: /550 <b@example.com>: no such mailbox/ })
    const nothing = await broker({ refuseData: true })
    await assert.rejects(nothing(mail), { code: 'EMESSAGE', message: /554 Message refused by policy/ })
  })

  it('that find no server say so without naming it, and the operator learns why', async () => {
    const errors: unknown[] = []
    const send = await broker({}, { onError: (error) => errors.push(error) })
    await smtp.close()
    await assert.rejects(send(mail), { code: 'mail-unavailable', message: /^[^0-9]+$/ })
    assert.equal(errors.length, 1)
  })

  it('are on record before they go', async () => {
    const send = await broker({}, { onMail: async () => { throw new Error('no record') } })
    await assert.rejects(send(mail), /no record/)
    assert.equal(smtp.mails.length, 0)
  })

  describe('with a server that says nothing', () => {
    const large = { ...mail, text: '€' + 'a'.repeat(900_000) }
    const MIB = 2 ** 20
    /** 4 MiB for all, 1 MiB for an account and a run. */
    const small = roomLimits(4 * MIB, MIB)

    it('hold no more of the memory than a run, an account and the service may have', async () => {
      const transport = await silentTransport(small)
      const refused: string[] = []
      const runs = ['a', 'a', 'b', 'c', 'd', 'e'].map(name => createMailBroker({ transport: () => transport, account: `user:${name}`, onMail: async () => {} }))
      for (const run of runs) for (let n = 0; n < 8; n++) run.send(asJson(large)).catch((error: Error) => refused.push(error.message))
      await until(() => refused.length === 44, 'the refusals')
      assert.deepEqual(transport.room.held.mails, 4)
      assert.ok(transport.room.held.bytes <= 4 * MIB)
      const raise = ' An administrator can raise `MAILS_PENDING_MB`.'
      assert.deepEqual([...new Set(refused)].sort(), ['an account', 'a run'].map(of => `The mail was not sent: the mails of ${of} under way cannot exceed 1 MB at the same time.${raise}`).concat(`The mail was not sent: the mails of all accounts under way cannot exceed 4 MB at the same time.${raise}`).sort())
    })

    it('take few connections, and one account not all of them', async () => {
      const transport = await silentTransport()
      const send = (account: string): void => {
        const run = createMailBroker({ transport: () => transport, account, onMail: async () => {} })
        for (let n = 0; n < 10; n++) run.send(asJson(mail)).catch(() => {})
      }
      send('user:a')
      await until(() => smtp.openSockets === 2, 'two connections')
      send('user:b')
      await until(() => smtp.openSockets === 4, 'four connections')
      send('user:c')
      await pause(50)
      assert.deepEqual([smtp.openSockets, transport.room.held.mails], [4, 30])
    })

    it('are given up after their time, and their room is free again', async () => {
      const transport = await silentTransport()
      const errors: unknown[] = []
      const run = createMailBroker({ transport: () => transport, account: 'user:a', onMail: async () => {}, limits: { sendMs: 100, waitMs: 50 }, onError: error => errors.push(error) })
      const sent = [1, 2, 3].map(async () => await run.send(asJson(mail)).catch((error: { code: string }) => error.code))
      assert.deepEqual(await Promise.all(sent), ['mail-unavailable', 'mail-unavailable', 'mail-unavailable'])
      assert.equal(errors.length, 3)
      assert.deepEqual(transport.room.held, { bytes: 0, mails: 0 })
      await until(() => smtp.openSockets === 0, 'the end of the connections', 7000)
    }).timeout(10_000)

    it('are given up some time after the end of their run, and at the end of the service', async () => {
      const transport = await silentTransport()
      const open = (afterRunMs: number) => createMailBroker({ transport: () => transport, account: 'user:a', onMail: async () => {}, limits: { afterRunMs } })
      const [first, second] = [open(50), open(60_000)]
      const ends = [first, second].map(async run => await run.send(asJson(mail)).catch((error: { code: string }) => error.code))
      first.close()
      second.close()
      assert.equal(await ends[0], 'mail-unavailable')
      assert.equal(transport.room.held.mails, 1)
      transport.close()
      assert.equal(await ends[1], 'mail-unavailable')
      assert.equal(transport.room.held.mails, 0)
    })
  })

  it('that wait get their turn, and one that its run has not awaited still goes', async () => {
    smtp = open(await startSmtp())
    const transport = createMailTransport({ host: '127.0.0.1', port: smtp.port, ignoreTLS: true })
    open({ close: async () => transport.close() })
    const run = createMailBroker({ transport: () => transport, account: 'user:a', onMail: async () => {} })
    const sent = Array.from({ length: 12 }, async () => await run.send(asJson(mail)))
    run.close()
    assert.equal((await Promise.all(sent)).length, 12)
    assert.equal(smtp.mails.length, 12)
    assert.deepEqual(transport.room.held, { bytes: 0, mails: 0 })
  })
})
