import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMailBroker, createMailTransport } from '../../../runner/brokers/mail.ts'
import type { MailBrokerOptions } from '../../../runner/brokers/mail.ts'
import { startSmtp } from '../../servers/smtp.ts'
import type { SmtpServer, SmtpServerOptions } from '../../servers/smtp.ts'
import { startTarget } from '../../servers/target.ts'
import { closing } from './closing.ts'

const mail = { from: 'a@example.com', to: 'b@example.com', subject: 'Été', text: 'Bonjour' }

describe('mails of a plugin', () => {
  const open = closing()
  let smtp: SmtpServer
  let effects = 0

  const broker = async (server: SmtpServerOptions = {}, options: Partial<MailBrokerOptions> = {}) => {
    smtp = open(await startSmtp(server))
    const transport = createMailTransport({ host: '127.0.0.1', port: smtp.port, ignoreTLS: true })
    open({ close: async () => transport.close() })
    effects = 0
    return createMailBroker({ transport: () => transport, onMail: async () => { effects++ }, ...options })
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

  it('are refused when more recipients hide in one text than may be named', async () => {
    const send = await broker()
    await assert.rejects(send({ ...mail, to: Array.from({ length: 101 }, (_, n) => `u${n}@example.com`).join(', ') }), { code: 'ERR_INVALID_ARG_VALUE' })
    assert.equal(smtp.mails.length, 0)
  })

  it('are bounded in number', async () => {
    const send = await broker({}, { limits: { mails: 1 } })
    await send(mail)
    await assert.rejects(send(mail), { code: 'mail-limit', message: 'The run reached its limit of mails (1).' })
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
})
