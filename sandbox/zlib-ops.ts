/**
 * Compression for a run, in steps that each take a bounded input and give a bounded output: the memory used here does not depend on what
 * is compressed, and a step ends soon whatever the data are.
 *
 *   zlib.open   { kind, options } (dictionary) -> id
 *   zlib.write  { id, flush } (input)          -> output, and in its last four bytes how much of the input is left
 *   zlib.more   { id }                         -> the same, for the input that is left
 *   zlib.params { id, level, strategy }, zlib.reset { id }, zlib.close { id }
 *
 * Node offers no synchronous step by its documented functions: `writeSync` of the handle inside its streams is what its own `…Sync`
 * functions use, and packages such as pngjs. test/sandbox/zlib-ops.test.ts holds it to its behaviour.
 */
import zlib from 'node:zlib'
import type { Args, HostModule } from './host-module.ts'
import { giveBack, Sessions } from './host-module.ts'

interface Handle {
  writeSync (flush: number, input: Uint8Array | null, from: number, length: number, output: Uint8Array, at: number, room: number): void
  params (level: number, strategy: number): void
  reset (): void
  onerror: (message: string, errno: number, code: string) => void
}
/** What Node's streams of compression have inside. */
interface Inside extends NodeJS.EventEmitter { readonly _handle: Handle, readonly _writeState: Uint32Array, close (): void }

interface Session {
  readonly stream: Inside
  readonly family: Family
  readonly decodes: boolean
  readonly weight: number
  input: Uint8Array
  flush: number
  read: number
  written: number
  failure: Error | undefined
}

const OUTPUT_BYTES = 262_144
const INPUT_BYTES = 1_048_576
const SESSIONS = 1_024
/** MB that the sessions of a run may need at once; what one needs is estimated from its kind. */
const WEIGHT = 256
/** A decoder may make this much of nothing, then this many times its input (deflate can 1,032, real data some tens). */
const FREE_BYTES = 67_108_864
const RATIO = 250

type Options = Readonly<Record<string, unknown>>
type Family = 'zlib' | 'brotli' | 'zstd'
interface Kind { readonly family: Family, readonly decodes: boolean, weight (options: Options): number, open (options: Options): object }

const kind = (family: Family, open: (options: Options) => object, decodes: boolean, weight: number | ((options: Options) => number)): Kind =>
  ({ family, open, decodes, weight: typeof weight === 'number' ? () => weight : weight })

/**
 * What the handles take: below the documented functions Node checks nothing, and ends the process for a flag that it does not know.
 * Z_BLOCK, BROTLI_OPERATION_EMIT_METADATA and ZSTD_e_end are the last ones.
 */
const LAST_FLUSH: Readonly<Record<Family, number>> = { zlib: zlib.constants.Z_BLOCK, brotli: zlib.constants.BROTLI_OPERATION_EMIT_METADATA, zstd: zlib.constants.ZSTD_e_end }
const RANGES = {
  level: [zlib.constants.Z_MIN_LEVEL, zlib.constants.Z_MAX_LEVEL],
  strategy: [zlib.constants.Z_DEFAULT_STRATEGY, zlib.constants.Z_FIXED],
  windowBits: [zlib.constants.Z_MIN_WINDOWBITS, zlib.constants.Z_MAX_WINDOWBITS],
  memLevel: [zlib.constants.Z_MIN_MEMLEVEL, zlib.constants.Z_MAX_MEMLEVEL],
  pledgedSrcSize: [0, Number.MAX_SAFE_INTEGER]
} as const
/** Parameters of brotli and zstd are 32 bits wide, and a level may be negative; each library knows its own ranges. */
const PARAM_RANGE = [-(2 ** 31), 2 ** 32 - 1] as const
const DICTIONARY_BYTES = 8_388_608

/** Level and window decide how much memory zstd takes: up to gigabytes, were they not limited here. */
const ZSTD_LEVEL = 19
const ZSTD_WINDOW_LOG = 25
const { ZSTD_c_compressionLevel: LEVEL, ZSTD_c_windowLog: WINDOW, ZSTD_c_nbWorkers: WORKERS, ZSTD_d_windowLogMax: WINDOW_MAX } = zlib.constants

const KINDS: Readonly<Record<string, Kind>> = {
  deflate: kind('zlib', options => zlib.createDeflate(options), false, 0.3),
  inflate: kind('zlib', options => zlib.createInflate(options), true, 0.1),
  gzip: kind('zlib', options => zlib.createGzip(options), false, 0.3),
  gunzip: kind('zlib', options => zlib.createGunzip(options), true, 0.1),
  deflateRaw: kind('zlib', options => zlib.createDeflateRaw(options), false, 0.3),
  inflateRaw: kind('zlib', options => zlib.createInflateRaw(options), true, 0.1),
  unzip: kind('zlib', options => zlib.createUnzip(options), true, 0.1),
  brotliCompress: kind('brotli', options => zlib.createBrotliCompress(options), false, 40),
  brotliDecompress: kind('brotli', options => zlib.createBrotliDecompress({ ...options, params: { ...params(options), [zlib.constants.BROTLI_DECODER_PARAM_LARGE_WINDOW]: 0 } }), true, 17),
  zstdCompress: kind('zstd', options => zlib.createZstdCompress({
    ...options,
    params: { ...params(options), [LEVEL]: Math.min(params(options)[LEVEL] ?? 3, ZSTD_LEVEL), [WORKERS]: 0, ...(params(options)[WINDOW] === undefined ? {} : { [WINDOW]: Math.min(params(options)[WINDOW] ?? 0, ZSTD_WINDOW_LOG) }) }
  }), false, options => (params(options)[LEVEL] ?? 3) > 12 || params(options)[WINDOW] !== undefined ? 90 : 20),
  zstdDecompress: kind('zstd', options => zlib.createZstdDecompress({ ...options, params: { ...params(options), [WINDOW_MAX]: Math.min(params(options)[WINDOW_MAX] ?? ZSTD_WINDOW_LOG, ZSTD_WINDOW_LOG) } }), true, 34)
}

