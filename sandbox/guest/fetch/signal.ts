import { DOMException } from '../globals/dom-exception.ts'

/** As much of an AbortSignal as is used here: the plugin may bring its own. */
export interface Signal {
  readonly aborted: boolean
  readonly reason: unknown
  addEventListener(type: 'abort', listener: () => void, options?: { once: boolean }): void
  removeEventListener(type: 'abort', listener: () => void): void
}

export function aborted (signal: Signal | undefined): signal is Signal {
  return signal?.aborted === true
}

/** What an aborted operation rejects with. */
export function reasonOf (signal: Signal): unknown {
  return signal.reason ?? new DOMException('This operation was aborted', 'AbortError')
}
