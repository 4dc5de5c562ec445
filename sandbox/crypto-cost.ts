/**
 * What a derivation of a key costs, and how much of it is done at once. Pure. The same bounds hold for a password that a plugin derives a
 * key from and for the parameters inside an encrypted key (crypto-encrypted-key.ts), which are of its making as well.
 */

/** While the guest waits, and when it does not. */
export type Manner = 'sync' | 'async'

/** Rounds of a hash: one or two seconds while the guest waits, some more when it does not. */
const ROUNDS: Readonly<Record<Manner, number>> = { sync: 3_000_000, async: 10_000_000 }
/** `N * r * p` of scrypt. */
const SCRYPT_WORK: Readonly<Record<Manner, number>> = { sync: 2 ** 19, async: 2 ** 23 }
/** Bytes that a hash takes in one step. */
const BLOCK = 64
/** The least that a hash gives: for each piece of so much all is done again. */
const DIGEST = 20

export interface Pbkdf2 { readonly iterations: number, readonly outputBytes: number, readonly saltBytes: number }
export interface Scrypt { readonly N: number, readonly r: number, readonly p: number, readonly outputBytes: number, readonly saltBytes: number }

/** Throws a RangeError of ERR_OUT_OF_RANGE. */
export function checkPbkdf2 ({ iterations, outputBytes, saltBytes }: Pbkdf2, manner: Manner): void {
  const rounds = Math.max(1, Math.ceil(outputBytes / DIGEST)) * (iterations + Math.floor(saltBytes / BLOCK))
  if (rounds > ROUNDS[manner]) throw costs(`${iterations} iterations for ${outputBytes} bytes`, manner)
}

/** As `checkPbkdf2`. The salt is hashed again for each piece of what scrypt mixes, and that for each piece of its output. */
export function checkScrypt ({ N, r, p, outputBytes, saltBytes }: Scrypt, manner: Manner): void {
  const hashing = 4 * p * r * Math.floor(saltBytes / BLOCK) + 2 * p * r * Math.ceil(outputBytes / 32)
  if (N * r * p + hashing > SCRYPT_WORK[manner]) throw costs(`scrypt with N ${N}, r ${r}, p ${p}`, manner)
}

function costs (what: string, manner: Manner): Error {
  const instead = manner === 'sync' ? ', or the function that calls back' : ''
  return Object.assign(new RangeError(`${what} is more than the platform computes at once: use fewer${instead}`), { code: 'ERR_OUT_OF_RANGE' })
}
