import assert from 'node:assert/strict'
import { table, wrap } from '../../bin/demo/table.ts'

const columns = [{ title: 'run' }, { title: 'ms', align: 'right' as const }]
const rows = [
  { cells: ['Hello', '7'], note: 'The run is finished' },
  { cells: ['A longer name', '1234'], note: 'The run used 2 s of computing time, the limit is 2 s. An administrator can raise it.' }
]

describe('bin/demo/table', () => {
  it('sets the sentence beside its row and wraps it in its column', () => {
    assert.deepEqual(table(columns, 'what', rows, 62), [
      'run              ms  what',
      'Hello             7  The run is finished',
      'A longer name  1234  The run used 2 s of computing time, the',
      '                     limit is 2 s. An administrator can raise',
      '                     it.'
    ])
  })

  it('sets the sentence below its row when there is no room beside it', () => {
    assert.deepEqual(table(columns, 'what', rows, 40), [
      'run              ms',
      'Hello             7',
      '    The run is finished',
      'A longer name  1234',
      '    The run used 2 s of computing time,',
      '    the limit is 2 s. An administrator',
      '    can raise it.'
    ])
  })

  it('leaves a word whole that is longer than a line', () => {
    assert.deepEqual(wrap('see http://127.0.0.1:8080/protected please', 10), ['see', 'http://127.0.0.1:8080/protected', 'please'])
  })
})
