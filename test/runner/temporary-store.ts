/** A real store in a folder of its own, removed with it. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { openSqliteStore } from '../../store/sqlite/index.ts'
import type { Processing, Store } from '../../store/types.ts'

export interface TemporaryStore {
  readonly store: Store
  /** Closes the store and removes its folder. */
  dispose (): Promise<void>
}

export async function openTemporaryStore (): Promise<TemporaryStore> {
  const dir = await mkdtemp(path.join(tmpdir(), 'vivarium-runner-'))
  const store = openSqliteStore({ file: path.join(dir, 'store.db') })
  return {
    store,
    async dispose () {
      await store.close()
      await rm(dir, { recursive: true, force: true })
    }
  }
}

/** A valid, active processing. */
export function processing (id: string, fields: Partial<Processing> = {}): Processing {
  const signature = { id: 'ada', name: 'Ada', date: '2026-01-01T00:00:00.000Z' }
  return {
    _id: id,
    title: `Processing ${id}`,
    owner: { type: 'organization', id: 'town', name: 'Town' },
    plugin: '@example/hello',
    scheduling: [],
    active: true,
    webhookKey: 'key',
    created: signature,
    updated: signature,
    ...fields
  }
}
