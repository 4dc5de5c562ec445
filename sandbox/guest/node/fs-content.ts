/** The operations of `fs` on the content of files, each as the steps that it takes. A step moves no more than CHUNK bytes (sandbox/open-files.ts). */
import { parts } from '../parts.ts'
import { checkInteger, checkSignal, checkView, coded, constants, dataOf, fdOf, flagsOf, modeOf, optionsOf, pathOf, positionOf, smallModeOf, type GuestPath, type Options } from './fs-arguments.ts'
import { step, systemError, waitFor, type Operation } from './fs-host.ts'
import { isKind, told } from './fs-names.ts'
import { invalidArgType, outOfRange } from './invalid-argument.ts'
import { toBytes } from './to-bytes.ts'
import type { Facts } from './fs-stats.ts'

const CHUNK = 1_048_576
const UNKNOWN_SIZE = 65_536
/** As Node: no file is read as one that is larger. */
const MAX_FILE = 2 ** 31 - 1

export function * open (path: unknown, flags: unknown = 'r', mode: unknown = 0o666): Operation<number> {
  const place = pathOf(path)
  return yield * opened(place, flagsOf(flags), modeOf(mode, 'mode', 0o666))
}

function * opened (place: GuestPath, flags: number, mode: number): Operation<number> {
  return yield * step<number>('open', { path: place.full, flags, mode }, told('open', place))
}

export function * close (fd: unknown): Operation<void> {
  yield * step('close', { fd: fdOf(fd) }, { syscall: 'close' })
}

/** Reads into `view`; answers how many bytes. */
export function * readInto (fd: number, view: ArrayBufferView, offset: number, length: number, position: number | null): Operation<number> {
  const target = new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
  let total = 0
  while (total < length) {
    const wanted = Math.min(CHUNK, length - total)
    const bytes = yield * step<Uint8Array>('read', { fd, length: wanted, position: position === null ? null : position + total }, { syscall: 'read' })
    target.set(bytes, offset + total)
    total += bytes.length
    if (bytes.length < wanted) break
  }
  return total
}

interface ReadArguments { readonly buffer: ArrayBufferView, readonly offset: number, readonly length: number, readonly position: number | null }

/** `read(fd, buffer, offset, length, position)`, `read(fd, buffer, options)`, `read(fd, options)`, `read(fd)`. */
export function readArguments (given: readonly unknown[]): ReadArguments {
  const [first, second] = given
  const named = first === undefined || first === null || !ArrayBuffer.isView(first)
  const options = (named ? first : typeof second === 'object' || second === undefined ? second : undefined) as { buffer?: unknown, offset?: unknown, length?: unknown, position?: unknown } | null | undefined
  if (named && first !== undefined && first !== null && typeof first !== 'object') throw invalidArgType('buffer', 'an instance of Buffer, TypedArray, or DataView', first)
  const buffer = checkView('buffer', named ? options?.buffer ?? parts.buffer().Buffer.alloc(16_384) : first)
  const positional = options === null || options === undefined ? given : undefined
  const offset = checkInteger('offset', (positional === undefined ? options?.offset : given[1]) ?? 0, 0)
  const wanted = positional === undefined ? options?.length : given[2]
  const length = wanted === undefined || wanted === null ? buffer.byteLength - offset : checkInteger('length', Math.trunc(Number(wanted)))
  if (length !== 0) checkRange(buffer, offset, length)
  return { buffer, offset, length, position: positionOf(positional === undefined ? options?.position : given[3]) }
}

function checkRange (buffer: ArrayBufferView, offset: number, length: number): void {
  if (buffer.byteLength === 0) throw Object.assign(new TypeError(`The argument 'buffer' is empty and cannot be written. Received ${parts.inspect().inspect(buffer)}`), { code: 'ERR_INVALID_ARG_VALUE' })
  if (length < 0) throw outOfRange('length', '>= 0', length)
  if (length > buffer.byteLength - offset) throw outOfRange('length', `<= ${buffer.byteLength - offset}`, length)
}

export function * read (fd: unknown, ...given: unknown[]): Operation<{ readonly bytesRead: number, readonly buffer: ArrayBufferView }> {
  const number = fdOf(fd)
  const { buffer, offset, length, position } = readArguments(given)
  return { bytesRead: yield * readInto(number, buffer, offset, length, position), buffer }
}

export function * readv (fd: unknown, buffers: unknown, position?: unknown): Operation<{ readonly bytesRead: number, readonly buffers: unknown }> {
  const number = fdOf(fd)
  let at = typeof position === 'number' ? position : null
  let bytesRead = 0
  for (const view of viewsOf(buffers)) {
    const count = yield * readInto(number, view, 0, view.byteLength, at)
    bytesRead += count
    if (at !== null) at += count
    if (count < view.byteLength) break
  }
  return { bytesRead, buffers }
}

function viewsOf (value: unknown): ArrayBufferView[] {
  if (!Array.isArray(value) || !value.every(item => ArrayBuffer.isView(item))) throw invalidArgType('buffers', 'an instance of ArrayBufferView[]', value)
  return value
}

