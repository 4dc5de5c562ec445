/** The errors that say that the run has reached a limit of its files: uncaught, one ends the run as `disk-limit` and not as an error of the plugin's own. */
import { SafeWeakMap } from './primordials.ts'

export type Full = 'bytes' | 'files' | 'open'

const errors = new SafeWeakMap<object, Full>()

export function markFull (error: Error, what: Full): void {
  errors.set(error, what)
}

export function fullOf (error: object): Full | undefined {
  return errors.get(error)
}
