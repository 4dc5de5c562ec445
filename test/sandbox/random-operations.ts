/**
 * A program: does operations of the thread with random arguments, for a time. Its end tells whether native code was given something that it
 * does not expect, which ends the process, or something was thrown where nobody catches it.
 *
 *   node random-operations.ts <seed> <ms> <file>    `<file>` holds the last operation
 */
import { getCiphers, getCurves, getHashes, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { openSync, writeSync } from 'node:fs'
import { openCryptoOps } from '../../sandbox/crypto-ops.ts'
import { openFiles } from '../../sandbox/files.ts'
import { HostOps } from '../../sandbox/host-ops.ts'
import { openZlibOps } from '../../sandbox/zlib-ops.ts'
import { makeFolders, removeFolders } from './guest/temporary-folders.ts'

const [seed = '1', ms = '1000', file = ''] = process.argv.slice(2)

/** mulberry32: the same for the same seed. */
let state = Number(seed)
function random (): number {
  state = (state + 0x6D2B79F5) >>> 0
  let t = Math.imul(state ^ state >>> 15, state | 1)
  t ^= t + Math.imul(t ^ t >>> 7, t | 61)
  return ((t ^ t >>> 14) >>> 0) / 2 ** 32
}
const chance = (part: number): boolean => random() < part
const below = (count: number): number => Math.floor(random() * count)
const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T // no list is empty

const NUMBERS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 15, 16, 17, 31, 32, 64, 77, 100, 255, 1_000, 65_536, 2 ** 24, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1, -1, -2, -100, -(2 ** 31), -(2 ** 31) - 1, 0.5, 1e300]
const SMALL = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16]
const SIZES = [0, 1, 4, 7, 8, 12, 12, 12, 16, 16, 16, 24, 32, 32, 64, 65, 100, 1_000, 70_000]
const ANY = [...NUMBERS, '', 'a', '__proto__', null, undefined, true, [], {}, [1, 2], 'x'.repeat(1_024)]
const NAMES = [...getHashes(), ...getCiphers()]
const USUAL = ['sha256', 'aes-128-cbc', 'aes-128-ccm', 'aes-128-gcm', 'aes-128-ocb', 'id-aes128-wrap', 'chacha20-poly1305']

const makers = { rsa: { modulusLength: 512 }, 'rsa-pss': { modulusLength: 512 }, ec: { namedCurve: 'P-256' }, ed25519: {}, ed448: {}, x25519: {}, x448: {}, dsa: { modulusLength: 1_024, divisorLength: 160 }, dh: { group: 'modp5' } }
const pairs = Object.entries(makers).map(([type, options]) => generateKeyPairSync(type as 'rsa', options as { modulusLength: number }) as { publicKey: KeyObject, privateKey: KeyObject })
const KEYS = pairs.flatMap(({ publicKey, privateKey }) => [privateKey.export({ format: 'der', type: 'pkcs8' }), publicKey.export({ format: 'der', type: 'spki' })])
const TEXTS = pairs.flatMap(({ publicKey, privateKey }) => [privateKey.export({ format: 'pem', type: 'pkcs8' }), publicKey.export({ format: 'pem', type: 'spki' }), privateKey.export({ format: 'pem', type: 'pkcs8', cipher: 'aes-128-cbc', passphrase: 'x' })])
const JWKS = pairs.slice(0, 1).concat(pairs.slice(2, 7)).flatMap(({ publicKey, privateKey }) => [privateKey.export({ format: 'jwk' }), publicKey.export({ format: 'jwk' })])

