/** A database of MongoDB for the bench, if there is a server: that at MONGO_URL, or the stand-in of the tests. */
import { randomUUID } from 'node:crypto'
import { MongoClient } from 'mongodb'
import { openMongoStore } from '../store/mongo/index.ts'
import { jarsAreThere, startStandIn } from '../test/mongo/stand-in.ts'
import type { Store } from '../store/types.ts'

export interface OnMongo<T> {
  /** Undefined: there is no server. */
  readonly figures: T | undefined
  /** What the figures were taken on, or why there are none. */
  readonly note: string
}

/** The database has a name of its own, and is dropped afterwards. */
export async function withMongo<T> (work: (store: Store) => Promise<T>): Promise<OnMongo<T>> {
  if (process.env.MONGO_URL !== undefined) return { figures: await inDatabase(process.env.MONGO_URL, work), note: 'on the server at MONGO_URL' }
  if (!jarsAreThere()) return { figures: undefined, note: 'left out: set MONGO_URL, or run npm run test:mongo once, which fetches the stand-in for a server' }
  const standIn = await startStandIn()
  try {
    return { figures: await inDatabase(`mongodb://127.0.0.1:${standIn.port}/bench`, work), note: 'on the stand-in for a server, which keeps everything in memory' }
  } finally {
    await standIn.kill()
  }
}

async function inDatabase<T> (address: string, work: (store: Store) => Promise<T>): Promise<T> {
  const url = new URL(address)
  url.pathname = `/vivarium-bench-${randomUUID()}`
  const store = await openMongoStore({ url: url.href })
  try {
    return await work(store)
  } finally {
    await store.close()
    await dropDatabase(url.href)
  }
}

async function dropDatabase (url: string): Promise<void> {
  const client = new MongoClient(url)
  await client.db().dropDatabase().finally(async () => await client.close())
}
