/** `stream.duplexPair`: what is written to one side is read from the other. */
import type { Duplex, DuplexOptions } from 'node:stream'

type Done = (error?: Error | null) => void
/** The side that a side writes to, and the callback that waits until that side is read. */
interface Side { other?: Side, stream: Duplex, waiting?: Done | undefined }

export function duplexPair (DuplexStream: typeof Duplex, options?: DuplexOptions): [Duplex, Duplex] {
  const first = createSide(DuplexStream, options)
  const second = createSide(DuplexStream, options)
  first.other = second
  second.other = first
  return [first.stream, second.stream]
}

function createSide (DuplexStream: typeof Duplex, options?: DuplexOptions): Side {
  const side: Partial<Side> = {}
  side.stream = new DuplexStream({
    ...options,
    read () {
      const { waiting } = side
      side.waiting = undefined
      waiting?.()
    },
    write (chunk: { length: number }, _encoding, done) {
      const { other } = side
      if (other === undefined) return done()
      if (chunk.length === 0) return queueMicrotask(done)
      other.waiting = done
      other.stream.push(chunk)
    },
    final (done) {
      const other = side.other?.stream
      if (other === undefined) return done()
      other.once('end', done)
      other.push(null)
    },
    destroy (error, done) {
      const other = side.other?.stream
      if (error !== null && other !== undefined && !other.destroyed) queueMicrotask(() => { other.destroy(error) })
      done(error)
    }
  })
  return side as Side // `stream` has just been set
}
