/** `timers`. */
import { clearImmediate, setImmediate } from '../immediates.ts'
import { clearTimeout, setInterval, setTimeout } from '../timers.ts'
import { timersPromises } from '../timers-promises.ts'

export default { setTimeout, clearTimeout, setImmediate, clearImmediate, setInterval, clearInterval: clearTimeout, promises: timersPromises }
