import assert from 'node:assert/strict'
import { gunzipSync, gzipSync } from 'node:zlib'
import { openZlibOps } from '../../sandbox/zlib-ops.ts'
import type { HostModule } from '../../sandbox/host-module.ts'

const OUTPUT = 262_144

describe('compression in steps', () => {
  let ops: HostModule
  beforeEach(() => { ops = openZlibOps() })
  afterEach(() => ops.close())

  const call = (name: string, args: object, bytes?: Buffer): any => ops.sync[name]?.(args as never, bytes === undefined ? undefined : new Uint8Array(bytes))
  /** One step: what came out, and how much of the input is left. */
  const step = (answer: Uint8Array): { output: Buffer, left: number } => {
    const all = Buffer.from(answer)
    return { output: all.subarray(0, -4), left: all.readUInt32LE(all.length - 4) }
  }
  const open = (kind: string, options: object = {}): number => call('open', { kind, options })

  it('gives bounded output for each step, and the rest when it is asked for', () => {
    const id = open('gunzip')
    const packed = gzipSync(Buffer.alloc(2_000_000, 'abc'))
    const pieces: Buffer[] = []
    let answer = step(call('write', { id, flush: 4 }, packed))
    for (let steps = 0; ; steps++) {
      assert.ok(steps < 20)
      assert.ok(answer.output.length <= OUTPUT)
      pieces.push(answer.output)
      if (answer.output.length < OUTPUT) break
      answer = step(call('more', { id }))
    }
    assert.equal(answer.left, 0)
    assert.ok(Buffer.concat(pieces).equals(Buffer.alloc(2_000_000, 'abc')))
  })

  it('says how much of the input lies behind the end of the format', () => {
    const id = open('inflate')
    const { output, left } = step(call('write', { id, flush: 4 }, Buffer.concat([Buffer.from('789c4b04000062006200', 'hex').subarray(0, 9), Buffer.from('12345')])))
    assert.deepEqual([String(output), left > 0], ['a', true])
  })

  it('compresses what Node can read', () => {
    const id = open('gzip', { level: 9 })
    const pieces = [Buffer.from('one '), Buffer.from('two')].map((piece, i) => step(call('write', { id, flush: i === 1 ? 4 : 0 }, piece)).output)
    assert.equal(String(gunzipSync(Buffer.concat(pieces))), 'one two')
  })

  it('throws what is wrong with the data, with the code and number of Node', () => {
    const id = open('gunzip')
    assert.throws(() => call('write', { id, flush: 0 }, Buffer.from('no gzip at all')), { code: 'Z_DATA_ERROR', errno: -3, message: 'incorrect header check' })
  })

  it('resets, and changes its parameters', () => {
    const id = open('gunzip')
    for (const text of ['first', 'second']) {
      assert.equal(String(step(call('write', { id, flush: 4 }, gzipSync(text))).output), text)
      call('reset', { id })
    }
    const deflate = open('deflate', { level: 9 })
    call('write', { id: deflate, flush: 2 }, Buffer.alloc(1_000, 'a'))
    call('params', { id: deflate, level: 0, strategy: 0 })
    assert.ok(step(call('write', { id: deflate, flush: 4 }, Buffer.alloc(1_000, 'a'))).output.length > 1_000)
  })

  it('ends a decoder whose output is many times its input', () => {
    const id = open('gunzip')
    const bomb = gzipSync(Buffer.alloc(256 * 2 ** 20))
    let made = 0
    assert.throws(() => {
      let answer = step(call('write', { id, flush: 4 }, bomb))
      for (; answer.output.length === OUTPUT; answer = step(call('more', { id }))) made += answer.output.length
    }, { code: 'ERR_BUFFER_TOO_LARGE', message: /no more than 250 times is allowed/ })
    assert.ok(made <= 65 * 2 ** 20, `${made}`)
  })

  it('lets no compressor or decoder take more memory than it is given', () => {
    /** ZSTD_c_compressionLevel and so on. */
    const constants = { level: 100, windowLog: 101, windowLogMax: 100 }
    assert.doesNotThrow(() => open('zstdCompress', { params: [[constants.level, 22], [constants.windowLog, 31]] }))
    /** A frame of one byte that wants a window of 2 ** exponent bytes. */
    const frame = (exponent: number): Buffer => Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, (exponent - 10) << 3, 9, 0, 0, 0x61])
    const decoder = (): number => open('zstdDecompress', { params: [[constants.windowLogMax, 31]] })
    assert.equal(String(step(call('write', { id: decoder(), flush: 2 }, frame(25))).output), 'a')
    assert.throws(() => call('write', { id: decoder(), flush: 2 }, frame(27)), /memory/)
    let opened = 0
    assert.throws(() => { for (; opened < 100; opened++) open('brotliCompress') }, { code: 'ERR_ZLIB_INITIALIZATION_FAILED' })
    assert.ok(opened >= 2 && opened < 8, `${opened}`)
  })

  it('gives room back when sessions are closed', () => {
    for (let i = 0; i < 100; i++) call('close', { id: open('brotliCompress') })
    assert.equal(typeof open('brotliCompress'), 'number')
  })
})
