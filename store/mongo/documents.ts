/** One collection, used by the few operations that this driver needs. Documents that are answered are the contract's values again (encoding.ts). */
import type { Collection, Document, Sort } from 'mongodb'
import { fromStored } from './encoding.ts'
import { hasOnlyDuplicates, isDuplicate, told } from './errors.ts'

/** A document as it was read. Its fields are those that this driver, or data-fair/processings, has written. */
export type Stored = Document

/** Conditions on documents. Ids are texts of ours, not the ObjectIds that the driver's own type wants. */
export type Where = Readonly<Record<string, unknown>>

/** Update operators with their fields. */
export type Change = Readonly<Record<`$${string}`, Readonly<Record<string, unknown>>>>

/** Which fields are wanted, or which are not. */
export type Fields = Readonly<Record<string, 0 | 1>>

export interface Query {
  readonly sort?: Sort
  readonly skip?: number
  /** Not 0, which means all to a server. */
  readonly limit?: number
  readonly fields?: Fields
}

/** The state of a connection, the same for all its collections. */
export interface Connection {
  /** For people; never with a password. */
  readonly name: string
  /** Throws `StoreError` `unavailable` once the connection is closed. */
  assertOpen(): void
}

export class Documents {
  readonly #collection: Collection
  readonly #connection: Connection

  constructor (collection: Collection, connection: Connection) {
    this.#collection = collection
    this.#connection = connection
  }

  async one (filter: Where, fields?: Fields): Promise<Stored | undefined> {
    return this.#read(await this.attempt(collection => collection.findOne(filter, options(fields))))
  }

  async many (filter: Where, { sort, skip, limit, fields }: Query = {}): Promise<Stored[]> {
    const documents = await this.attempt(collection => collection.find(filter, { ...options(fields), ...defined({ sort, skip, limit }) }).toArray())
    return documents.map(document => fromStored(document) as Stored)
  }

  /** Along an index: of all documents, that of their ids. */
  async count (filter: Where): Promise<number> {
    const hint = Object.keys(filter).length === 0 ? { hint: { _id: 1 } } : {}
    return await this.attempt(collection => collection.countDocuments(filter, hint))
  }

  async aggregate (stages: Document[]): Promise<Stored[]> {
    const documents = await this.attempt(collection => collection.aggregate(stages).toArray())
    return documents.map(document => fromStored(document) as Stored)
  }

  /** False, and nothing written, when a unique index is in the way. */
  async insert (document: Stored): Promise<boolean> {
    try {
      await this.attempt(collection => collection.insertOne(document))
      return true
    } catch (error) {
      if (isDuplicate(error)) return false
      throw error
    }
  }

  /** Those that exist already are left as they are. */
  async insertMissing (documents: readonly Stored[]): Promise<void> {
    await this.attempt(async collection => {
      try {
        await collection.insertMany([...documents], { ordered: false })
      } catch (error) {
        if (!hasOnlyDuplicates(error)) throw error
      }
    })
  }

  /** Whether there was a document to change, or to make (`upsert`). */
  async update (filter: Where, change: Change, settings: { readonly upsert?: boolean } = {}): Promise<boolean> {
    const { matchedCount, upsertedCount } = await this.attempt(collection => collection.updateOne(filter, { ...change }, settings))
    return matchedCount + upsertedCount > 0
  }

  /** How many were changed. */
  async updateAll (filter: Where, change: Change): Promise<number> {
    return (await this.attempt(collection => collection.updateMany(filter, { ...change }))).modifiedCount
  }

  /** The document as it is after the change, in one step; undefined when none was there to change. */
  async change (filter: Where, change: Change, settings: { readonly upsert?: boolean, readonly fields?: Fields } = {}): Promise<Stored | undefined> {
    const { upsert = false, fields } = settings
    return this.#read(await this.attempt(collection => collection.findOneAndUpdate(filter, { ...change }, { ...options(fields), upsert, returnDocument: 'after' })))
  }

  /** Replaces the document with this `_id`, or makes it. */
  async replace (document: Stored): Promise<void> {
    const { _id, ...fields } = document
    await this.attempt(collection => collection.replaceOne({ _id }, fields, { upsert: true }))
  }

  /** Removes one document and answers it, in one step. */
  async take (filter: Where, fields?: Fields): Promise<Stored | undefined> {
    return this.#read(await this.attempt(collection => collection.findOneAndDelete(filter, options(fields))))
  }

  async remove (filter: Where): Promise<boolean> {
    return (await this.attempt(collection => collection.deleteOne(filter))).deletedCount === 1
  }

  /** How many were removed. */
  async removeAll (filter: Where): Promise<number> {
    return (await this.attempt(collection => collection.deleteMany(filter))).deletedCount
  }

  #read (document: Document | null): Stored | undefined {
    return document === null ? undefined : fromStored(document) as Stored // a document is never text alone
  }

  /** What no operation above does; errors are told as `StoreError`. */
  async attempt<T> (work: (collection: Collection) => Promise<T>): Promise<T> {
    this.#connection.assertOpen()
    try {
      return await work(this.#collection)
    } catch (error) {
      throw told(error, this.#connection.name)
    }
  }
}

function options (fields: Fields | undefined): { projection?: Fields } {
  return fields === undefined ? {} : { projection: fields }
}

function defined<T extends object> (settings: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)) as { [K in keyof T]?: Exclude<T[K], undefined> } // that is what the filter leaves
}
