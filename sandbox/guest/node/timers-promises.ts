/** `timers/promises`. */
import { timersPromises } from '../timers-promises.ts'

export default timersPromises
