/** The server that the tests of this folder use: that of MONGO_URL, which `npm run test:mongo` sets. */
import { randomUUID } from 'node:crypto'
import { MongoClient, type Db } from 'mongodb'

export interface TestDatabase {
  readonly url: string
  /** To look at it, and to put into it, as another program would. */
  readonly db: Db
  drop(): Promise<void>
}

export function serverUrl (): URL {
  const url = process.env.MONGO_URL
  if (url === undefined) throw new Error('MONGO_URL: the address of a server for tests is wanted, found none; npm run test:mongo starts one')
  return new URL(url)
}

/** A new database, with a name of its own. */
export function testDatabase (): TestDatabase {
  const url = serverUrl()
  url.pathname = `/vivarium-test-${randomUUID()}`
  const client = new MongoClient(url.href)
  return {
    url: url.href,
    db: client.db(),
    drop: async () => {
      await client.db().dropDatabase().finally(async () => await client.close())
    }
  }
}
