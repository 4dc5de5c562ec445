import assert from 'node:assert/strict'
import { capsOfCell } from '../../../runner/cells/from-cell.ts'
import { toRunLimits } from '../../../runner/limits.ts'
import { encodeFrame, FrameReader } from '../../../sandbox/frames.ts'

const MIB = 2 ** 20
const read = (header: object, values = {}): unknown => [...new FrameReader(capsOfCell(toRunLimits(values))).push(Buffer.concat(encodeFrame(header)))][0]?.header

describe('the header of a message that comes out of a cell', () => {
  it('is refused by its length before it is parsed', () => {
    const text = (bytes: number): object => ({ t: 'guest', run: 'r', message: { op: 'call', id: 1, method: 'patchConfig', args: ['x'.repeat(bytes)] } })
    assert.deepEqual(read(text(MIB - 200)), text(MIB - 200))
    assert.throws(() => read(text(MIB)), { name: 'FrameError', message: /^the header of a message has \d+ bytes, at most 1048576 are allowed$/ })
    assert.throws(() => read({ t: 'fatal', message: 'x'.repeat(MIB) }), { name: 'FrameError' })
    assert.throws(() => read(text(5 * MIB)), { name: 'FrameError', message: /at most 4194304/ }, 'no memory is taken for it')
  })

  it('of a result may have what run() may return', () => {
    const done = (bytes: number): object => ({ t: 'done', run: 'r', result: { ok: true, value: '€'.repeat(bytes / 3) } })
    assert.deepEqual(read(done(3 * MIB)), done(3 * MIB))
    assert.throws(() => read(done(3 * MIB), { RUN_RESULT_BYTES: 1024 }), { name: 'FrameError' })
  })

  it('of a log may have its largest entry', () => {
    const log = { t: 'guest', run: 'r', message: { op: 'log', entries: [{ type: 'info', msg: '\u0001'.repeat(4 * MIB), date: 1 }] } }
    assert.throws(() => read(log), { name: 'FrameError' })
    assert.deepEqual(read(log, { RUN_LOG_ENTRY_BYTES: 4 * MIB }), log)
  })
})
