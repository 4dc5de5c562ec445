/** The options of zlib's streams, checked as Node checks them. */
import { invalidArgType, nodeError, outOfRange } from './invalid-argument.ts'
import { constantsOf } from './members.ts'
import { toBytes } from './to-bytes.ts'

export interface ZlibOptions {
  readonly flush?: number
  readonly finishFlush?: number
  readonly chunkSize?: number
  readonly windowBits?: number
  readonly level?: number
  readonly memLevel?: number
  readonly strategy?: number
  readonly dictionary?: unknown
  readonly params?: Readonly<Record<string, number | boolean>>
  readonly maxOutputLength?: number
  readonly rejectGarbageAfterEnd?: boolean
  readonly info?: boolean
  readonly pledgedSrcSize?: number
}

export type Family = 'zlib' | 'brotli' | 'zstd'

/** What the stream and the thread take from them. */
export interface Settings {
  readonly flush: number
  readonly finishFlush: number
  readonly fullFlush: number
  readonly level: number
  readonly strategy: number
  readonly maxOutputLength: number
  readonly rejectGarbage: boolean
  readonly dictionary: Uint8Array | undefined
  /** For the thread. */
  readonly options: object
}

export const constants = constantsOf('zlib', 'constants') as Record<string, number>
const { Z_NO_FLUSH = 0, Z_FINISH = 4, Z_BLOCK = 5, Z_FULL_FLUSH = 3 } = constants

const FLUSHES: Readonly<Record<Family, { process: number, finish: number, full: number, last: number }>> = {
  zlib: { process: Z_NO_FLUSH, finish: Z_FINISH, full: Z_FULL_FLUSH, last: Z_BLOCK },
  brotli: { process: constants['BROTLI_OPERATION_PROCESS'] ?? 0, finish: constants['BROTLI_OPERATION_FINISH'] ?? 2, full: constants['BROTLI_OPERATION_FLUSH'] ?? 1, last: constants['BROTLI_OPERATION_EMIT_METADATA'] ?? 3 },
  zstd: { process: constants['ZSTD_e_continue'] ?? 0, finish: constants['ZSTD_e_end'] ?? 2, full: constants['ZSTD_e_flush'] ?? 1, last: constants['ZSTD_e_end'] ?? 2 }
}

export function readSettings (family: Family, kind: string, given: unknown): Settings {
  const options = (given ?? {}) as ZlibOptions // whatever it is: every field is checked
  const { process, finish, full, last } = FLUSHES[family]
  checkZlibRange('options.chunkSize', options.chunkSize, 64, Infinity)
  const shared = {
    flush: checkZlibRange('options.flush', options.flush, process, last) ?? process,
    finishFlush: checkZlibRange('options.finishFlush', options.finishFlush, process, last) ?? finish,
    fullFlush: full,
    maxOutputLength: checkZlibRange('options.maxOutputLength', options.maxOutputLength, 1, Number.MAX_SAFE_INTEGER) ?? Infinity,
    rejectGarbage: options.rejectGarbageAfterEnd === true,
    dictionary: options.dictionary === undefined ? undefined : dictionaryBytes(options.dictionary)
  }
  return family === 'zlib' ? { ...shared, ...zlibSettings(kind, options) } : { ...shared, level: 0, strategy: 0, options: { params: paramList(family, kind, options), pledgedSrcSize: options.pledgedSrcSize } }
}

function zlibSettings (kind: string, options: ZlibOptions): Pick<Settings, 'level' | 'strategy' | 'options'> {
  const mayBeZero = kind === 'inflate' || kind === 'gunzip' || kind === 'unzip'
  const windowBits = (options.windowBits === undefined || options.windowBits === 0) && mayBeZero ? 0 : checkZlibRange('options.windowBits', options.windowBits, kind === 'gzip' ? 9 : 8, 15) ?? 15
  const level = checkZlibRange('options.level', options.level, -1, 9) ?? -1
  const strategy = checkZlibRange('options.strategy', options.strategy, 0, 4) ?? 0
  const memLevel = checkZlibRange('options.memLevel', options.memLevel, 1, 9) ?? 8
  return { level, strategy, options: { windowBits: mayBeZero && windowBits === 0 ? undefined : windowBits, level, memLevel, strategy } }
}

/** `[[key, value], …]`. */
function paramList (family: Family, kind: string, { params }: ZlibOptions): [number, number][] {
  if (params === undefined || params === null) return []
  const known = new Set(Object.entries(constants).filter(([name]) => PARAM_NAMES[family === 'brotli' ? 'brotli' : kind === 'zstdCompress' ? 'zstdCompress' : 'zstdDecompress']?.test(name)).map(([, value]) => value))
  return Object.entries(params).map(([key, value]) => {
    if (!known.has(Number(key))) throw nodeError(new RangeError(`${key} is not a valid ${family === 'brotli' ? 'Brotli' : 'zstd'} parameter`), family === 'brotli' ? 'ERR_BROTLI_INVALID_PARAM' : 'ERR_ZSTD_INVALID_PARAM')
    if (typeof value !== 'number' && typeof value !== 'boolean') throw invalidArgType('options.params[key]', 'of type number', value)
    return [Number(key), Number(value)]
  })
}
const PARAM_NAMES: Readonly<Record<string, RegExp>> = { brotli: /^BROTLI_(PARAM|DECODER_PARAM)_/, zstdCompress: /^ZSTD_c_/, zstdDecompress: /^ZSTD_d_/ }

function dictionaryBytes (dictionary: unknown): Uint8Array {
  if (!ArrayBuffer.isView(dictionary) && !(dictionary instanceof ArrayBuffer)) throw invalidArgType('options.dictionary', 'an instance of Buffer, TypedArray, DataView, or ArrayBuffer', dictionary)
  return toBytes(dictionary)
}

/** Undefined and NaN stand for the default. */
export function checkZlibRange (name: string, value: unknown, lower: number, upper: number): number | undefined {
  if (value === undefined || Number.isNaN(value)) return undefined
  if (typeof value !== 'number') throw invalidArgType(name, 'of type number', value)
  if (!(value >= lower && value <= upper)) throw outOfRange(name, upper === Infinity ? `>= ${lower}` : `>= ${lower} and <= ${upper}`, value)
  return value
}
