import assert from 'node:assert/strict'
import { createCipheriv, createHash } from 'node:crypto'
import { CipherError, createCipher } from '../../runner/cipher.ts'
import type { CipheredSecret } from '../../store/types.ts'

const cipher = createCipher({ password: 'correct horse' })
const other = createCipher({ password: 'battery staple' })

/** As upstream seals: SHA-256 of the password, AES-256-CBC, hexadecimal. */
function sealAsUpstream (password: string, text: string): CipheredSecret {
  const iv = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex')
  const box = createCipheriv('aes256', createHash('sha256').update(password).digest(), iv)
  return { iv: iv.toString('hex'), alg: 'aes256', data: box.update(text, 'utf8', 'hex') + box.final('hex') }
}

function flip (hex: string): string {
  return (hex.startsWith('0') ? '1' : '0') + hex.slice(1)
}

describe('cipher', () => {
  it('CIPH-01 round-trips plain strings', () => {
    for (const text of ['secret', '', 'a'.repeat(100_000)]) assert.equal(cipher.open(cipher.seal(text)), text)
  })

  it('CIPH-02 round-trips multi-byte strings', () => {
    for (const text of ['clé d\'accès', '密码 🔑', '\ufeffbom']) assert.equal(cipher.open(cipher.seal(text)), text)
  })

  it('CIPH-03 makes a fresh vector at each call', () => {
    const [a, b] = [cipher.seal('same'), cipher.seal('same')]
    assert.notEqual(a.iv, b.iv)
    assert.notEqual(a.data, b.data)
  })

  it('CIPH-04 hands back what is sealed already', () => {
    const sealed = cipher.seal('x')
    assert.equal(cipher.seal(sealed), sealed)
  })

  it('CIPH-05 hands back a plain string on open', () => assert.equal(cipher.open('plain'), 'plain'))

  it('CIPH-06 fails when the password does not match', () => {
    assert.throws(() => other.open(cipher.seal('x')), { name: 'CipherError', code: 'cipher-key', message: /CIPHER_PASSWORD_OLD/ })
    assert.throws(() => other.open(sealAsUpstream('correct horse', 'a secret')), { name: 'CipherError', code: 'cipher-key' })
  })

  it('names algorithm and key of a new value, and shows neither text nor password', () => {
    const sealed = cipher.seal('my secret')
    assert.equal(sealed.alg, 'aes-256-gcm')
    assert.match(sealed.key ?? '', /^[0-9a-f]{8}$/)
    assert(!JSON.stringify(sealed).includes('my secret'))
    assert.notEqual(sealed.key, other.seal('my secret').key)
  })

  it("opens upstream's values", () => {
    assert.equal(cipher.open(sealAsUpstream('correct horse', 'clé 🔑')), 'clé 🔑')
  })

  it('opens values of former passwords, and seals with the new one', () => {
    const rotated = createCipher({ password: 'battery staple', old: ['older still', 'correct horse'] })
    assert.equal(rotated.open(cipher.seal('x')), 'x')
    assert.equal(rotated.open(sealAsUpstream('correct horse', 'y')), 'y')
    assert.equal(other.open(rotated.seal('z')), 'z')
  })

  it('refuses a value that was changed in any part', () => {
    const sealed = cipher.seal('x'.repeat(20))
    const tag = sealed.tag as string // GCM values have one
    for (const changed of [{ data: flip(sealed.data) }, { iv: flip(sealed.iv) }, { tag: flip(tag) }, { tag: tag.slice(0, 8) }, { tag: '' }, { data: 'zz' }]) {
      assert.throws(() => cipher.open({ ...sealed, ...changed }), { name: 'CipherError', code: 'cipher-corrupt' })
    }
  })

  it('trusts no algorithm that a value names', () => {
    assert.throws(() => cipher.open({ alg: 'aes-256-ecb', iv: '', data: '' }), (error: unknown) => error instanceof CipherError && error.code === 'cipher-algorithm')
  })
})
