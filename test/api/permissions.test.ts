import assert from 'node:assert/strict'
import { canCreateFor, canGiveTo, canManageKeys, canReadLimits, isAdmin, isContrib, isMember, ownerRole, profileOf, readScope, reaches, scopeOf, type AccountRole, type Role, type Session } from '../../api/permissions.ts'
import type { Account, Permission } from '../../store/types.ts'

const ada: Account = { type: 'user', id: 'ada', name: 'Ada' }
const blue: Account = { type: 'organization', id: 'blue', name: 'Blue' }
const blueSales: Account = { ...blue, department: 'sales' }
const red: Account = { type: 'organization', id: 'red', name: 'Red' }

const session = (account: Account, role: Role = 'admin', adminMode = false): Session =>
  ({ user: { id: 'ada', name: 'Ada', email: 'ada@example.org' }, account, role, adminMode })

const keyOf = (account: Account, role: Role = 'admin', processings?: readonly string[]): Session =>
  ({ user: { id: 'k1', name: 'A key' }, account, role, adminMode: false, apiKey: { id: 'k1', ...(processings === undefined ? {} : { processings }) } })

const forMail = (profile: Permission['profile'], email = 'ada@example.org'): Permission => ({ profile, target: { type: 'userEmail', email } })
const forPartner = (profile: Permission['profile'], id: string, ...roles: Role[]): Permission =>
  ({ profile, target: { type: 'partner', organization: { id, name: id }, roles } })

describe('ownerRole(session, owner)', () => {
  it('should be admin for the user who owns (PERM-01)', () => assert.equal(ownerRole(session(ada), ada), 'admin'))
  it('should be undefined for another type or id (PERM-02)', () => {
    assert.equal(ownerRole(session(ada), blue), undefined)
    assert.equal(ownerRole(session(ada), { type: 'organization', id: 'ada' }), undefined)
  })
  it('should be the role in the organisation that owns (PERM-03)', () => assert.equal(ownerRole(session(blue, 'contrib'), blue), 'contrib'))
  it('should be undefined in another department (PERM-04)', () => {
    assert.equal(ownerRole(session({ ...blue, department: 'hr' }), blueSales), undefined)
    assert.equal(ownerRole(session(blueSales), blue), undefined)
  })
  it('should be the role of an API key, of a user\'s account too', () => assert.equal(ownerRole(keyOf(ada, 'user'), ada), 'user'))
  it('should cover the departments from the root of the organisation', () => assert.equal(ownerRole(session(blue), blueSales), 'admin'))
})

describe('isAdmin, isContrib, isMember', () => {
  it('should hold for an owner (PERM-05)', () => assert.ok(isAdmin(session(ada), ada)))
  it('should hold in adminMode, whoever owns (PERM-06)', () => {
    const superAdmin = session(ada, 'admin', true)
    assert.ok(isAdmin(superAdmin, red) && isContrib(superAdmin, red) && isMember(superAdmin, red))
  })
  it('should tell a contributor from an administrator (PERM-07)', () => {
    assert.ok(isContrib(session(blue, 'contrib'), blue) && !isAdmin(session(blue, 'contrib'), blue))
  })
  it('should count any role as membership (PERM-08)', () => {
    for (const role of ['admin', 'contrib', 'user'] as const) assert.ok(isMember(session(blue, role), blue))
  })
  it('should be false for an outsider (PERM-09)', () => {
    assert.ok(!isAdmin(session(ada), blue) && !isContrib(session(ada), blue) && !isMember(session(ada), blue))
  })
})

