/** From a content on disk to the plugin that a caller is given. */
import { ownerOf } from './build-queue.ts'
import type { ContentLoader } from './content-loader.ts'
import type { Contents } from './contents.ts'
import { toCacheError } from './failures.ts'
import type { Pointers } from './pointers.ts'
import { reason } from './reasons.ts'
import { CacheError, type AccountRef, type CachedPlugin, type Ensured, type EnsureOptions } from './types.ts'

export type Times = { resolve: number, download: number, bundle: number }

/** One call of `ensure`. */
export interface Call {
  readonly artefact: string
  readonly account: AccountRef
  readonly options: EnsureOptions
  readonly ms: Times
}

export interface Ready { readonly content: string, readonly ensured: Ensured }

export interface ReadyPluginsParts {
  readonly loader: ContentLoader
  readonly contents: Contents
  readonly pointers: Pointers
  readonly originOf: (artefact: string) => string
}

export class ReadyPlugins {
  readonly #parts: ReadyPluginsParts

  constructor (parts: ReadyPluginsParts) {
    this.#parts = parts
  }

  /**
   * Undefined when the content is no longer here. `fresh`: it was unpacked a moment ago. `validator`: under which a failure that these
   * bytes will always have is noted; undefined for a content that is not the current one.
   */
  async load ({ artefact, account, options, ms }: Call, content: string, fresh: boolean, validator: string | undefined): Promise<Ready | undefined> {
    const { loader, pointers, contents, originOf } = this.#parts
    await this.#checkPin(artefact, content, options.integrity)
    const answer = await timed(ms, 'bundle', () => loader.load(content, fresh, ownerOf(account)))
    if (answer === undefined) return undefined
    if (!answer.ok) {
      if (answer.failure.lasting && validator !== undefined) await pointers.setFailure(artefact, validator, answer.failure)
      throw toCacheError(artefact, answer.failure)
    }
    if (!await contents.touch(content)) {
      loader.forget(content)
      return undefined
    }
    const { loaded, built } = answer.value
    const plugin: CachedPlugin = { artefact, origin: originOf(artefact), ...loaded }
    return { content, ensured: { plugin, from: built || ms.download > 0 ? 'download' : 'hit', ms } }
  }

  /** Before anything is made of a content that is not wanted. */
  async #checkPin (artefact: string, content: string, pinned: string | undefined): Promise<void> {
    const found = pinned === undefined ? undefined : await this.#parts.contents.about(content)
    if (pinned === undefined || found === undefined || found.integrity === pinned) return
    throw new CacheError('plugin-refused', artefact, reason('pinned-otherwise', { pinned, found: found.integrity }))
  }
}

export async function timed<T> (ms: Times, step: keyof Times, work: () => Promise<T>): Promise<T> {
  const started = performance.now()
  try {
    return await work()
  } finally {
    ms[step] += performance.now() - started
  }
}
