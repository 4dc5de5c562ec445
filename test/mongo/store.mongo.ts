/** The suite of all drivers. Each test has a database of its own. */
import { openMongoStore } from '../../store/mongo/index.ts'
import type { Store } from '../../store/types.ts'
import { testStore, type OpenedStore } from '../store/contract.ts'
import { testDatabase } from './mongo-server.ts'

async function openMongo (): Promise<OpenedStore> {
  const { url, drop } = testDatabase()
  const opened: Store[] = []
  const reopen = async (): Promise<Store> => {
    const store = await openMongoStore({ url })
    opened.push(store)
    return store
  }
  return {
    store: await reopen(),
    reopen,
    async close () {
      await Promise.all(opened.map(async store => await store.close()))
      await drop()
    }
  }
}

testStore('mongo', openMongo)
