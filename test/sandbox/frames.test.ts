import assert from 'node:assert/strict'
import { encodeFrame, FrameError, FrameReader, type Frame } from '../../sandbox/frames.ts'

const CAPS = { headerBytes: 64 * 1024, bodyBytes: 1024 * 1024 }

const wire = (header: object, body?: Uint8Array): Buffer => Buffer.concat(encodeFrame(header, body))

function prefix (headerLength: number, bodyLength: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeUInt32LE(headerLength, 0)
  bytes.writeUInt32LE(bodyLength, 4)
  return bytes
}

/** Whole numbers from 0 up to `below`, the same at every run: a failure can be looked at again. */
function numbers (seed: number): (below: number) => number {
  let state = seed
  return below => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor(state / 2 ** 32 * below)
  }
}

function randomFrames (next: (below: number) => number): Frame[] {
  return Array.from({ length: 40 }, (_, n) => {
    const header = { n, text: 'é\0"\u{1F600}'.repeat(next(40)), nested: [null, { __proto__: null, a: next(9) }] }
    const size = [0, 1, next(50), next(5000), next(100_000)][next(5)] ?? 0
    const body = Buffer.from(Array.from({ length: size }, () => next(256)))
    return size === 0 ? { header } : { header, body }
  })
}

describe('frames', () => {
  for (const seed of [1, 2, 3, 4]) {
    it(`come out as they went in, however they are cut (seed ${seed})`, () => {
      const next = numbers(seed)
      const sent = randomFrames(next)
      const bytes = Buffer.concat(sent.flatMap(({ header, body }) => encodeFrame(header as object, body)))
      const largest = [2, 20, 3000, 200_000][seed % 4] ?? 1
      const reader = new FrameReader(CAPS)
      const received: Frame[] = []
      for (let at = 0; at < bytes.length;) {
        const size = next(largest) // 0 as well: an empty chunk says nothing
        received.push(...reader.push(bytes.subarray(at, at + size)))
        at += size
      }
      assert.equal(received.length, sent.length)
      for (const [n, frame] of received.entries()) {
        assert.deepEqual(frame.header, JSON.parse(JSON.stringify(sent[n]?.header)))
        assert.deepEqual(frame.body, sent[n]?.body)
      }
    })
  }

  it('that are many and small come out of one chunk, in order', () => {
    const chunk = Buffer.concat(Array.from({ length: 5000 }, (_, n) => wire({ n })))
    const received = [...new FrameReader(CAPS).push(chunk)]
    assert.deepEqual(received, Array.from({ length: 5000 }, (_, n) => ({ header: { n } })))
  })

  it('without a body, or with an empty one, have none', () => {
    const received = [...new FrameReader(CAPS).push(Buffer.concat([wire({ a: 1 }), wire({ a: 2 }, new Uint8Array(0))]))]
    assert.deepEqual(received, [{ header: { a: 1 } }, { header: { a: 2 } }])
  })

  it('take the bytes of a view, not those of its whole buffer', () => {
    const backing = Uint8Array.from({ length: 100 }, (_, n) => n)
    const [frame] = new FrameReader(CAPS).push(wire({}, backing.subarray(10, 13)))
    assert.deepEqual(frame?.body, Buffer.from([10, 11, 12]))
  })

  it('have bodies of their own: nothing of a neighbour, and no change when the chunk is used again', () => {
    const chunk = Buffer.concat([wire({}, Buffer.from('first')), wire({}, Buffer.from('second'))])
    const [first, second] = new FrameReader(CAPS).push(chunk)
    chunk.fill(0)
    for (const [body, text] of [[first?.body, 'first'], [second?.body, 'second']] as const) {
      assert.equal(body?.toString(), text)
      assert.equal(body.buffer.byteLength, text.length, 'the backing buffer holds the body alone')
    }
  })

  it('that are not read at once come with the next push', () => {
    const reader = new FrameReader(CAPS)
    const frames = reader.push(Buffer.concat([wire({ n: 1 }), wire({ n: 2 })]))
    assert.deepEqual(frames.next().value, { header: { n: 1 } })
    frames.return()
    assert.deepEqual([...reader.push(wire({ n: 3 }))].map(frame => frame.header), [{ n: 2 }, { n: 3 }])
  })

  it('are refused for their announced length, before any byte of them has come', () => {
    const header = new FrameReader(CAPS)
    assert.throws(() => [...header.push(prefix(CAPS.headerBytes + 1, 0))], { name: 'FrameError', code: 'frame', message: /header has 65537 bytes, at most 65536/ })
    const body = new FrameReader(CAPS)
    assert.throws(() => [...body.push(prefix(2, 0xffffffff))], { name: 'FrameError', code: 'frame', message: /body has 4294967295 bytes, at most 1048576/ })
  })

  it('may be as large as the caps', () => {
    const caps = { headerBytes: 11, bodyBytes: 4 }
    assert.deepEqual([...new FrameReader(caps).push(wire({ a: '123' }, Buffer.from('1234')))].length, 1)
    assert.throws(() => [...new FrameReader(caps).push(wire({ a: '1234' }))], FrameError)
    assert.throws(() => [...new FrameReader(caps).push(wire({ a: '1' }, Buffer.from('12345')))], FrameError)
  })

  it('whose header is not JSON, or empty, end the stream; those before come first', () => {
    for (const text of ['{"a":', 'nope', '', '\0']) {
      const reader = new FrameReader(CAPS)
      const bad = Buffer.concat([prefix(Buffer.byteLength(text), 0), Buffer.from(text)])
      const received: Frame[] = []
      assert.throws(() => {
        for (const frame of reader.push(Buffer.concat([wire({ n: 1 }), bad, wire({ n: 2 })]))) received.push(frame)
      }, { name: 'FrameError', code: 'frame', message: 'a frame header is not JSON' })
      assert.deepEqual(received, [{ header: { n: 1 } }])
      assert.throws(() => [...reader.push(wire({ n: 3 }))], FrameError, 'nothing after it can be trusted')
    }
  })

  it('come whole from crumbs too, in a time that grows with their bytes alone', () => {
    const body = Buffer.alloc(CAPS.bodyBytes, 7)
    const bytes = wire({ large: true }, body)
    const reader = new FrameReader(CAPS)
    const received: Frame[] = []
    for (let at = 0; at < bytes.length; at += 1) received.push(...reader.push(bytes.subarray(at, at + 1)))
    assert.equal(received.length, 1)
    assert.ok(received[0]?.body?.equals(body))
  }).timeout(5000)
})
