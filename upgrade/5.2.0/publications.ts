/**
 * What was done for each plugin, so that running it again finishes the rest and leaves alone what people have changed since. A step is
 * written down once it is done; `begun` before the first byte is sent, so that an artefact of ours is known as ours whatever happens next.
 */
import type { Collection, Db } from 'mongodb'

/** ISO dates. */
export interface Publication {
  readonly begun?: string
  readonly published?: string
  readonly described?: string
  readonly drawn?: string
}

type Stored = Publication & { readonly _id: string }

export class Publications {
  readonly #collection: Collection<Stored>
  readonly #registry: string

  /** `registry`: its address; what was done in another registry does not count. */
  constructor (db: Db, registry: string) {
    this.#collection = db.collection<Stored>('upgrade-publications')
    this.#registry = registry
  }

  async read (artefact: string): Promise<Publication> {
    return await this.#collection.findOne({ _id: this.#key(artefact) }) ?? {}
  }

  async note (artefact: string, step: keyof Publication): Promise<void> {
    await this.#collection.updateOne({ _id: this.#key(artefact) }, { $set: { [step]: new Date().toISOString() } }, { upsert: true })
  }

  #key (artefact: string): string {
    return `${this.#registry} ${artefact}`
  }
}
