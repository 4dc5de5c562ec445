/** What `fs.promises.open` answers. */
import { parts } from '../parts.ts'
import { open } from './fs-content.ts'
import * as content from './fs-content.ts'
import { doLater, type Operation } from './fs-host.ts'
import * as names from './fs-names.ts'
import type { StatOptions } from './fs-names.ts'
import { ReadStream, WriteStream } from './fs-streams.ts'
import { optionsOf } from './fs-arguments.ts'

const { EventEmitter } = parts.builtins().load('events') as typeof import('node:events')

type Construct = new (path: unknown, options: unknown) => object

export class FileHandle extends EventEmitter {
  #fd: number
  #closing: Promise<void> | undefined

  constructor (fd: number) {
    super()
    this.#fd = fd
  }

  get fd (): number { return this.#fd }

  async appendFile (data: unknown, options?: unknown): Promise<void> {
    await this.#do('write', fd => content.appendFile(fd, data, options))
  }

  async chmod (mode: unknown): Promise<void> { await this.#do('fchmod', fd => names.fchmod(fd, mode)) }
  async chown (uid: unknown, gid: unknown): Promise<void> { await this.#do('fchown', fd => names.fchown(fd, uid, gid)) }
  async datasync (): Promise<void> { await this.#do('fdatasync', content.fdatasync) }
  async sync (): Promise<void> { await this.#do('fsync', content.fsync) }
  async stat (options?: StatOptions): Promise<object> { return await this.#do('fstat', fd => names.fstat(fd, options)) }
  async truncate (length?: unknown): Promise<void> { await this.#do('ftruncate', fd => content.ftruncate(fd, length)) }
  async utimes (atime: unknown, mtime: unknown): Promise<void> { await this.#do('futime', fd => names.futimes(fd, atime, mtime)) }
  async read (...given: unknown[]): Promise<object> { return await this.#do('read', fd => content.read(fd, ...given)) }
  async readv (buffers: unknown, position?: unknown): Promise<object> { return await this.#do('read', fd => content.readv(fd, buffers, position)) }
  async readFile (options?: unknown): Promise<unknown> { return await this.#do('read', fd => content.readFile(fd, options)) }
  async write (data: unknown, ...given: unknown[]): Promise<object> { return await this.#do('write', fd => content.write(fd, data, ...given)) }
  async writev (buffers: unknown, position?: unknown): Promise<object> { return await this.#do('write', fd => content.writev(fd, buffers, position)) }
  async writeFile (data: unknown, options?: unknown): Promise<void> { await this.#do('write', fd => content.writeFile(fd, data, options)) }

  readLines (options?: object): unknown {
    const { createInterface } = parts.builtins().load('readline') as typeof import('node:readline')
    return createInterface({ input: this.createReadStream(options) as NodeJS.ReadableStream, crlfDelay: Infinity })
  }

  createReadStream (options?: unknown): object {
    return new (ReadStream as unknown as Construct)(undefined, { ...optionsOf(options), fd: this })
  }

  createWriteStream (options?: unknown): object {
    return new (WriteStream as unknown as Construct)(undefined, { ...optionsOf(options), fd: this })
  }

  /** Of its bytes from here to the end. */
  readableWebStream (): unknown {
    const { Readable } = parts.builtins().load('stream') as typeof import('node:stream')
    return Readable.toWeb(this.createReadStream({ autoClose: false }) as InstanceType<typeof Readable>)
  }

  close (): Promise<void> {
    if (this.#fd === -1) return Promise.resolve()
    this.#closing ??= this.#end()
    return this.#closing
  }

  async #end (): Promise<void> {
    const fd = this.#fd
    this.#fd = -1
    this.emit('close')
    await doLater(content.close(fd))
  }

  /** After it was closed, Node's own sentence. */
  async #do<T> (syscall: string, define: (fd: number) => Operation<T>): Promise<T> {
    if (this.#fd === -1) throw Object.assign(new Error('file closed'), { code: 'EBADF', syscall })
    return await doLater(define(this.#fd))
  }
}
for (const key of [Symbol.asyncDispose ?? Symbol.for('nodejs.asyncDispose')]) {
  Object.defineProperty(FileHandle.prototype, key, { value (this: FileHandle) { return this.close() }, writable: true, configurable: true })
}

export function * openHandle (path: unknown, flags?: unknown, mode?: unknown): Operation<FileHandle> {
  return new FileHandle(yield * open(path, flags ?? 'r', mode ?? 0o666))
}
