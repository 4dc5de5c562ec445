/** What a module of host operations is (host-ops.ts lists them), and how it keeps what a run has open. */

export type Args = Readonly<Record<string, unknown>>
type Bytes = Uint8Array | undefined

/** By name without that of the module. What they throw is told to the guest when it carries a code of Node's. */
export interface HostModule {
  /** The guest waits: no more than some tens of milliseconds. A Uint8Array crosses as bytes, anything else as JSON. */
  readonly sync: Readonly<Record<string, (args: Args, bytes: Bytes) => unknown>>
  /** As `sync`; for what takes longer. */
  readonly async: Readonly<Record<string, (args: Args, bytes: Bytes) => Promise<unknown>>>
  /** Its asynchronous operations wait for the disk: their time is no computing time. */
  readonly waits?: true
  /** What the files of the run take. */
  readonly disk?: () => { readonly bytes: number, readonly files: number }
  /** Frees all that the run has left open. */
  close(): void
}

/** Frees the bytes of a call, which belong to it alone: the garbage collector would come late (see cell.ts). They cannot be used after this. */
export function giveBack (bytes: Uint8Array): void {
  if (bytes.byteLength > 0 && bytes.byteLength === bytes.buffer.byteLength) (bytes.buffer as ArrayBuffer).transfer(0) // nothing here is shared
}

/** Sessions that the guest names by number. */
export class Sessions<T> {
  readonly #open = new Map<number, T>()
  readonly #limit: number
  #lastId = 0

  constructor (limit: number) {
    this.#limit = limit
  }

  /** Throws when the run has too many open. */
  add (session: T): number {
    if (this.#open.size >= this.#limit) throw Object.assign(new Error(`${this.#limit} are open at once, which is the limit`), { code: 'ERR_OPERATION_FAILED' })
    this.#open.set(++this.#lastId, session)
    return this.#lastId
  }

  get (id: unknown): T {
    const session = typeof id === 'number' ? this.#open.get(id) : undefined
    if (session === undefined) throw Object.assign(new Error('it is no longer open'), { code: 'ERR_INVALID_STATE' })
    return session
  }

  /** Answers it, and forgets it. */
  take (id: unknown): T {
    const session = this.get(id)
    this.#open.delete(id as number) // `get` has found it
    return session
  }

  drop (id: unknown): void {
    if (typeof id === 'number') this.#open.delete(id)
  }

  /** Forgets all, each given to `free` first. */
  clear (free: (session: T) => void): void {
    for (const session of this.#open.values()) free(session)
    this.#open.clear()
  }
}
