/** The documents of the folder upstream/, put as data-fair/processings puts its own, with some of its indexes. */
import { readFile } from 'node:fs/promises'
import type { TestDatabase } from './mongo-server.ts'

export async function putUpstreamDocuments ({ db }: TestDatabase): Promise<void> {
  for (const name of ['processings', 'runs', 'limits', 'services']) {
    await db.collection(name).insertMany(JSON.parse(await readFile(new URL(`upstream/${name}.json`, import.meta.url), 'utf8')))
  }
  await db.collection('processings').createIndex({ 'owner.type': 1, 'owner.id': 1 }, { name: 'main' })
  await db.collection('limits').createIndex({ type: 1, id: 1 }, { name: 'main', unique: true })
}
