import assert from 'node:assert/strict'
import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { createRequire } from 'node:module'
import { checkEncryptedKey } from '../../sandbox/crypto-encrypted-key.ts'

const { encryptedKey, pem } = createRequire(import.meta.url)('../fixtures/plugins/host-operations/costly-key/keys.js') as { encryptedKey (derivation: string): Buffer, pem (der: Buffer): string }

const PKCS8 = { format: 'der', type: 'pkcs8' }
const PEM = { format: 'pem', type: undefined }
const UNREADABLE = { code: 'ERR_OSSL_UNSUPPORTED' }
const COSTLY = { code: 'ERR_OUT_OF_RANGE', name: 'RangeError', message: /more than the platform computes at once/ }

/** PBES2 with PBKDF2 and AES-256 of 16 bytes each of salt and vector, as OpenSSL writes it, so that its bytes can be patched. */
const keys = Object.fromEntries(['rsa', 'ec', 'ed25519'].map(type => [type, generateKeyPairSync(type as 'rsa', { modulusLength: 1_024, namedCurve: 'P-256' } as never).privateKey as unknown as KeyObject]))

describe('parameters of an encrypted key', () => {
  for (const [type, key] of Object.entries(keys)) {
    for (const cipher of ['aes-256-cbc', 'aes-128-cbc', 'des-ede3-cbc']) {
      it(`of ${type} with ${cipher}, as Node writes them: read, in DER and PEM`, () => {
        const der = key.export({ format: 'der', type: 'pkcs8', cipher, passphrase: 'x' })
        checkEncryptedKey(der, PKCS8)
        checkEncryptedKey(Buffer.from(key.export({ format: 'pem', type: 'pkcs8', cipher, passphrase: 'x' })), PEM)
        assert.equal(createPrivateKey({ key: der, format: 'der', type: 'pkcs8', passphrase: 'x' }).equals(key), true)
      })
    }
    it(`of ${type}: a key that is not encrypted has none, nor has an older PEM, whose password is hashed once`, () => {
      checkEncryptedKey(key.export({ format: 'der', type: 'pkcs8' }), PKCS8)
      checkEncryptedKey(Buffer.from(key.export({ format: 'pem', type: 'pkcs8' })), PEM)
      if (type !== 'ed25519') checkEncryptedKey(Buffer.from(key.export({ format: 'pem', type: type === 'rsa' ? 'pkcs1' : 'sec1', cipher: 'aes-128-cbc', passphrase: 'x' } as never)), PEM)
    })
  }

  for (const derivation of ['pbkdf2', 'scrypt', 'pkcs12']) {
    it(`${derivation}: too much work is refused, in DER, in PEM, in any block of a PEM, under any label`, () => {
      const der = encryptedKey(derivation)
      checkEncryptedKey(Buffer.from(pem(der)), { format: 'jwk', type: undefined })
      assert.throws(() => checkEncryptedKey(der, PKCS8), COSTLY)
      const text = pem(der)
      for (const form of [text, `junk\n${text}`, `-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n${text}`, text.replaceAll('ENCRYPTED PRIVATE', 'ANY PRIVATE'), text.replaceAll('\n', ' \r\n')]) {
        assert.throws(() => checkEncryptedKey(Buffer.from(form), PEM), COSTLY, form.slice(0, 60))
        assert.throws(() => checkEncryptedKey(Buffer.from(form), { format: undefined, type: undefined }), COSTLY)
      }
    })
  }

  it('a number that is written with a length that is too long is read all the same', () => {
    const der = Buffer.from(keys['ed25519']?.export({ format: 'der', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'x' }) ?? [])
    const at = der.indexOf(Buffer.from('02020800', 'hex'))
    assert.ok(at > 0, 'OpenSSL writes 2,048 rounds')
    der.set([0x7f, 0xff], at + 2) // 32,767
    checkEncryptedKey(der, PKCS8)
  })

  for (const [what, bytes] of Object.entries({
    nothing: [],
    'a length alone': [0x30, 0x84],
    'an indefinite length': [0x30, 0x80, 0x30, 0x80, 0, 0, 0, 0],
    'a length beyond the end': [0x30, 0x7f, 0x30, 0x02],
    'an unknown algorithm': [0x30, 0x09, 0x30, 0x05, 0x06, 0x01, 0x2a, 0x30, 0x00, 0x04, 0x00],
    'a constructed text': [0x30, 0x05, 0x24, 0x03, 0x04, 0x01, 0x01]
  })) {
    it(`that cannot be read (${what}) are refused before OpenSSL sees them`, () => {
      assert.throws(() => checkEncryptedKey(Uint8Array.from(bytes), PKCS8), UNREADABLE)
      assert.throws(() => checkEncryptedKey(Buffer.from(pem(Buffer.from(bytes))), PEM), UNREADABLE)
    })
  }

  it('inside what a header encrypts once more are refused', () => {
    const text = '-----BEGIN ENCRYPTED PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00112233445566778899AABBCCDDEEFF\n\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----'
    assert.throws(() => checkEncryptedKey(Buffer.from(text), PEM), UNREADABLE)
  })
})
