/** Who may do what. Pure: every rule about accounts, roles, keys and shares is here (data-fair/processings v6, PERM-01 to PERM-20). */
import type { Account, AccountKey, Grantee, OwnerFilter, Permission, Scope } from '../store/types.ts'

export type Role = 'admin' | 'contrib' | 'user'

/** A directory may know roles that mean nothing here: whoever has one is a member without rights. */
export type AccountRole = Role | 'other'

/** What a caller may do with a processing and its runs; each holds the next. */
export type Profile = 'admin' | 'exec' | 'read'

interface Membership {
  /** Of the organisation. */
  readonly id: string
  readonly role: AccountRole
  readonly department?: string
}

export interface Session {
  readonly user: { readonly id: string, readonly name: string, readonly email?: string }
  /** On whose behalf the caller acts. */
  readonly account: Account
  /** Role of the caller in that account. */
  readonly role: AccountRole
  /** A super-admin who acts as such: everything is allowed. */
  readonly adminMode: boolean
  /** The organisations of a user who has signed in, the current one included. */
  readonly organizations?: readonly Membership[]
  /** The caller is a program that holds a key of the account. `processings`: the only ones that the key reaches. */
  readonly apiKey?: { readonly id: string, readonly processings?: readonly string[] }
}

/** A processing, or a run (which names its processing). */
export interface Shared {
  readonly _id?: string
  readonly processing?: { readonly _id: string }
  readonly owner: Account
  readonly permissions?: readonly Permission[]
}

/**
 * The caller's role for an owner, undefined when he is none of its members. A session at the root of an organisation covers its
 * departments; a session in a department covers that department alone.
 */
export function ownerRole (session: Session, owner: OwnerFilter): AccountRole | undefined {
  const { account } = session
  if (account.type !== owner.type || account.id !== owner.id) return undefined
  if (account.department !== undefined && account.department !== owner.department) return undefined
  return session.role
}

export function isAdmin (session: Session, owner: OwnerFilter): boolean {
  return session.adminMode || ownerRole(session, owner) === 'admin'
}

export function isContrib (session: Session, owner: OwnerFilter): boolean {
  return isAdmin(session, owner) || ownerRole(session, owner) === 'contrib'
}

export function isMember (session: Session, owner: OwnerFilter): boolean {
  return session.adminMode || ownerRole(session, owner) !== undefined
}

/** Undefined: no right at all. Unlike upstream, whoever was given read and exec has exec (W20). */
export function profileOf (session: Session, shared: Shared): Profile | undefined {
  if (!reaches(session, shared)) return undefined
  if (isAdmin(session, shared.owner)) return 'admin'
  const given = (shared.permissions ?? []).filter(permission => isTarget(session, permission)).map(permission => permission.profile)
  if (given.includes('exec')) return 'exec'
  if (given.includes('read')) return 'read'
  return isContrib(session, shared.owner) ? 'read' : undefined
}

/** False for what lies beyond the list of an API key: to the key it does not exist. */
export function reaches ({ apiKey }: Session, { _id, processing }: Shared): boolean {
  return apiKey?.processings === undefined || apiKey.processings.includes(processing?._id ?? _id ?? '')
}

/** May start and stop runs. */
export function canExecute (profile: Profile | undefined): boolean {
  return profile === 'admin' || profile === 'exec'
}

/** What a caller sees of an owner's documents: all of them, or only those whose permissions name him. */
export function readScope (session: Session, owner: OwnerFilter): 'all' | 'shared' {
  return isContrib(session, owner) ? 'all' : 'shared'
}

/** `readScope` for the store, within the reach of an API key. */
export function scopeOf (session: Session, { type, id, department }: OwnerFilter): Scope {
  const owner = { type, id, ...(department === undefined ? {} : { department }) }
  return {
    owner,
    ...(readScope(session, owner) === 'all' ? {} : { sharedWith: granteeOf(session) }),
    ...(session.apiKey?.processings === undefined ? {} : { processings: session.apiKey.processings })
  }
}

/** A key that reaches some processings only makes no others. */
export function canCreateFor (session: Session, owner: OwnerFilter): boolean {
  return isAdmin(session, owner) && session.apiKey?.processings === undefined
}

/**
 * To whom an administrator of a processing may give it: to himself, and wherever he is an administrator, in whichever of his
 * organisations. Upstream forgets adminMode here (W11).
 */
export function canGiveTo (session: Session, owner: OwnerFilter): boolean {
  if (isAdmin(session, owner)) return session.apiKey?.processings === undefined
  if (session.apiKey !== undefined) return false
  if (owner.type === 'user') return owner.id === session.user.id
  return (session.organizations ?? []).some(({ id, role, department }) =>
    id === owner.id && role === 'admin' && (department === undefined || department === owner.department))
}

/** May make, see and revoke the API keys of an account. A key may not: one that leaked would outlive its end. */
export function canManageKeys (session: Session, owner: OwnerFilter): boolean {
  return session.apiKey === undefined && isAdmin(session, owner)
}

/** The audit trail of an account. A key that reaches some processings only would see what others are about. */
export function canReadAudit (session: Session, owner: OwnerFilter): boolean {
  return isAdmin(session, owner) && session.apiKey?.processings === undefined
}

/** The quota of an account is for its members, whichever account they act for. */
export function canReadLimits (session: Session, { type, id }: AccountKey): boolean {
  if (session.adminMode) return true
  if (session.account.type === type && session.account.id === id) return true
  if (session.apiKey !== undefined) return false
  return type === 'user' ? session.user.id === id : (session.organizations ?? []).some(organization => organization.id === id)
}

function isTarget (session: Session, { target }: Permission): boolean {
  const { email, partner } = granteeOf(session)
  if (target.type === 'userEmail') return email !== undefined && email === target.email
  return partner !== undefined && partner.organization === target.organization.id && target.roles.includes(partner.role)
}

/** As whom permissions may name the caller. */
function granteeOf ({ user, account, role }: Session): Grantee {
  return {
    ...(user.email === undefined || user.email === '' ? {} : { email: user.email }),
    ...(account.type === 'organization' && role !== 'other' ? { partner: { organization: account.id, role } } : {})
  }
}
