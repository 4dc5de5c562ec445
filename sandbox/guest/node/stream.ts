/** `stream`: readable-stream, which is Node's own code; its file `stream.js`, for the main file gives `Readable` and not the legacy `Stream`. */
import type { Duplex, DuplexOptions } from 'node:stream'
import { duplexPair } from './duplex-pair.ts'
import { fromWebDuplex, fromWebReadable, fromWebWritable, toWebDuplex, toWebReadable, toWebWritable } from './stream-web-adapters.ts'

const stream = require('readable-stream/lib/stream.js') as typeof import('node:stream')

/** What Node has meanwhile; the package still has 16 KiB. */
const HIGH_WATER_MARK = 65_536

stream.setDefaultHighWaterMark(false, HIGH_WATER_MARK)
Object.assign(stream, { duplexPair: (options?: DuplexOptions): [Duplex, Duplex] => duplexPair(stream.Duplex, options) })
Object.assign(stream.Readable, { fromWeb: fromWebReadable, toWeb: toWebReadable })
Object.assign(stream.Writable, { fromWeb: fromWebWritable, toWeb: toWebWritable })
Object.assign(stream.Duplex, { fromWeb: fromWebDuplex, toWeb: toWebDuplex })

export default stream
