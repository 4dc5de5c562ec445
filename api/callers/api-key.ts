/** What an API key looks like, and how it is kept: as a hash. 256 random bits need no salt, and no slow hash. */
import { createHash, randomBytes } from 'node:crypto'

const PREFIX = 'viv_'

export function newApiKey (): string {
  return PREFIX + randomBytes(32).toString('base64url')
}

/** The prefix tells an API key from the super-admin's key, and lets scanners find a key that leaked. */
export function isApiKey (key: string): boolean {
  return key.startsWith(PREFIX)
}

export function hashOfKey (key: string): string {
  return createHash('sha256').update(key).digest('hex')
}
