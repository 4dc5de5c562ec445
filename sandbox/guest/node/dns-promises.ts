/** `dns/promises`. */
import { promises } from './dns.ts'

export default promises