describe('profileOf(session, shared)', () => {
  it('should be admin for an administrator of the owner (PERM-10)', () => assert.equal(profileOf(session(blue), { owner: blue }), 'admin'))
  it('should be admin in adminMode (PERM-11)', () => assert.equal(profileOf(session(ada, 'admin', true), { owner: red }), 'admin'))
  it('should be read for a contributor (PERM-12)', () => assert.equal(profileOf(session(blue, 'contrib'), { owner: blue }), 'read'))
  it('should be what an e-mail was given (PERM-13)', () => assert.equal(profileOf(session(ada), { owner: red, permissions: [forMail('exec')] }), 'exec'))
  it('should be undefined without a permission that matches (PERM-14)', () => {
    assert.equal(profileOf(session(ada), { owner: red, permissions: [forMail('exec', 'eve@example.org')] }), undefined)
    assert.equal(profileOf(session(blue, 'user'), { owner: blue }), undefined)
  })
  it('should be what a partner organisation was given, for its roles only (PERM-15)', () => {
    const permissions = [forPartner('read', 'blue', 'admin')]
    assert.equal(profileOf(session(blue), { owner: red, permissions }), 'read')
    assert.equal(profileOf(session(blue, 'user'), { owner: red, permissions }), undefined)
    assert.equal(profileOf(session(ada), { owner: red, permissions: [forPartner('read', 'ada', 'admin')] }), undefined)
  })
  it('should be exec for whoever was given read and exec (PERM-16, unlike upstream)', () => {
    assert.equal(profileOf(session(ada), { owner: red, permissions: [forMail('read'), forMail('exec')] }), 'exec')
    assert.equal(profileOf(session(blue, 'contrib'), { owner: blue, permissions: [forMail('exec')] }), 'exec')
  })
  it('should not match a session without an e-mail', () => {
    const nobody: Session = { user: { id: 'x', name: 'X' }, account: ada, role: 'admin', adminMode: false }
    assert.equal(profileOf(nobody, { owner: red, permissions: [forMail('read', '')] }), undefined)
    assert.equal(profileOf({ ...nobody, user: { id: 'x', name: 'X', email: '' } }, { owner: red, permissions: [forMail('read', '')] }), undefined)
  })
  it('should give nothing to a role that is not known here', () => {
    const auditor: Session = { ...session(blue), role: 'other' }
    assert.equal(profileOf(auditor, { owner: blue }), undefined)
    assert.equal(profileOf(auditor, { owner: red, permissions: [forPartner('exec', 'blue', 'admin', 'contrib', 'user', 'other' as Role)] }), undefined)
    assert.ok(isMember(auditor, blue))
  })
  it('should end where the list of an API key ends', () => {
    const key = keyOf(blue, 'admin', ['p1'])
    assert.equal(profileOf(key, { _id: 'p1', owner: blue }), 'admin')
    assert.equal(profileOf(key, { _id: 'r1', processing: { _id: 'p1' }, owner: blue }), 'admin')
    for (const beyond of [{ _id: 'p2' }, { _id: 'p1', processing: { _id: 'p2' } }, {}]) {
      assert.ok(!reaches(key, { ...beyond, owner: blue }))
      assert.equal(profileOf(key, { ...beyond, owner: blue, permissions: [forPartner('exec', 'blue', 'admin')] }), undefined)
    }
  })
})

describe('readScope(session, owner)', () => {
  it('should be everything for administrators and contributors (PERM-17)', () => {
    assert.equal(readScope(session(blue), blue), 'all')
    assert.equal(readScope(session(blue, 'contrib'), blue), 'all')
    assert.equal(readScope(session(ada, 'admin', true), red), 'all')
  })
  it('should respect departments (PERM-18)', () => {
    assert.equal(readScope(session(blueSales), blueSales), 'all')
    assert.equal(readScope(session(blueSales), blue), 'shared')
  })
  it('should be what is shared for everybody else (PERM-19, PERM-20)', () => {
    assert.equal(readScope(session(ada), blue), 'shared')
    assert.equal(readScope(session(blue, 'user'), blue), 'shared')
    assert.equal(readScope(session(blue), red), 'shared')
  })
})

describe('scopeOf(session, owner)', () => {
  it('should be all of the owner for who sees all (PERM-17)', () => {
    assert.deepEqual(scopeOf(session(blue), blue), { owner: { type: 'organization', id: 'blue' } })
  })
  it('should name the department (PERM-18)', () => {
    assert.deepEqual(scopeOf(session(blueSales), blueSales), { owner: { type: 'organization', id: 'blue', department: 'sales' } })
  })
  it('should look for the e-mail address of who is no member (PERM-19)', () => {
    assert.deepEqual(scopeOf(session(ada), blue), { owner: { type: 'organization', id: 'blue' }, sharedWith: { email: 'ada@example.org' } })
  })
  it('should look for the organisation and the role too (PERM-20)', () => {
    assert.deepEqual(scopeOf(session(blue, 'user'), red), { owner: { type: 'organization', id: 'red' }, sharedWith: { email: 'ada@example.org', partner: { organization: 'blue', role: 'user' } } })
  })
  it('should list what an API key reaches', () => {
    assert.deepEqual(scopeOf(keyOf(blue, 'admin', ['p1']), blue), { owner: { type: 'organization', id: 'blue' }, processings: ['p1'] })
    assert.deepEqual(scopeOf(keyOf(ada, 'user'), red), { owner: { type: 'organization', id: 'red' }, sharedWith: {} })
  })
})

