/** Everybody who may call: real keys, and real cookies of a directory. The processing that they call for is Blue's. */
import { nanoid } from 'nanoid'
import { hashOfKey, newApiKey } from '../../../api/callers/api-key.ts'
import type { ApiKey, Store } from '../../../store/types.ts'
import type { DirectoryServer, SessionUser } from '../../servers/directory.ts'
import { ADMIN_KEY, blue } from '../service.ts'

/** Made for a call: its credentials, as headers. */
export type Caller = (world: CallerWorld) => Promise<Readonly<Record<string, string>>>

interface CallerWorld {
  readonly store: Store
  readonly directory: DirectoryServer
  /** Id of the processing that the call is about. */
  readonly processing: string
}

/** In the order of the columns. */
export const callers: Readonly<Record<string, readonly [says: string, caller: Caller]>> = {
  sup: ['super-admin, by his key', async () => bearer(ADMIN_KEY)],
  mod: ['super-admin in adminMode, signed in', async ({ directory }) => cookie(await directory.cookies({ ...user('root'), isAdmin: 1, adminMode: 1 }))],
  off: ['super-admin out of adminMode, signed in', async ({ directory }) => cookie(await directory.cookies({ ...user('root'), isAdmin: 1 }))],
  act: ['super-admin, by his key, as Blue', async () => ({ ...bearer(ADMIN_KEY), 'x-account': JSON.stringify(blue) })],
  adm: ['administrator of Blue', async ({ directory }) => cookie(await directory.cookies(user('ada', member('admin')), { org: 'blue' }))],
  con: ['contributor of Blue', async ({ directory }) => cookie(await directory.cookies(user('con', member('contrib')), { org: 'blue' }))],
  usr: ['user of Blue', async ({ directory }) => cookie(await directory.cookies(user('uma', member('user')), { org: 'blue' }))],
  odd: ['member of Blue whose role means nothing here', async ({ directory }) => cookie(await directory.cookies(user('otto', member('auditor')), { org: 'blue' }))],
  dep: ['administrator of a department of Blue', async ({ directory }) => cookie(await directory.cookies(user('dan', { ...member('admin'), department: 'hr' }), { org: 'blue', dep: 'hr' }))],
  prt: ['administrator of Red, a partner who may execute', async ({ directory }) => cookie(await directory.cookies(user('pia', { id: 'red', name: 'Red', role: 'admin' }), { org: 'red' }))],
  pus: ['user of Red: the partner\'s right is for its administrators', async ({ directory }) => cookie(await directory.cookies(user('pat', { id: 'red', name: 'Red', role: 'user' }), { org: 'red' }))],
  eve: ['user who may read, by his e-mail address', async ({ directory }) => cookie(await directory.cookies(user('eve')))],
  out: ['administrator of Green, an outsider', async ({ directory }) => cookie(await directory.cookies(user('oda', { id: 'green', name: 'Green', role: 'admin' }), { org: 'green' }))],
  psd: ['pseudo-session of an administrator of Blue', async ({ directory }) => cookie(await directory.cookies({ ...user('ada', member('admin')), pseudoSession: true }, { org: 'blue' }))],
  ano: ['anonymous', async () => ({ authorization: '' })],
  kad: ['API key of Blue: admin', async world => await key(world, { role: 'admin' })],
  kco: ['API key of Blue: contrib', async world => await key(world, { role: 'contrib' })],
  kus: ['API key of Blue: user', async world => await key(world, { role: 'user' })],
  kon: ['API key of Blue: admin, of this processing only', async world => await key(world, { role: 'admin', processings: [world.processing] })],
  kot: ['API key of Blue: admin, of another processing only', async world => await key(world, { role: 'admin', processings: ['another'] })],
  kex: ['API key of Blue that has expired', async world => await key(world, { role: 'admin', expiresAt: new Date(Date.now() - 1).toISOString() })]
}

function user (id: string, ...organizations: SessionUser['organizations']): SessionUser {
  return { id, name: id, email: `${id}@example.org`, organizations }
}

function member (role: string): SessionUser['organizations'][number] {
  return { id: 'blue', name: 'Blue', role }
}

function cookie (text: string): Record<string, string> {
  return { authorization: '', cookie: text }
}

function bearer (text: string): Record<string, string> {
  return { authorization: `Bearer ${text}` }
}

async function key ({ store }: CallerWorld, fields: Pick<ApiKey, 'role' | 'processings' | 'expiresAt'>): Promise<Record<string, string>> {
  const made = newApiKey()
  await store.apiKeys.insert({ _id: nanoid(), account: blue, title: 'A key', hash: hashOfKey(made), created: { id: 'ada', name: 'Ada', date: new Date().toISOString() }, ...fields })
  return bearer(made)
}
