import assert from 'node:assert/strict'
import { judgeLiveRuns, type LiveRun } from '../../upgrade/vivarium/0.1.0/live-runs.ts'

const at = (hour: number): string => `2025-03-02T${String(hour).padStart(2, '0')}:00:00.000Z`
const run = (_id: string, status: string, more: Partial<LiveRun> = {}): LiveRun => ({ _id, status, createdAt: at(1), ...more })
const ids = (runs: readonly LiveRun[]): string[] => runs.map(({ _id }) => _id)

function judged (runs: readonly LiveRun[], wanted = true): Record<string, unknown> {
  const { keep, remove, kill, interrupt } = judgeLiveRuns(runs, wanted)
  return { keep: keep?._id, remove: ids(remove), kill: ids(kill), interrupt: ids(interrupt) }
}

describe('the live runs of one processing', () => {
  it('that are one, or none, are left alone', () => {
    assert.deepEqual(judged([]), { keep: undefined, remove: [], kill: [], interrupt: [] })
    assert.deepEqual(judged([run('a', 'scheduled')]), { keep: 'a', remove: [], kill: [], interrupt: [] })
  })

  it('leave the one that started last, then the one asked for first, then the one planned first', () => {
    const held = [run('old', 'running', { startedAt: at(2) }), run('new', 'kill', { startedAt: at(3) })]
    const asked = [run('late', 'triggered', { scheduledAt: at(5) }), run('early', 'triggered', { scheduledAt: at(4) })]
    const planned = [run('next', 'scheduled', { scheduledAt: at(6) }), run('after', 'scheduled', { scheduledAt: at(7) })]
    assert.deepEqual(judged([...planned, ...asked, ...held]), { keep: 'new', remove: ['next', 'after'], kill: ['late', 'early'], interrupt: ['old'] })
    assert.deepEqual(judged([...planned, ...asked]), { keep: 'early', remove: ['next', 'after'], kill: ['late'], interrupt: [] })
    assert.deepEqual(judged(planned), { keep: 'next', remove: ['after'], kill: [], interrupt: [] })
  })

  it('leave the one that the service holds, whatever it is', () => {
    assert.deepEqual(judged([run('theirs', 'running', { startedAt: at(9) }), run('ours', 'scheduled', { slot: 'p' })]), { keep: 'ours', remove: [], kill: [], interrupt: ['theirs'] })
  })

  it('leave none when their processing is gone, but those that the service holds are not touched', () => {
    assert.deepEqual(judged([run('a', 'running'), run('b', 'triggered'), run('c', 'scheduled'), run('d', 'running', { slot: 'p' })], false), { keep: undefined, remove: ['c'], kill: ['b'], interrupt: ['a'] })
  })
})
