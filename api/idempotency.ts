/** `Idempotency-Key`: a call that is made again has one effect, for a day. */
import { createHash } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { IdempotencyRecord, Store } from '../store/types.ts'
import { HttpError } from './errors.ts'
import { badParameter } from './query.ts'

const KEPT_MS = 86_400_000
/** Of keys that have expired, forgotten with each new one: there are never many more than a day brings. */
const FORGET_AT_ONCE = 100
/** The first caller is waited for so long; then he is taken for dead. */
const PATIENCE_MS = 10_000
const LOOK_MS = 50

export interface OnceOptions {
  /** Keys of two scopes never meet. */
  readonly scope: string
  readonly key: string
  /** What is asked for: JSON. */
  readonly asked: unknown
  /** Milliseconds since 1970. @default Date.now */
  readonly clock?: () => number
}

interface Once {
  /** Of what `act` has made, now or then. */
  readonly id: string
  readonly replayed: boolean
}

/** The header's value; undefined: none was sent. Throws 400. */
export function readIdempotencyKey (value: string): string | undefined {
  if (value === '') return undefined
  if (/^[\x21-\x7e]{1,200}$/.test(value)) return value
  throw badParameter('Idempotency-Key', { en: '1 to 200 visible ASCII characters', fr: 'de 1 à 200 caractères ASCII visibles' }, value)
}

/**
 * Acts once for all calls with a key. Calls that come while the first one is at work wait for it. One that was refused or has failed is
 * as if it had not been. Throws 422 when something else was asked for with the key, and whatever `act` throws.
 */
export async function once (idempotency: Store['idempotency'], { scope, key, asked, clock = Date.now }: OnceOptions, act: () => Promise<string>): Promise<Once> {
  const wanted = { scope, key, bodyHash: hash(asked) }
  for (const start = clock(); ;) {
    const now = clock()
    const put = await idempotency.putOnce({ ...wanted, expiresAt: date(now + KEPT_MS) }, date(now))
    if (put.first) return { id: await actFirst(idempotency, wanted, act, date(now)), replayed: false }
    const { bodyHash, result } = put.record
    if (bodyHash !== wanted.bodyHash) throw new HttpError(422, 'other-body', { key })
    if (result !== undefined) return { id: result, replayed: true }
    if (now - start > PATIENCE_MS) await idempotency.forget(wanted)
    else await delay(LOOK_MS)
  }
}

async function actFirst (idempotency: Store['idempotency'], record: Pick<IdempotencyRecord, 'scope' | 'key' | 'bodyHash'>, act: () => Promise<string>, now: string): Promise<string> {
  try {
    const id = await act()
    await idempotency.setResult(record, id)
    await idempotency.expire(now, FORGET_AT_ONCE)
    return id
  } catch (error) {
    await idempotency.forget(record)
    throw error
  }
}

function hash (asked: unknown): string {
  return createHash('sha256').update(JSON.stringify(asked)).digest('base64url')
}

function date (ms: number): string {
  return new Date(ms).toISOString()
}
