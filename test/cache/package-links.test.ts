import assert from 'node:assert/strict'
import { PackageLinks } from '../../cache/package-links.ts'

describe('PackageLinks.real(path)', () => {
  const links = new PackageLinks([['node_modules/a', 'packages/a'], ['packages/a/node_modules/b', 'packages/b'], ['bin', 'packages/b/cli.js']])

  it('follows the links on the way, one after the other, and those alone', () => {
    for (const [path, real] of [
      ['node_modules/a/i.js', 'packages/a/i.js'],
      ['node_modules/a', 'packages/a'],
      ['node_modules/a/node_modules/b/lib/x.js', 'packages/b/lib/x.js'],
      ['bin', 'packages/b/cli.js'],
      ['node_modules/ab/i.js', 'node_modules/ab/i.js'],
      ['binary', 'binary'],
      ['packages/a/i.js', 'packages/a/i.js']
    ] as const) assert.equal(links.real(path), real)
  })

  it('answers the path itself where there are none', () => {
    assert.equal(new PackageLinks().real('node_modules/a/i.js'), 'node_modules/a/i.js')
  })
})
