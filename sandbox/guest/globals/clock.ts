/** Clocks. All tell whole milliseconds: a finer clock would help to measure what other code on the machine does. */
import { max, now } from '../primordials.ts'

let origin = 0
let last = 0

/** A clock in a snapshot stands still: it starts when the context is opened. */
export function startClock (): void {
  origin = now()
  last = origin
}

/** When the context was opened, in milliseconds since 1970. */
export function startedAt (): number {
  return origin
}

/** Milliseconds since the start, never backwards. */
export function elapsedMs (): number {
  last = max(last, now())
  return last - origin
}

export function hrtime (previous?: readonly [number, number]): [number, number] {
  const ms = elapsedMs()
  const seconds = Math.floor(ms / 1_000) - (previous?.[0] ?? 0)
  const nanoseconds = (ms % 1_000) * 1e6 - (previous?.[1] ?? 0)
  return nanoseconds < 0 ? [seconds - 1, nanoseconds + 1e9] : [seconds, nanoseconds]
}

export function hrtimeBigint (): bigint {
  return BigInt(elapsedMs()) * 1_000_000n
}