describe('what is more than one processing', () => {
  const member = { ...session(ada), organizations: [{ id: 'blue', role: 'admin' }, { id: 'red', role: 'contrib' }, { id: 'green', role: 'admin', department: 'hr' }] } satisfies Session
  const green: Account = { type: 'organization', id: 'green', name: 'Green' }

  it('should be made by administrators, and by keys that reach all (canCreateFor)', () => {
    assert.ok(canCreateFor(session(blue), blueSales) && canCreateFor(keyOf(blue), blue))
    for (const caller of [session(blue, 'contrib'), session(red), keyOf(blue, 'admin', ['p1'])]) assert.ok(!canCreateFor(caller, blue))
  })
  it('should be given where the user is an administrator, in whichever of his organisations (canGiveTo)', () => {
    for (const owner of [ada, blue, blueSales, { ...green, department: 'hr' }]) assert.ok(canGiveTo(member, owner), JSON.stringify(owner))
    for (const owner of [red, green, { ...green, department: 'it' }, { ...ada, id: 'bob' }]) assert.ok(!canGiveTo(member, owner), JSON.stringify(owner))
    assert.ok(canGiveTo(session(ada, 'admin', true), red))
    assert.ok(canGiveTo({ ...member, account: red, role: 'contrib' }, ada))
    assert.ok(!canGiveTo({ ...keyOf(blue), organizations: member.organizations }, green) && !canGiveTo(keyOf(blue, 'admin', ['p1']), blueSales))
  })
  it('should have its keys managed by people (canManageKeys)', () => {
    assert.ok(canManageKeys(session(blue), blue) && canManageKeys(session(ada, 'admin', true), blue))
    for (const caller of [session(blue, 'contrib'), session(blueSales), session(red), keyOf(blue)]) assert.ok(!canManageKeys(caller, blue))
  })
  it('should tell its quota to its members (canReadLimits)', () => {
    for (const account of [ada, blue, red, green]) assert.ok(canReadLimits(member, account))
    assert.ok(canReadLimits(keyOf(blue, 'user'), blue) && canReadLimits(session(red, 'admin', true), ada))
    assert.ok(!canReadLimits(session(blue), red) && !canReadLimits(member, { type: 'user', id: 'bob' }) && !canReadLimits({ ...keyOf(blue), organizations: member.organizations }, red))
  })
})

describe('every caller and every share', () => {
  const roles: readonly AccountRole[] = ['admin', 'contrib', 'user', 'other']
  const accounts = [ada, blue, blueSales, { ...blue, department: 'hr' }, red]
  const shares = [undefined, forMail('read'), forMail('exec'), forMail('exec', 'eve@example.org'), forPartner('read', 'blue', 'admin', 'contrib'), forPartner('exec', 'blue', 'user'), forPartner('exec', 'red', 'admin')]
  const callers: Session[] = accounts.flatMap(account => roles.flatMap(role => [
    { ...session(account), role }, { ...session(account), role, adminMode: true }, { ...keyOf(account), role }, { ...keyOf(account, 'admin', ['p1']), role }, { ...keyOf(account, 'admin', ['p2']), role }
  ]))
  const rank = (caller: Session, owner: Account, permissions: readonly (Permission | undefined)[]): number =>
    [undefined, 'read', 'exec', 'admin'].indexOf(profileOf(caller, { _id: 'p1', owner, permissions: permissions.filter(one => one !== undefined) }))
  const each = (check: (caller: Session, owner: Account, first: Permission | undefined, second: Permission | undefined) => void): void => {
    for (const caller of callers) for (const owner of accounts) for (const first of shares) for (const second of shares) check(caller, owner, first, second)
  }

  it('should have the better of two shares, in any order, and never less than with one', () => {
    each((caller, owner, first, second) => {
      const [one, other, both] = [rank(caller, owner, [first]), rank(caller, owner, [second]), rank(caller, owner, [first, second])]
      assert.equal(both, rank(caller, owner, [second, first]))
      assert.ok(both >= Math.max(one, other), JSON.stringify({ caller, owner, first, second }))
    })
  })

  it('should be an administrator in adminMode, or by his own account; nobody becomes one by a share', () => {
    each((caller, owner, first, second) => {
      assert.equal(rank(caller, owner, [first, second]) === 3, isAdmin(caller, owner) && reaches(caller, { _id: 'p1', owner }))
    })
  })

  it('should have nothing where he is neither a member nor named', () => {
    const isNamed = ({ user, account, role }: Session, share: Permission | undefined): boolean => {
      if (share === undefined) return false
      if (share.target.type === 'userEmail') return user.email === share.target.email
      return account.type === 'organization' && account.id === share.target.organization.id && share.target.roles.includes(role)
    }
    each((caller, owner, first, second) => {
      const may = isMember(caller, owner) || isNamed(caller, first) || isNamed(caller, second)
      if (!may) assert.equal(rank(caller, owner, [first, second]), 0)
    })
  })

  it('should reach nothing with a key that it would not reach without the list of the key', () => {
    each((caller, owner, first, second) => {
      if (caller.apiKey === undefined) return
      const { processings, ...whole } = caller.apiKey
      const [limited, free] = [rank(caller, owner, [first, second]), rank({ ...caller, apiKey: whole }, owner, [first, second])]
      assert.equal(limited, processings === undefined || processings.includes('p1') ? free : 0)
    })
  })
})
