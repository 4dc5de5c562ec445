import assert from 'node:assert/strict'
import { Writable } from 'node:stream'
import pino from 'pino'
import { createRunEvents, logRuns } from '../../runner/run-events.ts'
import { processing } from './temporary-store.ts'
import type { Run } from '../../store/types.ts'

const run: Run = {
  _id: 'r1',
  owner: { type: 'organization', id: 'town', name: 'Town', department: 'roads' },
  processing: { _id: 'p1', title: 'A secret title' },
  plugin: '@example/hello',
  status: 'error',
  createdAt: '2026-01-01T00:00:00.000Z',
  attempt: 2,
  outcome: { code: 'plugin-error', message: 'the words of the plugin', params: { message: 'the words of the plugin' } }
}

describe('news of runs', () => {
  it('reach every listener until it leaves, also when another one fails', () => {
    const [errors, seen]: [unknown[], string[]] = [[], []]
    const events = createRunEvents(error => errors.push(error))
    events.subscribe(() => { throw new Error('broken') })
    const leave = events.subscribe(({ event }) => { seen.push(event) })
    events.publish({ event: 'started', run })
    leave()
    events.publish({ event: 'ended', run, ms: 1 })
    assert.deepEqual([seen, errors.length], [['started'], 2])
  })

  it('are lines of the service\'s log: which run, whose, how it ended; no words of people or plugins', () => {
    const lines: Record<string, unknown>[] = []
    const out = new Writable({ write (chunk, _encoding, done) { lines.push(JSON.parse(String(chunk))); done() } })
    const listener = logRuns(pino({ base: null, timestamp: false }, out))
    listener({ event: 'started', run })
    listener({ event: 'ended', run, ms: 12.6 })
    listener({ event: 'ended', run })
    listener({ event: 'handed-back', run, reason: 'interrupted', settled: false })
    listener({ event: 'settled', count: 3 })
    listener({ event: 'disabled', run, processing: processing('p1') })
    const whose = { run: 'r1', processing: 'p1', account: 'organization:town:roads' }
    assert.deepEqual(lines, [
      { level: 30, ...whose, plugin: '@example/hello', attempt: 2, msg: 'a run starts' },
      { level: 30, ...whose, status: 'error', code: 'plugin-error', ms: 13, msg: 'a run has ended' },
      { level: 30, ...whose, status: 'error', code: 'plugin-error', settled: true, msg: 'a run has ended' },
      { level: 30, ...whose, reason: 'interrupted', msg: 'a run waits to be run again' },
      { level: 40, count: 3, msg: 'runs of runners that are gone were settled' },
      { level: 40, ...whose, code: 'plugin-error', msg: 'a processing was deactivated: its last runs have all failed' }
    ])
  })
})
