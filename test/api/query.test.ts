import assert from 'node:assert/strict'
import { readPage, readScopeOf, readSort } from '../../api/query.ts'
import type { Session } from '../../api/permissions.ts'

const session = (adminMode: boolean): Session =>
  ({ user: { id: 'ada', name: 'Ada' }, account: { type: 'organization', id: 'blue', name: 'Blue' }, role: 'admin', adminMode })

const pageOf = (query: Record<string, string>) => {
  const { size, skip } = readPage(query, [])
  return [size, skip]
}

describe('readSort(text, sortable)', () => {
  it('should be empty without a text (FIND-01)', () => assert.deepEqual(readSort(undefined, []), []))
  it('should read one key (FIND-02)', () => assert.deepEqual(readSort('title:1', ['title']), [['title', 1]]))
  it('should read several, with their directions (FIND-03)', () => {
    assert.deepEqual(readSort('title:1,createdAt:-1', ['title', 'createdAt']), [['title', 1], ['createdAt', -1]])
  })
  it('should refuse what is not offered', () => assert.throws(() => readSort('secrets:1', ['title']), { code: 'bad-parameter' }))
})

describe('readPage(query, sortable)', () => {
  it('should be the first ten by default (FIND-04)', () => assert.deepEqual(pageOf({}), [10, 0]))
  it('should take a size, and ignore what is none (FIND-05)', () => {
    assert.deepEqual(pageOf({ size: '25' }), [25, 0])
    assert.deepEqual(pageOf({ size: 'garbage' }), [10, 0])
  })
  it('should prefer skip to page (FIND-06)', () => assert.deepEqual(pageOf({ size: '20', page: '3', skip: '50' }), [20, 50]))
  it('should fall back to page (FIND-07)', () => assert.deepEqual(pageOf({ size: '20', page: '3' }), [20, 40]))
  it('should take a wrong skip for none (FIND-08)', () => assert.deepEqual(pageOf({ size: '20', page: '3', skip: 'NaN' }), [20, 40]))
  it('should give 10,000 at most', () => {
    assert.deepEqual(pageOf({ size: '10000' }), [10_000, 0])
    assert.throws(() => pageOf({ size: '10001' }), { code: 'bad-parameter' })
  })
})

describe('readScopeOf(query, session)', () => {
  it('should be the session\'s account by default (FIND-12)', () => {
    assert.deepEqual(readScopeOf({}, session(false), false), { owner: { type: 'organization', id: 'blue' } })
  })
  it('should keep showAll to super-admins (FIND-13, FIND-14)', () => {
    assert.throws(() => readScopeOf({ showAll: 'true' }, session(false), false), { message: 'Only super admins can override permissions filter with showAll parameter' })
    assert.deepEqual(readScopeOf({ showAll: 'true' }, session(true), false), undefined)
  })
  it('should take an owner, with its department (FIND-15)', () => {
    assert.deepEqual(readScopeOf({ owner: 'organization:blue:sales' }, session(false), false), { owner: { type: 'organization', id: 'blue', department: 'sales' } })
    assert.deepEqual(readScopeOf({ owner: 'organization:red' }, session(false), false), { owner: { type: 'organization', id: 'red' }, sharedWith: { partner: { organization: 'blue', role: 'admin' } } })
    assert.deepEqual(readScopeOf({ owner: 'organization:red', showAll: 'true' }, session(true), false), { owner: { type: 'organization', id: 'red' } })
  })
  it('should refuse another type of owner (FIND-16)', () => {
    assert.throws(() => readScopeOf({ owner: 'group:abc' }, session(false), false), { message: 'Owner type must be user or organization' })
  })
})
