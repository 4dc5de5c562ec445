/** Keys from passwords and from other keys, within bounds of time and memory. See crypto-ops.ts. */
import { hkdf, hkdfSync, pbkdf2, pbkdf2Sync, scrypt, scryptSync } from 'node:crypto'
import { checkPbkdf2, checkScrypt, type Manner } from './crypto-cost.ts'
import { cut, text } from './crypto-keys.ts'
import type { Args, HostModule } from './host-module.ts'

const OUTPUT_BYTES = 1_048_576
/** What `N * r` of scrypt takes. */
const SCRYPT_MEMORY = 67_108_864

type Bytes = Uint8Array | undefined
type Finish = (error: Error | null, key: Buffer | ArrayBuffer) => void

export const deriveOps: Pick<HostModule, 'sync' | 'async'> = {
  sync: {
    pbkdf2: (args, bytes) => pbkdf2Sync(...readPbkdf2(args, bytes, 'sync')),
    scrypt: (args, bytes) => scryptSync(...readScrypt(args, bytes, 'sync')),
    hkdf: (args, bytes) => new Uint8Array(hkdfSync(...readHkdf(args, bytes)))
  },
  async: {
    pbkdf2: (args, bytes) => later(done => { pbkdf2(...readPbkdf2(args, bytes, 'async'), done) }),
    scrypt: (args, bytes) => later(done => { scrypt(...readScrypt(args, bytes, 'async'), done) }),
    hkdf: (args, bytes) => later(done => { hkdf(...readHkdf(args, bytes), done) })
  }
}

function later (start: (done: Finish) => void): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    start((error, key) => { if (error === null) resolve(new Uint8Array(key)); else reject(error) })
  })
}

function readPbkdf2 ({ iterations, keylen, digest, lengths }: Args, bytes: Bytes, manner: Manner): [Uint8Array, Uint8Array, number, number, string] {
  const [password, salt] = pieces(lengths, bytes)
  const size = output(keylen)
  const count = whole('iterations', iterations, 1, 2 ** 31 - 1)
  checkPbkdf2({ iterations: count, outputBytes: size, saltBytes: salt.length }, manner)
  return [password, salt, count, size, text('digest', digest)]
}

function readScrypt ({ keylen, cost, blockSize, parallelization, maxmem, lengths }: Args, bytes: Bytes, manner: Manner): [Uint8Array, Uint8Array, number, { N: number, r: number, p: number, maxmem: number }] {
  const [password, salt] = pieces(lengths, bytes)
  const N = whole('N', cost, 1, 2 ** 31 - 1)
  const r = whole('r', blockSize, 1, 2 ** 31 - 1)
  const p = whole('p', parallelization, 1, 2 ** 31 - 1)
  const size = output(keylen)
  checkScrypt({ N, r, p, outputBytes: size, saltBytes: salt.length }, manner)
  return [password, salt, size, { N, r, p, maxmem: Math.min(whole('maxmem', maxmem, 0, Number.MAX_SAFE_INTEGER), SCRYPT_MEMORY) }]
}

function readHkdf ({ digest, keylen, lengths }: Args, bytes: Bytes): [string, Uint8Array, Uint8Array, Uint8Array, number] {
  const [key, salt, info = new Uint8Array(0)] = pieces(lengths, bytes)
  return [text('digest', digest), key, salt, info, output(keylen)]
}

function pieces (lengths: unknown, bytes: Uint8Array = new Uint8Array(0)): [Uint8Array, Uint8Array, Uint8Array?] {
  const [first = new Uint8Array(0), second = new Uint8Array(0), third] = cut(lengths, bytes)
  return third === undefined ? [first, second] : [first, second, third]
}

function output (keylen: unknown): number {
  return whole('keylen', keylen, 0, OUTPUT_BYTES)
}

function whole (name: string, value: unknown, lower: number, upper: number): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= lower && value <= upper) return value
  throw Object.assign(new RangeError(`The value of "${name}" is out of range. It must be >= ${lower} && <= ${upper}. Received ${String(value)}`), { code: 'ERR_OUT_OF_RANGE' })
}
