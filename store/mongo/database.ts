/** One connection to a MongoDB server or replica set, and its collections. The driver itself reconnects, and repeats what a change of primary has cut short. */
import { MongoClient, type Db } from 'mongodb'
import { StoreError } from '../types.ts'
import { Documents, type Connection } from './documents.ts'
import { told } from './errors.ts'

export interface MongoOptions {
  /** `mongodb://` or `mongodb+srv://`, with the name of the database. Writes wait for the majority of a replica set unless it says otherwise (`w=`). */
  readonly url: string
  /**
   * How long an operation waits for a server that takes it, before `StoreError` `unavailable`: longer than the election of a primary.
   * @default 15000
   */
  readonly serverSelectionTimeoutMs?: number
}

/** `processings`, `runs`, `limits` and `services` are shared with data-fair/processings; the others are ours alone. */
const COLLECTIONS = {
  processings: 'processings',
  runs: 'runs',
  limits: 'limits',
  services: 'services',
  logs: 'run-logs',
  runners: 'runners',
  runLimits: 'run-limits',
  apiKeys: 'api-keys',
  audit: 'audit',
  idempotency: 'idempotency',
  outbox: 'outbox',
  meta: 'service-meta',
  leases: 'leases',
  crashes: 'plugin-crashes'
} as const

export type CollectionName = keyof typeof COLLECTIONS
export type Database = Readonly<Record<CollectionName, Documents>> & {
  readonly connection: Connection
  /** As it is, for upgrade scripts: its errors are the driver's. */
  readonly db: Db
  ping(): Promise<void>
  close(): Promise<void>
}

/** An operation on a server that hangs is given up after so long. */
const SOCKET_TIMEOUT_MS = 60_000
/** What the majority has not confirmed by then is not acknowledged: `unavailable`. */
const WRITE_TIMEOUT_MS = 30_000

/** Does not connect yet; options that the address holds win over those of this file. Throws `StoreError` `invalid` for an address that cannot be one. */
export function openDatabase ({ url, serverSelectionTimeoutMs = 15_000 }: MongoOptions): Database {
  const client = clientOf(url, serverSelectionTimeoutMs)
  const name = `the database ${client.options.dbName} of ${client.options.hosts.join(', ') || client.options.srvHost}`
  let closed = false
  const connection: Connection = {
    name,
    assertOpen () {
      if (closed) throw new StoreError('unavailable', `${name} has been closed`)
    }
  }
  const db = client.db()
  const collections = Object.fromEntries(Object.entries(COLLECTIONS).map(([key, collection]) => [key, new Documents(db.collection(collection), connection)])) as Record<CollectionName, Documents> // the same keys
  return {
    ...collections,
    connection,
    db,
    async ping () {
      connection.assertOpen()
      await db.command({ ping: 1 }).catch(error => { throw told(error, name) })
    },
    async close () {
      closed = true
      await client.close()
    }
  }
}

function clientOf (url: string, serverSelectionTimeoutMS: number): MongoClient {
  if (!/^mongodb(\+srv)?:\/\/[^/]+\/[^?/]+/.test(url)) {
    throw new StoreError('invalid', 'the address of a MongoDB database is wanted, as mongodb://host:27017/name, found one without a name or of another kind')
  }
  const defaults = {
    appName: 'vivarium',
    serverSelectionTimeoutMS,
    socketTimeoutMS: SOCKET_TIMEOUT_MS,
    ...(says(url, 'w') ? {} : { writeConcern: { w: 'majority' as const, wtimeoutMS: WRITE_TIMEOUT_MS } })
  }
  try {
    return new MongoClient(url, { ignoreUndefined: true, ...Object.fromEntries(Object.entries(defaults).filter(([name]) => !says(url, name))) })
  } catch (cause) {
    // The driver's sentence names the option that is wrong, not the address, which may hold a password.
    throw new StoreError('invalid', `the address of the MongoDB database cannot be used: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
}

/** Options of the address win; the names are read in any case. */
function says (url: string, name: string): boolean {
  return new RegExp(`[?&]${name}=`, 'i').test(url)
}
