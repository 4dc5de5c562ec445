/** `Authorization: Bearer …`: the super-admin key, or an API key of an account. */
import type { Account, ApiKey, ApiKeyStore } from '../../store/types.ts'
import { HttpError } from '../errors.ts'
import type { Session } from '../permissions.ts'
import { sameSecret } from '../same-secret.ts'
import { readAccountHeader } from './account-header.ts'
import { hashOfKey, isApiKey } from './api-key.ts'

/** Sent with each 401. */
export const challenge = { 'WWW-Authenticate': 'Bearer' }

const SUPER_ADMIN = { id: 'superadmin', name: 'Super-admin' }
/** A key in constant use is written so often at most. */
const TOUCH_MS = 60_000

export interface BearerDeps {
  readonly adminKey: string
  readonly store: { readonly apiKeys: Pick<ApiKeyStore, 'findByHash' | 'touch'> }
}

/** Throws 401, with one answer for a key that is unknown, revoked, expired or none at all; 400 or 403 for an `x-account` that cannot be. */
export async function callerByBearer ({ adminKey, store }: BearerDeps, authorization: string, accountHeader: string): Promise<Session> {
  const key = /^Bearer ([^\s]+)$/i.exec(authorization)?.[1]
  if (key === undefined) throw badCredentials()
  if (!isApiKey(key)) {
    if (!sameSecret(key, adminKey)) throw badCredentials()
    return superAdmin(accountHeader === '' ? undefined : readAccountHeader(accountHeader))
  }
  const found = await findKey(store.apiKeys, key)
  if (found === undefined) throw badCredentials()
  if (accountHeader !== '' && !isSameAccount(readAccountHeader(accountHeader), found.account)) throw new HttpError(403, 'account-not-of-key')
  return holderOf(found)
}

/** With an account: its administrator, and no longer a super-admin. */
function superAdmin (account: Account | undefined): Session {
  if (account === undefined) return { user: SUPER_ADMIN, account: { type: 'user', ...SUPER_ADMIN }, role: 'admin', adminMode: true }
  const user = account.type === 'user' ? { id: account.id, name: account.name } : SUPER_ADMIN
  return { user, account, role: 'admin', adminMode: false }
}

async function findKey (keys: BearerDeps['store']['apiKeys'], key: string): Promise<ApiKey | undefined> {
  const hash = hashOfKey(key)
  const found = await keys.findByHash(hash)
  if (found === undefined || !sameSecret(found.hash, hash)) return undefined
  const now = new Date()
  if (found.expiresAt !== undefined && Date.parse(found.expiresAt) <= now.getTime()) return undefined
  await touch(keys, found, now)
  return found
}

async function touch (keys: BearerDeps['store']['apiKeys'], { _id, lastUsedAt }: ApiKey, now: Date): Promise<void> {
  const since = new Date(now.getTime() - TOUCH_MS).toISOString()
  if (lastUsedAt === undefined || lastUsedAt < since) await keys.touch(_id, now.toISOString(), since)
}

/** No e-mail address: what is shared with the person who made the key is not shared with the key. */
function holderOf ({ _id, title, account, role, processings }: ApiKey): Session {
  return { user: { id: _id, name: title }, account, role, adminMode: false, apiKey: { id: _id, ...(processings === undefined ? {} : { processings }) } }
}

function isSameAccount (a: Account, b: Account): boolean {
  return a.type === b.type && a.id === b.id && a.department === b.department
}

function badCredentials (): HttpError {
  return new HttpError(401, 'bad-credentials', {}, { headers: challenge })
}