/** Writes all of it; answers how many bytes. */
export function * writeAll (fd: number, bytes: Uint8Array, position: number | null, signal?: AbortSignal): Operation<number> {
  if (fd === 1 || fd === 2) return toOutput(fd, bytes)
  for (let at = 0; at < bytes.length; at += CHUNK) {
    checkSignal(signal)
    yield * step('write', { fd, position: position === null ? null : position + at }, { syscall: 'write' }, bytes.subarray(at, at + CHUNK))
  }
  return bytes.length
}

/** The standard streams are no files: what is written to them goes where `process.stdout` goes. */
function toOutput (fd: 1 | 2, bytes: Uint8Array): number {
  (fd === 1 ? process.stdout : process.stderr).write(bytes)
  return bytes.length
}

/** `write(fd, buffer, offset, length, position)`, `write(fd, buffer, options)`, `write(fd, text, position, encoding)`. */
export function * write (fd: unknown, data: unknown, ...given: unknown[]): Operation<{ readonly bytesWritten: number, readonly buffer: unknown }> {
  const number = fdOf(fd)
  if (typeof data === 'string') {
    return { bytesWritten: yield * written(number, toBytes(data, given[1] ?? 'utf8'), positionOf(typeof given[0] === 'number' || typeof given[0] === 'bigint' ? given[0] : null)), buffer: data }
  }
  if (!ArrayBuffer.isView(data)) throw invalidArgType('buffer', 'of type string or an instance of Buffer, TypedArray, or DataView', data)
  const view: ArrayBufferView = data
  const options = typeof given[0] === 'object' && given[0] !== null ? given[0] as { offset?: unknown, length?: unknown, position?: unknown } : { offset: given[0], length: given[1], position: given[2] }
  const offset = options.offset === undefined || options.offset === null ? 0 : checkInteger('offset', options.offset, 0)
  if (offset > view.byteLength) throw outOfRange('offset', `<= ${view.byteLength}`, offset)
  const length = typeof options.length === 'number' ? options.length : view.byteLength - offset
  if (length > view.byteLength - offset) throw outOfRange('length', `<= ${view.byteLength - offset}`, length)
  if (length < 0) throw outOfRange('length', '>= 0', length)
  const position = typeof options.position === 'number' || typeof options.position === 'bigint' ? positionOf(options.position) : null
  return { bytesWritten: yield * written(number, toBytes(view).subarray(offset, offset + length), position), buffer: data }
}

/** Also of nothing: that the file can be written to is found out. */
function * written (fd: number, bytes: Uint8Array, position: number | null): Operation<number> {
  if (bytes.length === 0) yield * step('write', { fd, position }, { syscall: 'write' })
  return yield * writeAll(fd, bytes, position)
}

export function * writev (fd: unknown, buffers: unknown, position?: unknown): Operation<{ readonly bytesWritten: number, readonly buffers: unknown }> {
  const number = fdOf(fd)
  let at = typeof position === 'number' ? position : null
  let bytesWritten = 0
  for (const view of viewsOf(buffers)) {
    bytesWritten += yield * writeAll(number, toBytes(view), at)
    if (at !== null) at += view.byteLength
  }
  return { bytesWritten, buffers }
}

/** `asPromise`: an error of the promise form also names the path when the content cannot be read. */
export function * readFile (file: unknown, options?: unknown, asPromise = false): Operation<unknown> {
  const wanted = optionsOf(options, { flag: 'r' })
  checkSignal(wanted.signal)
  const bytes = typeof file === 'number' ? yield * readOpen(fdOf(file), wanted) : yield * withFile(file, wanted['flag'], undefined, fd => readOpen(fd, wanted, asPromise ? pathOf(file).given : undefined))
  return wanted.encoding === undefined || wanted.encoding === null || wanted.encoding === 'buffer' ? bytes : bytes.toString(wanted.encoding as BufferEncoding)
}

type GuestBuffer = InstanceType<ReturnType<typeof parts.buffer>['Buffer']>

function * readOpen (fd: number, { signal }: Options, path?: string): Operation<GuestBuffer> {
  const facts = yield * step<Facts>('stat', { fd }, { syscall: 'fstat' })
  const size = isKind(facts, 'S_IFREG') ? facts[8] : 0
  if (size > MAX_FILE) throw Object.assign(coded('ERR_FS_FILE_TOO_LARGE', `File size (${size}) is greater than 2 GiB`))
  const pieces: Uint8Array[] = []
  let total = 0
  for (;;) {
    if (size !== 0 && total >= size) break
    checkSignal(signal)
    const piece = yield * step<Uint8Array>('read', { fd, length: size === 0 ? UNKNOWN_SIZE : Math.min(CHUNK, size - total), position: null }, { syscall: 'read', path })
    if (piece.length === 0) break
    pieces.push(piece)
    total += piece.length
  }
  const { Buffer } = parts.buffer()
  const [only] = pieces
  return only !== undefined && pieces.length === 1 ? Buffer.from(only.buffer as ArrayBuffer, only.byteOffset, only.byteLength) : Buffer.concat(pieces)
}