/** By the name of an argument: what it may well be. */
const LIKELY: Readonly<Record<string, () => unknown>> = {
  id: () => 1 + below(10),
  fd: () => below(20),
  kind: () => pick(['hash', 'hmac', 'sign', 'verify', 'cipher', 'decipher', 'deflate', 'inflate', 'gzip', 'gunzip', 'deflateRaw', 'inflateRaw', 'unzip', 'brotliCompress', 'brotliDecompress', 'zstdCompress', 'zstdDecompress']),
  options: () => args(['level', 'windowBits', 'memLevel', 'strategy', 'pledgedSrcSize', 'params', 'modulusLength', 'publicExponent', 'namedCurve', 'paramEncoding', 'hashAlgorithm', 'mgf1HashAlgorithm', 'saltLength']),
  params: () => Array.from({ length: below(4) }, () => [pick([...SMALL, 100, 101, 105, 130, 160, 200, 201, 400, 1_000, 1_005, ...NUMBERS]), pick(NUMBERS)]),
  key: () => chance(0.3) ? below(40) : args(['padding', 'saltLength', 'dsaEncoding']),
  algorithm: () => pick(chance(0.7) ? USUAL : NAMES),
  digest: () => pick(getHashes()),
  hashAlgorithm: () => pick(getHashes()),
  mgf1HashAlgorithm: () => pick(getHashes()),
  oaepHash: () => pick(getHashes()),
  cipher: () => pick(getCiphers()),
  name: () => pick(NAMES),
  curve: () => pick(getCurves()),
  namedCurve: () => pick(getCurves()),
  paramEncoding: () => pick(['named', 'explicit']),
  dsaEncoding: () => pick(['der', 'ieee-p1363']),
  type: () => pick(['private', 'public', 'pkcs1', 'pkcs8', 'spki', 'sec1', ...Object.keys(makers)]),
  flush: () => pick(SMALL),
  authTagLength: () => pick([4, 8, 12, 16, ...NUMBERS]),
  textLength: () => pick(NUMBERS),
  as: () => pick(['pkcs1', 'pkcs8', 'spki', 'sec1']),
  format: () => pick(['der', 'pem', 'jwk', 'raw-private', 'raw-public', 'raw-seed', 'compressed', 'uncompressed', 'hybrid']),
  what: () => pick(['private', 'public', 'publicEncrypt', 'privateDecrypt', 'privateEncrypt', 'publicDecrypt']),
  jwk: () => Object.fromEntries(Object.entries(pick(JWKS)).map(([name, value]) => [name, chance(0.1) ? pick(ANY) : value])),
  modulusLength: () => pick([512, 513, 520, 600]),
  iterations: () => pick([1, 2, 100, 1_000]),
  cost: () => 2 ** below(8),
  blockSize: () => pick([1, 2, 8]),
  parallelization: () => pick([1, 2, 8]),
  maxmem: () => 33_554_432,
  path: () => pick(['/processing/a', '/processing/b', '/processing', '/tmp/run/c', '/plugin', '/plugin/index.js', '/processing/a/../b', '/etc/passwd']),
  from: () => chance(0.5) ? below(20) : '/processing/a',
  to: () => chance(0.5) ? below(20) : '/processing/b',
  target: () => pick(['/processing/a', 'b', '..']),
  flags: () => pick([0, 1, 2, 65, 66, 577, 578, 1_025]),
  mode: () => pick([0o777, 0o666, 0, 4])
}
/** The arguments that operations have by name; of one that is not listed, all. */
const ARGS: Readonly<Record<string, readonly string[]>> = {
  'zlib.open': ['kind', 'options'],
  'zlib.write': ['id', 'flush'],
  'zlib.params': ['id', 'level', 'strategy'],
  'crypto.open': ['kind', 'algorithm', 'outputLength', 'authTagLength', 'lengths'],
  'zlib.more': ['id'],
  'zlib.reset': ['id'],
  'crypto.update': ['id'],
  'crypto.tune': ['id', 'padding', 'textLength', 'lengths'],
  'crypto.generate': ['type', 'options'],
  'crypto.pbkdf2': ['iterations', 'keylen', 'digest', 'lengths'],
  'crypto.scrypt': ['keylen', 'cost', 'blockSize', 'parallelization', 'maxmem', 'lengths'],
  'crypto.hkdf': ['digest', 'keylen', 'lengths']
}
const EVERY = [...Object.keys(LIKELY), 'level', 'strategy', 'outputLength', 'keylen', 'keyLength', 'ivLength', 'length', 'position', 'atime', 'mtime', 'padding', 'saltLength', 'follow', 'lengths']

function args (names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.filter(() => chance(0.9)).map(name => [name, chance(0.08) ? pick(ANY) : (LIKELY[name]?.() ?? pick(chance(0.6) ? SMALL : NUMBERS))]))
}

function piece (): Uint8Array {
  const bytes = chance(0.25) ? Uint8Array.from(pick(KEYS)) : chance(0.1) ? Uint8Array.from(Buffer.from(pick(TEXTS))) : new Uint8Array(pick(SIZES)).fill(below(256))
  for (let i = chance(0.3) ? 1 + below(4) : 0; i > 0; i--) bytes[below(bytes.length)] = below(256)
  return bytes
}

const folders = makeFolders()
const operations = Object.entries({ crypto: openCryptoOps(), zlib: openZlibOps(), fs: openFiles(folders) })
  .flatMap(([owner, { sync, async }]) => [...Object.keys(sync).map(name => ({ name: `${owner}.${name}`, later: false })), ...Object.keys(async).map(name => ({ name: `${owner}.${name}`, later: true }))])
const ofSessions = operations.filter(({ name }) => ['zlib.open', 'zlib.write', 'zlib.params', 'crypto.open', 'crypto.tune', 'crypto.update'].includes(name))
const last = openSync(file, 'w')
const count = { done: 0, failed: 0 }
let ops = new HostOps(folders)
for (const end = performance.now() + Number(ms); performance.now() < end;) {
  const { name, later } = pick(chance(0.5) ? ofSessions : operations)
  const pieces = Array.from({ length: 1 + below(3) }, () => chance(0.1) ? undefined : piece())
  const bytes = chance(0.9) ? Uint8Array.from(Buffer.concat(pieces.filter(one => one !== undefined))) : undefined
  const given = args(ARGS[name] ?? EVERY)
  if ('lengths' in given && chance(0.9)) given['lengths'] = pieces.map(one => one?.length ?? -1)
  const text = JSON.stringify(given) // as they cross the bridge
  writeSync(last, `${name} ${text} ${Buffer.from(bytes ?? []).toString('base64')}`.slice(0, 8_000).padEnd(8_000), 0)
  const answer = later ? await ops.async(name, JSON.parse(text), bytes) : ops.sync(name, JSON.parse(text), bytes)
  count[(typeof answer === 'string' ? answer.startsWith('{"error"') : 'error' in answer) ? 'failed' : 'done']++
  if (chance(0.002)) {
    ops.close()
    ops = new HostOps(folders)
  }
}
ops.close()
removeFolders()
console.log(JSON.stringify(count))
