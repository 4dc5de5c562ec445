/** Sessions of simple-directory: whose token it is. */
import { errors, jwtVerify, type JWTPayload } from 'jose'
import type { AccountRole } from '../permissions.ts'
import { DirectoryKeys, type DirectoryKeysOptions } from './directory-keys.ts'

export interface DirectoryOrganization {
  readonly id: string
  readonly name: string
  readonly role: AccountRole
  readonly department?: string
  readonly departmentName?: string
}

/** What a token says of the user. Source: the session of @data-fair/lib. */
export interface DirectoryUser {
  readonly id: string
  readonly name: string
  readonly email?: string
  readonly adminMode: boolean
  /** Made by another service to read on behalf of an account. */
  readonly pseudoSession: boolean
  readonly organizations: readonly DirectoryOrganization[]
}

export interface Directory {
  /** Undefined for a token that is not good, whatever the reason. Throws `DirectoryUnavailable`. */
  userOf (token: string): Promise<DirectoryUser | undefined>
}

export interface DirectoryOptions extends Omit<DirectoryKeysOptions, 'url'> {
  /** Base of simple-directory, as the service reaches it; without a slash at its end. */
  readonly url: string
}

/** simple-directory signs with RSA keys. Whatever else a token names (`none`, an HMAC whose secret would be a public key) is refused. */
const ALGORITHMS = ['RS256']

/** Keys come from the directory alone: what a token says of where its key lies (`jku`, `x5u`, `jwk`) is not read. */
export function createDirectory ({ url, ...options }: DirectoryOptions): Directory {
  const keys = new DirectoryKeys({ ...options, url: `${url}/.well-known/jwks.json` })
  return {
    async userOf (token) {
      try {
        const { payload } = await jwtVerify(token, keys.find, { algorithms: ALGORITHMS, requiredClaims: ['exp'] })
        return readUser(payload)
      } catch (error) {
        if (error instanceof errors.JOSEError) return undefined
        throw error
      }
    }
  }
}

/** Undefined for a token of the directory that is not one of a session (an invitation, the change of a password). */
function readUser (payload: JWTPayload): DirectoryUser | undefined {
  const { id, name, email, adminMode, pseudoSession, organizations } = payload
  if (!isName(id) || !isName(name) || !Array.isArray(organizations)) return undefined
  return {
    id,
    name,
    ...(isName(email) ? { email } : {}),
    adminMode: isTrue(adminMode),
    pseudoSession: isTrue(pseudoSession),
    organizations: organizations.flatMap(readOrganization)
  }
}

/** Some versions of the directory write null for no department. */
function readOrganization (value: unknown): DirectoryOrganization[] {
  if (typeof value !== 'object' || value === null) return []
  const { id, name, role, department, departmentName }: Record<string, unknown> = { ...value }
  if (!isName(id) || typeof role !== 'string') return []
  return [{
    id,
    name: isName(name) ? name : id,
    role: role === 'admin' || role === 'contrib' || role === 'user' ? role : 'other',
    ...(isName(department) ? { department, ...(isName(departmentName) ? { departmentName } : {}) } : {})
  }]
}

/** The directory writes 1 for true. */
function isTrue (value: unknown): boolean {
  return value === 1 || value === true
}

function isName (value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= 1000
}
