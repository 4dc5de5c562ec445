import assert from 'node:assert/strict'
import { createHash, generateKeyPairSync } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { HostOps } from '../../sandbox/host-ops.ts'
import { closeGuests, errorOf, evaluate, run } from './guest/harness.ts'

interface Failure { readonly code: string, readonly message: string }

describe('operations of the thread', () => {
  let ops: HostOps
  beforeEach(() => { ops = new HostOps() })
  afterEach(() => ops.close())
  after(closeGuests)

  const value = (name: string, args: unknown, bytes?: Uint8Array): any => {
    const answer = ops.sync(name, args, bytes)
    return typeof answer === 'string' ? JSON.parse(answer).value : answer
  }
  const failure = (name: string, args: unknown, bytes?: Uint8Array): Failure => {
    const answer = ops.sync(name, args, bytes)
    assert.equal(typeof answer, 'string')
    return JSON.parse(answer as string).error
  }
  const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text))

  for (const name of ['crypto.nope', 'nope.hash', 'crypto', '', 'crypto.constructor', 'constructor.call', '__proto__.x', 'crypto.__proto__', 5, null, {}]) {
    it(`that do not exist are an abuse: ${JSON.stringify(name)}`, () => {
      assert.throws(() => ops.sync(name, {}, undefined), { name: 'HostOpsError' })
      assert.throws(() => ops.async(name, {}, undefined), { name: 'HostOpsError' })
    })
  }

  it('answer bytes in memory of their own', () => {
    const digest = value('crypto.hash', { algorithm: 'sha256' }, bytes('a'))
    assert.equal(Buffer.from(digest).toString('hex'), createHash('sha256').update('a').digest('hex'))
    assert.equal(digest.byteLength, digest.buffer.byteLength)
  })

  it('take arguments of any kind, and say what is wrong', () => {
    for (const args of [undefined, null, 5, 'x', [], { algorithm: 5 }, { algorithm: { toString: 1 } }, { algorithm: 'x'.repeat(2_000) }]) {
      assert.equal(failure('crypto.hash', args, bytes('a')).code, 'ERR_INVALID_ARG_TYPE', JSON.stringify(args))
    }
    for (const kind of [undefined, 'nope', 'constructor', '__proto__', 5]) assert.equal(failure('zlib.open', { kind }).code, 'ERR_INVALID_ARG_VALUE')
    for (const options of [{ level: 'x' }, { windowBits: 1.5 }, { params: [['a', 'b']] }]) assert.match(failure('zlib.open', { kind: 'gzip', options }).code, /^ERR_/)
    assert.match(failure('crypto.open', { kind: 'cipher', algorithm: 'aes-128-cbc', lengths: [1e9, -5, {}, []] }, bytes('short')).code, /^ERR_/)
  })

  it('know sessions by the numbers that they gave, and those of one run alone', () => {
    const id = value('crypto.open', { kind: 'hash', algorithm: 'md5' })
    for (const wrong of [id + 1, -1, 0, '1', null, undefined, {}]) assert.equal(failure('crypto.digest', { id: wrong }).code, 'ERR_INVALID_STATE')
    assert.equal(failure('crypto.final', { id }).code, 'ERR_INVALID_ARG_VALUE', 'a hash is no cipher')
    const other = new HostOps()
    assert.equal(JSON.parse(other.sync('crypto.update', { id }, bytes('a')) as string).error.code, 'ERR_INVALID_STATE')
    other.close()
    assert.equal(value('crypto.digest', { id }).length, 16)
    assert.equal(failure('crypto.digest', { id }).code, 'ERR_INVALID_STATE', 'a digest ends it')
  })

  it('open no more sessions than the limit', () => {
    let count = 0
    for (; count < 10_000 && failure('crypto.open', { kind: 'hash', algorithm: 'md5' }) === undefined; count++);
    assert.equal(count, 4_096)
    assert.match(failure('crypto.open', { kind: 'hash', algorithm: 'md5' }).message, /4096 are open at once, which is the limit/)
  })

  it('are closed with the run', () => {
    value('zlib.open', { kind: 'gzip' })
    ops.close()
    assert.throws(() => ops.sync('zlib.open', { kind: 'gzip' }, undefined), { name: 'HostOpsError' })
  })

  it('bound what a derivation costs', async () => {
    const pbkdf2 = { digest: 'sha512', keylen: 64, lengths: [1, 1] }
    assert.match(failure('crypto.pbkdf2', { ...pbkdf2, iterations: 1e9 }, bytes('ps')).message, /more than the platform computes at once/)
    assert.match(failure('crypto.pbkdf2', { ...pbkdf2, keylen: 1e9, iterations: 1 }, bytes('ps')).code, /ERR_OUT_OF_RANGE/)
    const scrypt = { keylen: 8, cost: 2 ** 14, blockSize: 8, parallelization: 1, maxmem: 2 ** 40, lengths: [1, 1] }
    assert.match(failure('crypto.scrypt', { ...scrypt, cost: 2 ** 20 }, bytes('ps')).message, /more than the platform computes at once/)
    const memory = await ops.async('crypto.scrypt', { ...scrypt, cost: 2 ** 19, blockSize: 8 }, bytes('ps'))
    assert.match('error' in memory ? memory.error.message : '', /memory limit exceeded/)
    assert.equal(failure('crypto.generate', { type: 'rsa', options: { modulusLength: 16_384 } }).code, 'ERR_OUT_OF_RANGE')
    for (const type of ['dsa', 'dh', 'constructor', 5]) assert.equal(failure('crypto.generate', { type, options: { modulusLength: 2_048 } }).code, 'ERR_INVALID_ARG_VALUE')
  })

  it('run a few at once, and refuse what would wait without end', async () => {
    const answers = Array.from({ length: 5_000 }, () => ops.async('crypto.hkdf', { digest: 'sha256', keylen: 8, lengths: [1, 1, 1] }, bytes('abc')))
    const refused = (await Promise.all(answers)).filter(answer => 'error' in answer)
    assert.ok(refused.length > 0 && refused.length < 1_000, `${refused.length}`)
    const large = Array.from({ length: 12 }, () => ops.async('crypto.hkdf', { digest: 'sha256', keylen: 8, lengths: [1, 1, 1] }, new Uint8Array(16 * 2 ** 20)))
    assert.ok((await Promise.all(large)).some(answer => 'error' in answer))
  })

  it('tell nothing of a fault of ours', () => {
    const { privateKey } = generateKeyPairSync('ed25519')
    const der = new Uint8Array(privateKey.export({ format: 'der', type: 'pkcs8' }))
    const { code, message } = failure('crypto.exportKey', { type: 'private', format: 'nope', lengths: [der.length] }, der)
    assert.match(code, /^ERR_/)
    assert.doesNotMatch(message, /[\\/]/)
  })

  it('count the time that they take on other threads', async () => {
    assert.equal(ops.computedMs, 0)
    await ops.async('crypto.pbkdf2', { digest: 'sha512', keylen: 64, iterations: 20_000, lengths: [1, 1] }, bytes('ps'))
    assert.ok(ops.computedMs > 1)
  })

  it('bound what salts cost, which a derivation hashes again and again', () => {
    const salt = new Uint8Array(70_000)
    assert.match(failure('crypto.pbkdf2', { digest: 'sha1', keylen: 1_000_000, iterations: 1, lengths: [0, salt.length] }, salt).message, /more than the platform computes at once/)
    const scrypt = { keylen: 8, cost: 2, blockSize: 8, parallelization: 4_096, maxmem: 2 ** 25, lengths: [0, salt.length] }
    assert.match(failure('crypto.scrypt', scrypt, salt).message, /more than the platform computes at once/)
    assert.match(failure('crypto.scrypt', { ...scrypt, keylen: 1_000_000, lengths: [0, 0] }).message, /more than the platform computes at once/)
    assert.match(failure('crypto.pbkdf2', { digest: 'sha1', keylen: 0, iterations: 2 ** 31 - 1, lengths: [0, 0] }).message, /more than the platform computes at once/)
  })

  it('count the time of those that go on, and have two of a run compute at once', async () => {
    const slow = { digest: 'sha512', keylen: 20, iterations: 300_000, lengths: [1, 1] }
    const answers = Array.from({ length: 4 }, () => ops.async('crypto.pbkdf2', slow, bytes('ps')))
    assert.equal(ops.computing, 2)
    await wait(60)
    assert.ok(ops.computedMs > 60, `${ops.computedMs} ms`)
    await Promise.race(answers)
    assert.ok(ops.computing <= 2)
    await Promise.all(answers)
    assert.equal(ops.computing, 0)
    const ended = ops.computedMs
    await wait(20)
    assert.equal(ops.computedMs, ended)
  })

  it('that compute are left over when the run ends, and none that waits is begun', async () => {
    const slow = { digest: 'sha512', keylen: 20, iterations: 300_000, lengths: [1, 1] }
    for (let i = 0; i < 4; i++) ops.async('crypto.pbkdf2', slow, bytes('ps')).catch(() => {})
    ops.close()
    assert.equal(ops.computing, 2)
    for (const deadline = performance.now() + 10_000; ops.computing > 0 && performance.now() < deadline;) await wait(10)
    assert.equal(ops.computing, 0)
  })

  it('give native code only what it knows', async () => {
    const id = value('zlib.open', { kind: 'deflate' })
    for (const flush of [-1, 6, 77, 2 ** 31, 2 ** 32]) assert.equal(failure('zlib.write', { id, flush }, bytes('aaa')).code, 'ERR_OUT_OF_RANGE')
    for (const flush of [0.5, null, '0', undefined, 1e300]) assert.equal(failure('zlib.write', { id, flush }, bytes('aaa')).code, 'ERR_INVALID_ARG_VALUE')
    for (const [kind, last] of [['brotliCompress', 3], ['zstdCompress', 2]] as const) {
      const other = value('zlib.open', { kind })
      assert.equal(failure('zlib.write', { id: other, flush: last + 1 }, bytes('aaa')).code, 'ERR_OUT_OF_RANGE')
      assert.equal(failure('zlib.params', { id: other, level: 1, strategy: 0 }).code, 'ERR_INVALID_ARG_VALUE')
    }
    for (const wrong of [{ level: 10, strategy: 0 }, { level: -2, strategy: 0 }, { level: 1, strategy: 5 }]) assert.equal(failure('zlib.params', { id, ...wrong }).code, 'ERR_OUT_OF_RANGE')
    for (const options of [{ level: 10 }, { windowBits: 16 }, { windowBits: -15 }, { memLevel: 0 }, { strategy: 5 }, { pledgedSrcSize: -1 }, { params: [[2 ** 40, 1]] }, { params: [[1, 2 ** 40]] }]) {
      assert.equal(failure('zlib.open', { kind: 'deflate', options }).code, 'ERR_OUT_OF_RANGE', JSON.stringify(options))
    }
    const cipher = value('crypto.open', { kind: 'cipher', algorithm: 'aes-128-ccm', authTagLength: 16, lengths: [16, 12] }, new Uint8Array(28))
    for (const textLength of [2 ** 31, 2 ** 32 - 1, -1, 0.5, 'x']) assert.equal(failure('crypto.tune', { id: cipher, textLength, lengths: [4] }, bytes('aead')).code, 'ERR_OUT_OF_RANGE')
    assert.equal(failure('crypto.cipherInfo', { name: 'aes-128-cbc', keyLength: 2 ** 31 }).code, 'ERR_OUT_OF_RANGE')
  })

  it('answer an error for a key that can be made and not be written', async () => {
    const answer = await ops.async('crypto.generate', { type: 'rsa-pss', options: { modulusLength: 512, hashAlgorithm: 'sha3-224', mgf1HashAlgorithm: 'sha256', saltLength: 19 } }, undefined)
    assert.match('error' in answer ? answer.error.message : '', /Failed to encode public key/)
  })

  it('are not asked for what is small', async () => {
    const calls: string[] = []
    const { sync } = HostOps.prototype
    HostOps.prototype.sync = function (name, ...rest) {
      calls.push(`${name as string}`)
      return sync.call(this, name, ...rest)
    }
    try {
      await evaluate(((_: unknown, require: any) => {
        const { createHash, createHmac } = require('crypto')
        return Array.from({ length: 100 }, (_, i) => createHash('sha256').update(`line ${i}`).digest('hex') + createHmac('md5', 'key').update('x').digest('base64'))
      }) as never)
      assert.deepEqual(calls, [])
      await evaluate(((_: unknown, require: any) => { require('crypto').createHash('sha256').update(Buffer.alloc(50_000)).digest() }) as never)
      assert.deepEqual(calls, ['crypto.hash'])
    } finally {
      HostOps.prototype.sync = sync
    }
  })

  it('leave nothing of the host in a plugin\'s reach', async () => {
    const { result } = await run((_: unknown) => {
      const walk = (value: any, seen: Set<unknown>): void => {
        if ((typeof value !== 'object' && typeof value !== 'function') || value === null || seen.has(value)) return
        seen.add(value)
        if (typeof value === 'function' && /native code/.test(Function.prototype.toString.call(value)) && /\bReference|ExternalCopy|Callback\b/.test(value.name)) throw new Error(`found ${value.name}`)
        for (const key of Reflect.ownKeys(value)) {
          const descriptor = Reflect.getOwnPropertyDescriptor(value, key)
          if (descriptor !== undefined && 'value' in descriptor) walk(descriptor.value, seen)
        }
        walk(Object.getPrototypeOf(value), seen)
      }
      const require = (globalThis as any).process.getBuiltinModule
      const { createHash, createCipheriv, createSecretKey } = require('crypto')
      const zlib = require('zlib')
      const gzip = zlib.createGzip()
      gzip.write('x')
      for (const made of [createHash('sha3-256'), createCipheriv('aes-128-cbc', Buffer.alloc(16), Buffer.alloc(16)), createSecretKey(Buffer.from('k')), gzip]) walk(made, new Set())
    })
    assert.equal(result.ok, true, result.ok ? '' : JSON.stringify(errorOf(result)))
  })
})
