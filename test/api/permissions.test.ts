import assert from 'node:assert/strict'
import { isAdmin, isContrib, isMember, ownerRole, profileOf, readScope, type Role, type Session } from '../../api/permissions.ts'
import type { Account, Permission } from '../../store/types.ts'

const ada: Account = { type: 'user', id: 'ada', name: 'Ada' }
const blue: Account = { type: 'organization', id: 'blue', name: 'Blue' }
const blueSales: Account = { ...blue, department: 'sales' }
const red: Account = { type: 'organization', id: 'red', name: 'Red' }

const session = (account: Account, role: Role = 'admin', adminMode = false): Session =>
  ({ user: { id: 'ada', name: 'Ada', email: 'ada@example.org' }, account, role, adminMode })

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
