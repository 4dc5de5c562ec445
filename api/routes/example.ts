/** The documents that examples speak of. The world of the tests has them too (test/api/example-world.ts). */

export const account = { type: 'organization', id: 'blue', name: 'Blue' } as const

const IDLE_ID = 'p4Tq0hZxWcYbR7uKmNs2e'
const PROCESSING_ID = 'V1StGXR8Z5jdHi6BmyT4o'
const RUN_ID = 'ZtR5xQGpLkq1WnJ0hVb3c'
const ENDED_RUN_ID = 'c7Yw2PkVbT0sNq4LdRj8x'

export const ids = { processing: PROCESSING_ID, idle: IDLE_ID, run: RUN_ID, endedRun: ENDED_RUN_ID } as const

const signature = { id: 'ada', name: 'Ada', date: '2026-03-02T09:00:00.000Z' }

export const processing = {
  _id: PROCESSING_ID,
  title: 'Sales of the week',
  plugin: 'keeps-a-secret',
  owner: account,
  scheduling: [],
  active: true,
  config: { message: 'Hello' },
  created: signature,
  updated: signature
} as const

/** One without a run. */
export const idle = { ...processing, _id: IDLE_ID, title: 'Weather of the day' } as const

/** Of both. */
export const webhookKey = 'example-key-of-22-chars'

/** One that goes on, and one that has ended. */
export const run = {
  _id: RUN_ID,
  owner: account,
  processing: { _id: PROCESSING_ID, title: 'Sales of the week' },
  plugin: 'keeps-a-secret',
  status: 'running',
  createdAt: '2026-03-02T09:01:00.000Z',
  scheduledAt: '2026-03-02T09:01:00.000Z',
  startedAt: '2026-03-02T09:01:01.000Z',
  attempt: 1
} as const

export const endedRun = {
  ...run,
  _id: ENDED_RUN_ID,
  status: 'finished',
  finishedAt: '2026-03-02T09:01:05.000Z',
  outcome: { code: 'finished', params: {}, message: 'The run is finished' }
} as const

export const log = [
  { seq: 1, type: 'step', msg: 'Reading', date: '2026-03-02T09:01:02.000Z' },
  { seq: 2, type: 'info', msg: '120 rows', extra: '', date: '2026-03-02T09:01:04.000Z' }
] as const

/** Of its audit trail. */
export const auditEntry = {
  _id: 'hQ8sVb2LwXn5RkTz0yCeJ',
  account,
  date: '2026-03-02T09:01:00.000Z',
  actor: { type: 'user', id: 'ada', name: 'Ada' },
  action: 'run.trigger',
  target: { type: 'run', id: RUN_ID, title: 'Sales of the week' },
  details: { processing: PROCESSING_ID }
} as const
