import assert from 'node:assert/strict'
import { toCross } from '../../sandbox/crossing.ts'
import { GUEST_CHARS, GUEST_HEADER_BYTES } from '../../sandbox/frames.ts'
import type { GuestMessage } from '../../sandbox/protocol.ts'

const cross = (message: unknown, messageBytes = 1_000_000) => toCross(message as GuestMessage, undefined, JSON.stringify(message).length, messageBytes) // a guest may send anything

describe('what leaves the thread of a guest', () => {
  it('is a short message as it is, with its bytes', () => {
    const message: GuestMessage = { op: 'call', id: 1, method: 'patchConfig', args: [{ a: 1 }] }
    assert.deepEqual(cross(message), { t: 'guest', message })
    const bytes = new Uint8Array(GUEST_CHARS * 2)
    assert.deepEqual(toCross({ op: 'http-body', id: 1 }, bytes, 30, 1e6), { t: 'guest', message: { op: 'http-body', id: 1 }, body: bytes })
  })

  it('is a mail as bytes of its own, however short', () => {
    const mail = { to: 'é@example.com', text: 'x' }
    const crossing = cross({ op: 'call', id: 7, method: 'sendMail', args: [mail] })
    assert.deepEqual(crossing?.message, { op: 'call', id: 7, method: 'sendMail', args: [] })
    assert.deepEqual(JSON.parse(Buffer.from(crossing?.body ?? []).toString('utf8')), mail)
    assert.equal(crossing?.body?.byteLength, crossing?.body?.buffer.byteLength)
  })

  it('is the length alone of what is too long', () => {
    const patch = { op: 'call', id: 1, method: 'patchConfig', args: [{ x: Array(100_000).fill([]) }] }
    assert.deepEqual(cross(patch), { t: 'guest', message: { op: 'call', id: 1, method: 'patchConfig', args: [], tooLarge: JSON.stringify(patch).length } })
    const mail = cross({ op: 'call', id: 2, method: 'sendMail', args: [{ text: '€'.repeat(400_000) }] })
    assert.deepEqual(mail, { t: 'guest', message: { op: 'call', id: 2, method: 'sendMail', args: [], tooLarge: 1_200_011 } })
    const http = cross({ op: 'http', id: 3, request: { url: 'x'.repeat(GUEST_CHARS) } })
    assert.ok(http?.message.op === 'http' && Number(http.message.tooLarge) > GUEST_CHARS)
    for (const { message } of [mail, http].filter(item => item !== undefined)) assert.ok(JSON.stringify(message).length < 200)
  })

  it('is nothing of a message that cannot be answered', () => {
    for (const message of [
      { op: 'call', id: 'x'.repeat(GUEST_CHARS), method: 'patchConfig', args: [] },
      { op: 'call', id: 'x'.repeat(GUEST_CHARS), method: 'sendMail', args: [{}] },
      { op: 'call', id: 1, method: 'x'.repeat(GUEST_CHARS), args: [] },
      { op: 'call', id: 1, method: 'sendMail', args: 'x'.repeat(GUEST_CHARS), tail: {} },
      { op: 'http-ack', id: 1, bytes: 'x'.repeat(GUEST_CHARS) }
    ]) {
      const crossing = cross(message)
      assert.ok(crossing === undefined || JSON.stringify(crossing).length < 300, JSON.stringify(crossing)?.slice(0, 100))
    }
  })

  it('fits the header that a runner reads, whatever its characters', () => {
    const text = JSON.parse('"\ud800"') as string
    const message = { op: 'call', id: 1, method: 'patchConfig', args: [text.repeat(GUEST_CHARS - 100)] }
    const crossing = toCross(message as GuestMessage, undefined, GUEST_CHARS, 1e7)
    assert.ok(Buffer.byteLength(JSON.stringify({ run: 'r'.repeat(100), ...crossing })) <= GUEST_HEADER_BYTES)
  })
})