function * withFile<T> (path: unknown, flags: unknown, mode: unknown, use: (fd: number) => Operation<T>): Operation<T> {
  const fd = yield * open(path, flags ?? 'r', mode ?? 0o666)
  try {
    return yield * use(fd)
  } finally {
    yield * close(fd)
  }
}

export function * writeFile (file: unknown, data: unknown, options?: unknown): Operation<void> {
  const wanted = optionsOf(options, { encoding: 'utf8', mode: 0o666, flag: 'w', flush: false })
  const { flush } = wanted
  if (flush !== undefined && flush !== null && typeof flush !== 'boolean') throw invalidArgType('options.flush', 'of type boolean', flush)
  const content = isIterable(data) ? data : dataOf(data, wanted.encoding)
  checkSignal(wanted.signal)
  if (typeof file === 'number') return yield * writeOpen(fdOf(file), content, wanted)
  yield * withFile(file, wanted['flag'] ?? 'w', wanted['mode'], fd => writeOpen(fd, content, wanted))
}

type Content = Uint8Array | Iterable<unknown> | AsyncIterable<unknown>

function isIterable (data: unknown): data is Iterable<unknown> | AsyncIterable<unknown> {
  return typeof data === 'object' && data !== null && !ArrayBuffer.isView(data) && (Symbol.iterator in data || Symbol.asyncIterator in data)
}

function * writeOpen (fd: number, data: Content, { encoding, signal, flush }: Options): Operation<void> {
  if (ArrayBuffer.isView(data)) {
    yield * writeAll(fd, data, null, signal)
  } else {
    const iterator = Symbol.asyncIterator in data ? data[Symbol.asyncIterator]() : data[Symbol.iterator]()
    for (let { value, done } = yield * waitFor(iterator.next()); done !== true; { value, done } = yield * waitFor(iterator.next())) {
      checkSignal(signal)
      yield * writeAll(fd, dataOf(yield * waitFor(value), encoding), null, signal)
    }
  }
  if (flush === true) yield * step('sync', { fd }, { syscall: 'fsync' })
}

export function * appendFile (file: unknown, data: unknown, options?: unknown): Operation<void> {
  const wanted = optionsOf(options, { encoding: 'utf8', mode: 0o666, flag: 'a' })
  yield * writeFile(file, data, { ...wanted, flag: wanted['flag'] ?? 'a' })
}

export function * truncate (path: unknown, length?: unknown): Operation<void> {
  if (typeof path === 'number') return yield * ftruncate(path, length)
  const size = sizeOf(length)
  yield * withFile(path, 'r+', undefined, fd => ftruncate(fd, size))
}

export function * ftruncate (fd: unknown, length?: unknown): Operation<void> {
  const number = fdOf(fd)
  yield * step('truncate', { fd: number, length: sizeOf(length) }, { syscall: 'ftruncate' })
}

function sizeOf (length: unknown): number {
  return Math.max(0, length === undefined || length === null ? 0 : checkInteger('len', length))
}

export function * fsync (fd: unknown): Operation<void> {
  yield * step('sync', { fd: fdOf(fd) }, { syscall: 'fsync' })
}

export function * fdatasync (fd: unknown): Operation<void> {
  yield * step('sync', { fd: fdOf(fd) }, { syscall: 'fdatasync' })
}

/** What libuv does: an existing file is overwritten and takes the mode of the other; a failed copy is not left behind. */
export function * copyFile (from: unknown, to: unknown, mode?: unknown): Operation<void> {
  const source = pathOf(from, 'src')
  const target = pathOf(to, 'dest')
  const wanted = smallModeOf(mode)
  const about = told('copyfile', source, target)
  const { COPYFILE_EXCL = 0, COPYFILE_FICLONE_FORCE = 0, O_RDONLY = 0, O_WRONLY = 0, O_CREAT = 0, O_EXCL = 0 } = constants
  if ((wanted & COPYFILE_FICLONE_FORCE) !== 0) throw systemError('ENOTSUP', about)
  const input = yield * step<number>('open', { path: source.full, flags: O_RDONLY, mode: 0 }, about)
  try {
    const facts = yield * step<Facts>('stat', { fd: input }, about)
    if (isKind(facts, 'S_IFDIR')) throw systemError('EISDIR', about)
    const output = yield * step<number>('open', { path: target.full, flags: O_WRONLY | O_CREAT | ((wanted & COPYFILE_EXCL) !== 0 ? O_EXCL : 0), mode: facts[1] }, about)
    try {
      const other = yield * step<Facts>('stat', { fd: output }, about)
      if (other[0] === facts[0] && other[7] === facts[7]) return
      yield * step('truncate', { fd: output, length: 0 }, about)
      while ((yield * step<number>('copy', { from: input, to: output, length: CHUNK }, about)) > 0);
      yield * step('chmod', { fd: output, mode: facts[1] & 0o777 }, about)
    } catch (error) {
      yield * step('unlink', { path: target.full }, about)
      throw error
    } finally {
      yield * close(output)
    }
  } finally {
    yield * close(input)
  }
}
