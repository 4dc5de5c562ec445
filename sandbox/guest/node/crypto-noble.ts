/** Hashes in the isolate, for what is small: a call to the thread takes longer. The thread's are faster from some kilobytes on. */
import { hmac } from '@noble/hashes/hmac.js'
import { md5, ripemd160, sha1 } from '@noble/hashes/legacy.js'
import { sha224, sha256, sha384, sha512, sha512_224 as sha512t224, sha512_256 as sha512t256 } from '@noble/hashes/sha2.js'

const HASHES = { md5, ripemd160, rmd160: ripemd160, sha1, 'sha-1': sha1, sha224, sha256, 'sha-256': sha256, sha384, sha512, 'sha-512': sha512, 'sha512-224': sha512t224, 'sha512-256': sha512t256 }

/** With `key`, a MAC. `algorithm`: one of `smallHashes`. */
export function smallDigest (algorithm: string, data: Uint8Array, key?: Uint8Array): Uint8Array {
  const hash = HASHES[algorithm as keyof typeof HASHES]
  return key === undefined ? hash(data) : hmac(hash, key, data)
}
