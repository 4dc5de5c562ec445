/** /api/v1/api-keys: keys by which programs act for an account. */
import { nanoid } from 'nanoid'
import type { Account, ApiKey, ApiKeyStore, OwnerFilter } from '../store/types.ts'
import { accountNamed, ownerFilterOf } from './account-name.ts'
import { record } from './audit.ts'
import { newApiKey, hashOfKey } from './callers/api-key.ts'
import { HttpError } from './errors.ts'
import { canManageKeys, profileOf, type Role, type Session } from './permissions.ts'
import { readPage } from './query.ts'
import type { Call } from './routes/route.ts'
import { problem, refusal } from './schema-problems.ts'
import type { ApiDeps } from './types.ts'

/** Of one account, its departments included. */
const MAX_KEYS = 100

type Answer = Record<string, unknown>

/** What the route table lets through. */
interface Wanted {
  readonly title: string
  readonly role: Role
  readonly account?: Pick<Account, 'type' | 'id'> & Partial<Account>
  readonly processings?: readonly string[]
  readonly expiresAt?: string
}

/** Answers the key itself, this once. */
export async function createApiKey ({ ctx, deps, subject: session, body }: Call<Session>): Promise<Answer> {
  const { store } = deps
  const { title, role, processings, expiresAt, account: wanted } = body as unknown as Wanted // the route table has checked it
  const account = wanted === undefined ? session.account : accountOf(wanted, session)
  checkManager(session, account)
  await checkReach(store, session, processings ?? [])
  await checkPlace(store.apiKeys, account)
  const key = newApiKey()
  const { id, name } = session.user
  const now = new Date()
  const stored: ApiKey = {
    _id: nanoid(),
    account,
    title,
    role,
    hash: hashOfKey(key),
    ...(processings === undefined ? {} : { processings: [...new Set(processings)] }),
    ...(expiresAt === undefined ? {} : { expiresAt: end(expiresAt, now) }),
    created: { id, name, date: now.toISOString() }
  }
  await store.apiKeys.insert(stored)
  await record(ctx, deps, { account, action: 'api-key.create', target: { type: 'api-key', id: stored._id, title }, details: { role, ...(stored.processings === undefined ? {} : { processings: stored.processings }), ...(stored.expiresAt === undefined ? {} : { expiresAt: stored.expiresAt }) } })
  return { ...present(stored), key }
}

/** Those of an account; from the root of an organisation those of its departments too. */
export async function listApiKeys ({ deps: { store }, subject: session, query }: Call<Session>): Promise<Answer> {
  const account = accountNamed(query.account) ?? session.account
  checkManager(session, account)
  const { results, count } = await store.apiKeys.list(ownerFilterOf(account), readPage(query, []))
  return { results: results.map(present), count }
}

/** From now on the key is unknown. */
export async function revokeApiKey ({ ctx, deps, subject: session, query }: Call<Session>): Promise<undefined> {
  const account = accountNamed(query.account) ?? session.account
  checkManager(session, account)
  const id = ctx.params.id ?? ''
  if (!await deps.store.apiKeys.revoke(ownerFilterOf(account), id)) throw new HttpError(404, 'unknown-api-key', { id })
  await record(ctx, deps, { account: accountOf(account, session), action: 'api-key.revoke', target: { type: 'api-key', id } })
}

function checkManager (session: Session, account: OwnerFilter): void {
  if (!canManageKeys(session, account)) throw new HttpError(403, 'keys-forbidden')
}

/** Whoever makes a key must see what it reaches: a mistyped id would make a key that is good for nothing. */
async function checkReach ({ processings }: Pick<ApiDeps['store'], 'processings'>, session: Session, ids: readonly string[]): Promise<void> {
  const found = await Promise.all(ids.map(async id => await processings.get(id)))
  const problems = ids.flatMap((id, index) => {
    const processing = found[index]
    return processing !== undefined && profileOf(session, processing) !== undefined ? [] : [problem(`/processings/${index}`, 'unknown-processing', { id })]
  })
  if (problems.length > 0) throw refusal(problems)
}

async function checkPlace (keys: ApiKeyStore, { type, id }: Account): Promise<void> {
  const { count } = await keys.list({ type, id }, { size: 0, skip: 0 })
  if (count >= MAX_KEYS) throw new HttpError(409, 'too-many-keys', { limit: MAX_KEYS })
}

function end (expiresAt: string, now: Date): string {
  const date = new Date(expiresAt)
  if (date > now) return date.toISOString()
  throw refusal([problem('/expiresAt', 'bad-field', { field: 'expiresAt', wanted: { en: 'a date to come', fr: 'une date à venir' }, found: expiresAt })])
}

/** Names that are not given are those of the session, else ids. */
function accountOf ({ type, id, name, department, departmentName }: NonNullable<Wanted['account']>, session: Session): Account {
  const own = session.account.type === type && session.account.id === id ? session.account : undefined
  return {
    type,
    id,
    name: name ?? own?.name ?? id,
    ...(department === undefined ? {} : { department, ...(departmentName === undefined ? {} : { departmentName }) })
  }
}

function present ({ hash, ...key }: ApiKey): Answer {
  return key
}
