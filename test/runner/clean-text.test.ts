import assert from 'node:assert/strict'
import { cleanText, cutText } from '../../runner/clean-text.ts'

describe('clean text', () => {
  it('leaves ordinary text alone, in any language', () => {
    for (const text of ['plain', 'deux\nlignes\tet une tabulation', 'été 密码 🔑 שלום', '']) assert.equal(cleanText(text), text)
  })

  it('removes terminal sequences', () => {
    assert.equal(cleanText('\x1b[31mred\x1b[0m \x1b[2J\x1b]0;title\x07\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\ \x9b1mc1 \x1bcend'), 'red link c1 end')
  })

  it('writes other controls as escapes, so that no line can be forged', () => {
    assert.equal(cleanText('a\rb\x00\x08\x7f\x85c'), 'a\\x0db\\x00\\x08\\x7f\\x85c')
    assert.equal(cleanText('a\u2028b\u2029c\u202ed\u2066e'), 'a\\u2028b\\u2029c\\u202ed\\u2066e')
    assert.equal(cleanText('a\r\nb'), 'a\nb')
    assert.equal(cleanText('an unfinished \x1b]0;sequence'), 'an unfinished 0;sequence')
  })

  it('leaves no control behind whatever the order of the pieces', () => {
    const pieces = ['\x1b', '[', ']', '\x07', '\\', '0', 'm', '\x9b', '\r', '\n', ';']
    for (let seed = 0; seed < 5_000; seed++) {
      const text = Array.from({ length: 12 }, (_, i) => pieces[(seed * 31 + i * i * 17 + (seed >> i)) % pieces.length]).join('')
      assert.doesNotMatch(cleanText(text), /(?!\n)\p{Cc}/u)
    }
  })

  it('makes lone surrogates well-formed', () => assert.equal(cleanText('a\ud83dz'), 'a\ufffdz'))

  it('is linear', () => {
    const startedAt = performance.now()
    for (const piece of ['\x1b[', '\x1b]', '\x1b[0;', '\x1b[0 ', '\r', '\x1b']) cleanText(piece.repeat(500_000))
    assert(performance.now() - startedAt < 3_000)
  })

  it('cuts between characters, within the limit, and says what is missing', () => {
    assert.equal(cutText('short', 100), 'short')
    const cut = cutText('é'.repeat(100), 100)
    assert.match(cut, /^é{34}… \(\+132 bytes\)$/)
    for (let length = 40; length < 60; length++) assert(Buffer.byteLength(cutText('🔑'.repeat(100), length)) <= length)
  })
})
