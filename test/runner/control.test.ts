import assert from 'node:assert/strict'
import { Control } from '../../runner/control.ts'

describe('Control', () => {
  for (const [name, ask, facts] of [
    ['a kill', (control: Control) => control.kill(), { kill: 'cooperative', graceMs: 50 }],
    ['the stop of the runner', (control: Control) => control.shutdown(), { stopping: 'waited' }],
    ['a fault of the platform', (control: Control) => control.end('fault'), {}]
  ] as const) {
    it(`${name} before the run has begun ends what it waits for at once`, () => {
      const control = new Control(50)
      assert.equal(control.signal.aborted, false)
      ask(control)
      assert.equal(control.signal.aborted, true)
      assert.equal(control.endBeforeStart, true)
      assert.deepEqual(control.facts(), facts)
    })
  }
})
