/** What was run on this database, when and for how long: the collection `upgrade-scripts`, one document for each script. */
import type { Collection, Db } from 'mongodb'

export interface JournalEntry {
  readonly _id: string
  /** ISO dates. Set while it runs; still there afterwards, the process was killed. */
  readonly begunAt?: string
  readonly doneAt?: string
  /** The last ones. */
  readonly runs?: readonly { readonly at: string, readonly ms: number, readonly error?: string }[]
}

const RUNS = 20
const ERROR_LENGTH = 2_000

export class Journal {
  readonly #collection: Collection<JournalEntry>

  constructor (db: Db) {
    this.#collection = db.collection<JournalEntry>('upgrade-scripts')
  }

  async read (): Promise<ReadonlyMap<string, JournalEntry>> {
    return new Map((await this.#collection.find().toArray()).map(entry => [entry._id, entry]))
  }

  async begun (name: string, at: string): Promise<void> {
    await this.#collection.updateOne({ _id: name }, { $set: { begunAt: at } }, { upsert: true })
  }

  async done (name: string, at: string, ms: number): Promise<void> {
    await this.#collection.updateOne({ _id: name }, { $set: { doneAt: new Date().toISOString() }, $unset: { begunAt: '' }, $push: { runs: { $each: [{ at, ms }], $slice: -RUNS } } })
  }

  async failed (name: string, at: string, ms: number, error: string): Promise<void> {
    await this.#collection.updateOne({ _id: name }, { $unset: { begunAt: '', doneAt: '' }, $push: { runs: { $each: [{ at, ms, error: error.slice(0, ERROR_LENGTH) }], $slice: -RUNS } } })
  }
}
