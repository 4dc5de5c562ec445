import assert from 'node:assert/strict'
import { assertConforms, type Exchange } from './conformity.ts'

const health: Exchange = { method: 'GET', path: '/healthz', status: 200, type: 'application/json; charset=utf-8', text: '{"status":"ok","store":{"ok":true,"ms":1}}' }

describe('assertConforms(exchange)', () => {
  it('should take what is documented', () => {
    assertConforms(health)
    assertConforms({ ...health, path: '/healthz?a=b', status: 400, type: 'text/plain', text: 'Unknown parameter' })
  })

  const wrong: [string, Partial<Exchange>, RegExp][] = [
    ['a status', { status: 201 }, /GET \/healthz: 201 is not documented/],
    ['a type', { type: 'text/html' }, /the type "text\/html" is not documented/],
    ['a field', { text: '{"status":"ok","store":{"ok":true,"ms":1,"secret":"x"}}' }, /must NOT have additional properties .*secret/],
    ['a value', { text: '{"status":"fine","store":{"ok":true,"ms":1}}' }, /must be equal to one of the allowed values/],
    ['a missing field', { text: '{"status":"ok"}' }, /must have required property 'store'/],
    ['a body where none is', { method: 'DELETE', path: '/api/v1/processings/x', status: 204, type: '', text: 'gone' }, /no content is documented/],
    ['a body that was taken against the document', { method: 'PATCH', path: '/api/v1/processings/x', sent: { superadmin: true }, text: JSON.stringify({ _id: 'x', title: 't', plugin: 'p', owner: { type: 'user', id: 'a', name: 'A' }, scheduling: [], created: { id: 'a', name: 'A', date: '2026-01-01T00:00:00.000Z' }, updated: { id: 'a', name: 'A', date: '2026-01-01T00:00:00.000Z' } }) }, /what was sent does not fit/],
    ['an answer of a route that the table does not have', { path: '/hidden' }, /no route of the table/]
  ]
  for (const [what, change, message] of wrong) {
    it(`should refuse ${what} that is not`, () => assert.throws(() => assertConforms({ ...health, ...change }), message))
  }
})
