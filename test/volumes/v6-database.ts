/** Fills a database as data-fair/processings v6 left it, with processings of the plugins of the v5 volume: embedded logs, string dates, ciphered secrets. */
import { createCipheriv, createHash } from 'node:crypto'
import type { Db } from 'mongodb'
import { V5_ORPHAN, V5_PLUGINS } from './v5.ts'

const ADA = { type: 'user', id: 'ada', name: 'Ada' } as const
const BLUE = { type: 'organization', id: 'blue', name: 'Blue' } as const
const BLUE_ROADS = { ...BLUE, department: 'roads', departmentName: 'Roads' } as const

const DATE = '2026-03-02T08:00:00.000Z'
const SIGNATURE = { id: 'ada', name: 'Ada', date: DATE }

/** CIPHER_PASSWORD of this deployment. */
export const V6_CIPHER_PASSWORD = 'password of the platform'
/** What the plugin of `says-it-anew` is given as `secrets.token`. */
export const V6_TOKEN = 'été 2026: open sesame'

interface V6Secret { readonly iv: string, readonly alg: 'aes256', readonly data: string }

/** As data-fair/processings ciphers: AES-256-CBC, the key being SHA-256 of the password, in hexadecimal; nothing of this service is used. */
function ciphered (text: string, iv: Buffer): V6Secret {
  const cipher = createCipheriv('aes256', createHash('sha256').update(V6_CIPHER_PASSWORD).digest(), iv)
  return { iv: iv.toString('hex'), alg: 'aes256', data: cipher.update(text, 'utf8', 'hex') + cipher.final('hex') }
}

interface V6Processing {
  readonly _id: string
  readonly title: string
  readonly plugin: string
  readonly owner: { readonly type: 'user' | 'organization', readonly id: string, readonly name: string, readonly department?: string }
  readonly config: Readonly<Record<string, unknown>>
  readonly secrets?: Readonly<Record<string, V6Secret>>
}

/** The last one is an orphan. */
export const V6_PROCESSINGS: readonly V6Processing[] = [
  { _id: 'says-it', title: 'Says it', plugin: V5_PLUGINS.title, owner: ADA, config: { title: 'Roads' } },
  { _id: 'says-it-anew', title: 'Says it anew', plugin: V5_PLUGINS.beta, owner: BLUE, config: { title: 'Bridges' }, secrets: { token: ciphered(V6_TOKEN, Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex')) } },
  { _id: 'counts', title: 'Counts', plugin: V5_PLUGINS.rows, owner: ADA, config: { rows: ['a', 'b', 'c'] } },
  { _id: 'counts-roads', title: 'Counts roads', plugin: V5_PLUGINS.rows, owner: BLUE_ROADS, config: { rows: ['a'] } },
  { _id: 'sums', title: 'Sums', plugin: V5_PLUGINS.native, owner: BLUE, config: { numbers: [1, 2, 3.5] } },
  { _id: 'lost', title: 'Lost', plugin: V5_ORPHAN, owner: BLUE_ROADS, config: {} }
]

/** `orphan` false: without the last one. */
export async function fillV6Database (db: Db, { orphan = true } = {}): Promise<void> {
  const processings = V6_PROCESSINGS.filter(({ plugin }) => orphan || plugin !== V5_ORPHAN)
  await db.collection<{ _id: string }>('processings').insertMany(processings.map(processing => ({
    ...processing,
    active: true,
    scheduling: [],
    webhookKey: 'k'.repeat(16),
    permissions: [],
    created: SIGNATURE,
    updated: SIGNATURE,
    lastRun: { _id: `run-of-${processing._id}`, createdAt: DATE, startedAt: DATE, finishedAt: DATE, status: 'finished', permissions: [] }
  })))
  await db.collection<{ _id: string }>('runs').insertMany(processings.map(({ _id, title, owner }) => ({
    _id: `run-of-${_id}`,
    owner,
    processing: { _id, title },
    createdAt: DATE,
    startedAt: DATE,
    finishedAt: DATE,
    status: 'finished',
    permissions: [],
    log: [{ type: 'step', msg: 'Début', date: DATE }, { type: 'info', msg: `done by ${title}`, date: DATE, extra: '' }]
  })))
  await db.collection('limits').insertOne({ type: 'organization', id: 'blue', name: 'Blue', processings_seconds: { limit: 3600, consumption: 12 }, lastUpdate: DATE, defaults: false })
  await db.collection('services').insertOne({ id: 'processings', version: '5.2.0' })
}
