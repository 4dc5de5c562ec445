/** Who may do what. Pure: every rule about accounts, roles and shares is here (data-fair/processings v6, PERM-01 to PERM-20). */
import type { Account, OwnerFilter, Permission } from '../store/types.ts'

export type Role = 'admin' | 'contrib' | 'user'

/** What a caller may do with a processing and its runs; each holds the next. */
export type Profile = 'admin' | 'exec' | 'read'

export interface Session {
  readonly user: { readonly id: string, readonly name: string, readonly email?: string }
  /** On whose behalf the caller acts. */
  readonly account: Account
  /** Role of the caller in that account. */
  readonly role: Role
  /** A super-admin who acts as such: everything is allowed. */
  readonly adminMode: boolean
}

export interface Shared {
  readonly owner: Account
  readonly permissions?: readonly Permission[]
}

/**
 * The caller's role for an owner, undefined when he is none of its members. A session at the root of an organisation covers its
 * departments; a session in a department covers that department alone.
 */
export function ownerRole (session: Session, owner: OwnerFilter): Role | undefined {
  const { account } = session
  if (account.type !== owner.type || account.id !== owner.id) return undefined
  if (account.type === 'user') return 'admin'
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
  if (isAdmin(session, shared.owner)) return 'admin'
  const given = (shared.permissions ?? []).filter(permission => isTarget(session, permission)).map(permission => permission.profile)
  if (given.includes('exec')) return 'exec'
  if (given.includes('read')) return 'read'
  return isContrib(session, shared.owner) ? 'read' : undefined
}

/** May start and stop runs. */
export function canExecute (profile: Profile | undefined): boolean {
  return profile === 'admin' || profile === 'exec'
}

/** What a caller sees of an owner's documents: all of them, or only those whose permissions name him. */
export function readScope (session: Session, owner: OwnerFilter): 'all' | 'shared' {
  return isContrib(session, owner) ? 'all' : 'shared'
}

function isTarget (session: Session, { target }: Permission): boolean {
  if (target.type === 'userEmail') return session.user.email !== undefined && session.user.email === target.email
  return session.account.type === 'organization' && session.account.id === target.organization.id && target.roles.includes(session.role)
}