export function openZlibOps (): HostModule {
  const sessions = new Sessions<Session>(SESSIONS)
  /** The output of one step and the four bytes behind it: handed out as it is when it is full, for the bridge copies it. */
  const output = new Uint8Array(OUTPUT_BYTES + 4)
  let weight = 0

  const release = (session: Session): void => {
    weight -= session.weight
    session.stream.close()
  }
  const step = (session: Session): Uint8Array => {
    const { stream, input } = session
    stream._handle.writeSync(session.flush, input, 0, input.length, output, 0, OUTPUT_BYTES)
    if (session.failure !== undefined) throw session.failure
    const [room = 0, left = 0] = stream._writeState
    const made = OUTPUT_BYTES - room
    session.read += input.length - left
    session.written += made
    session.input = left === 0 ? EMPTY : input.subarray(input.length - left)
    if (left === 0) giveBack(input)
    if (session.decodes && session.written > FREE_BYTES && session.written > session.read * RATIO) throw swells(session)
    const answer = made === OUTPUT_BYTES ? output : output.slice(0, made + 4)
    new DataView(answer.buffer).setUint32(made, left, true)
    return answer
  }
  const open = ({ kind: name, options: given }: Args, dictionary: Uint8Array | undefined): number => {
    const found = typeof name === 'string' && Object.hasOwn(KINDS, name) ? KINDS[name] : undefined
    if (found === undefined) throw invalid('kind', name)
    if (dictionary !== undefined && dictionary.length > DICTIONARY_BYTES) throw outOfRange('dictionary.length', dictionary.length, 0, DICTIONARY_BYTES)
    const options = { ...readOptions(given), ...(dictionary === undefined ? {} : { dictionary }) }
    const needed = found.weight(options)
    if (weight + needed > WEIGHT) throw Object.assign(new Error('The streams of compression that are open need too much memory'), { code: 'ERR_ZLIB_INITIALIZATION_FAILED' })
    const session: Session = { stream: found.open(options) as Inside, family: found.family, decodes: found.decodes, weight: needed, input: EMPTY, flush: 0, read: 0, written: 0, failure: undefined } // see Inside
    session.stream.on('error', () => {}) // told where it happens
    session.stream._handle.onerror = (message, errno, code) => { session.failure = Object.assign(new Error(message), { errno, code }) }
    const id = sessions.add(session)
    weight += needed
    return id
  }
  return {
    sync: {
      open,
      write ({ id, flush }, bytes = EMPTY) {
        const session = sessions.get(id)
        if (bytes.length > INPUT_BYTES) throw invalid('input', bytes.length)
        session.flush = within('flush', flush, 0, LAST_FLUSH[session.family])
        session.input = bytes
        return step(session)
      },
      more: ({ id }) => step(sessions.get(id)),
      params ({ id, level, strategy }) {
        const { stream, family } = sessions.get(id)
        if (family !== 'zlib') throw invalid('id', id) // Node's streams of the others have no such method
        stream._handle.params(within('level', level, ...RANGES.level), within('strategy', strategy, ...RANGES.strategy))
      },
      reset ({ id }) {
        const session = sessions.get(id)
        session.stream._handle.reset()
        Object.assign(session, { read: 0, written: 0, failure: undefined })
      },
      close ({ id }) { release(sessions.take(id)) }
    },
    async: {},
    close () { sessions.clear(release) }
  }
}

const EMPTY = new Uint8Array(0)

/** Of Node's options those that concern the format. */
function readOptions (given: unknown): Options {
  const options: Record<string, unknown> = {}
  if (typeof given !== 'object' || given === null) return options
  for (const [name, [lower, upper]] of Object.entries(RANGES)) {
    const value: unknown = Reflect.get(given, name)
    if (value !== undefined) options[name] = within(name, value, lower, upper)
  }
  const list: unknown = Reflect.get(given, 'params')
  if (Array.isArray(list)) options['params'] = Object.fromEntries(list.slice(0, 64).map(pair => Array.isArray(pair) ? [within('params', pair[0], 0, 2 ** 31 - 1), within('params', pair[1], ...PARAM_RANGE)] : ['', 0]))
  return options
}

function params (options: Options): Record<number, number> {
  return (options['params'] ?? {}) as Record<number, number> // readOptions has made it
}

function within (name: string, value: unknown, lower: number, upper: number): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw invalid(name, value)
  if (value < lower || value > upper) throw outOfRange(name, value, lower, upper)
  return value
}

function outOfRange (name: string, value: number, lower: number, upper: number): Error {
  return Object.assign(new RangeError(`The value of "${name}" is out of range. It must be >= ${lower} and <= ${upper}. Received ${value}`), { code: 'ERR_OUT_OF_RANGE' })
}

function invalid (name: string, value: unknown): Error {
  return Object.assign(new TypeError(`The argument '${name}' is invalid. Received ${String(value)}`), { code: 'ERR_INVALID_ARG_VALUE' })
}

function swells ({ read, written }: Session): Error {
  return Object.assign(new RangeError(`The compressed data grew from ${read} to more than ${written} bytes: no more than ${RATIO} times is allowed`), { code: 'ERR_BUFFER_TOO_LARGE' })
}
