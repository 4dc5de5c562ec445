/** What the demo runs, and how each run should end: data. */

export interface DemoAccount {
  readonly type: 'organization'
  readonly id: string
  readonly name: string
}

export interface DemoRun {
  readonly account: DemoAccount
  readonly title: string
  /** Artefact id: the name of a folder of examples/. */
  readonly plugin: string
  readonly config: Record<string, unknown>
  /** Codes of an outcome that are right. */
  readonly expected: readonly string[]
  /** What the registry does once the processing exists: the plugin is deleted, or the account loses its access. */
  readonly then?: 'delete' | 'forbid'
}

export const orchard: DemoAccount = { type: 'organization', id: 'orchard', name: 'Orchard' }
export const harbour: DemoAccount = { type: 'organization', id: 'harbour', name: 'Harbour' }

/** Artefacts that exist for the demo alone: copies of examples/hello. */
export const copies = { deleted: 'hello-deleted', forbidden: 'hello-forbidden' } as const

/** `token` is the one that the source accepts at /protected. */
export function demoRuns (sourceUrl: string, token: string): readonly DemoRun[] {
  return [
    { account: orchard, title: 'Hello', plugin: 'hello', config: { name: 'Orchard', times: 3 }, expected: ['finished'] },
    { account: harbour, title: 'Hello', plugin: 'hello', config: { name: 'Harbour', times: 3 }, expected: ['finished'] },
    { account: orchard, title: 'Harvest', plugin: 'csv-summary', config: { url: `${sourceUrl}/harvest.csv` }, expected: ['finished'] },
    { account: harbour, title: 'Access', plugin: 'secret-config', config: { token, url: `${sourceUrl}/protected` }, expected: ['finished'] },
    { account: orchard, title: 'Pages', plugin: 'progress', config: { pages: 30 }, expected: ['finished'] },
    { account: harbour, title: 'Tides', plugin: 'throws', config: {}, expected: ['plugin-error'] },
    { account: orchard, title: 'Search', plugin: 'loops-forever', config: {}, expected: ['cpu-limit'] },
    { account: harbour, title: 'Cache', plugin: 'hoards-memory', config: {}, expected: ['memory-limit'] },
    { account: orchard, title: 'Deleted', plugin: copies.deleted, config: {}, expected: ['plugin-not-found'], then: 'delete' },
    { account: harbour, title: 'Forbidden', plugin: copies.forbidden, config: {}, expected: ['plugin-forbidden'], then: 'forbid' }
  ]
}
