import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { quote, reason, reasons, renderReason } from '../../cache/reasons.ts'
import { table } from '../../config/table.ts'

const CACHE = fileURLToPath(new URL('../../cache', import.meta.url))

describe('reasons of the cache', () => {
  it('have the same places in both languages, and name a limit that the configuration has', () => {
    const placesOf = (text: string): string[] => [...text.matchAll(/\{[^}]*\}/g)].map(([place]) => place).sort()
    for (const [code, { fr, en, key }] of Object.entries(reasons)) {
      assert.deepEqual(placesOf(fr), placesOf(en), code)
      assert.equal(en.includes('{raise}'), key !== undefined, code)
      if (key !== undefined) assert.ok(Object.hasOwn(table, key), `${code} names ${key}`)
    }
  })

  it('are all given by the cache, and there are no others', async () => {
    const files = (await readdir(CACHE, { recursive: true })).filter(file => file.endsWith('.ts') && file !== 'reasons.ts')
    const code = (await Promise.all(files.map(file => readFile(join(CACHE, file), 'utf8')))).join('\n')
    for (const name of Object.keys(reasons)) assert.ok(code.includes(`'${name}'`), `nobody gives the reason ${name}`)
    assert.doesNotMatch(code, /new (BuildError|CacheError)\('[a-z-]+',( artefact,)? ['`]/, 'a reason is a code with parameters')
  })

  it('are written as the language does', () => {
    const large = reason('archive-too-large', { limit: 100 * 2 ** 20, found: 1.26 * 2 ** 20 })
    assert.equal(renderReason(large, 'en'), 'the archive is too large (limit 100 MB, found 1.3 MB; an administrator can raise `PLUGIN_ARCHIVE_MB`)')
    assert.equal(renderReason(large, 'fr'), 'elle est trop grande (limite 100 Mo, trouvé 1,3 Mo ; un administrateur peut augmenter `PLUGIN_ARCHIVE_MB`)')
    assert.equal(renderReason(reason('bundle-slow', { limitMs: 1_500 }), 'fr'), "l'assemblage de son code dure plus de 1,5 s (un administrateur peut augmenter `PLUGIN_BUNDLE_SECONDS`)")
    assert.equal(renderReason(reason('dependencies', { why: reason('dependency-absent', { name: 'left-pad', why: reason('not-in-registry') }) }), 'fr'),
      'ses dépendances ne peuvent pas être installées : left-pad : le registre ne le connaît pas')
  })

  it('bound and quote what a stranger named', () => {
    assert.equal(renderReason(reason('entry-twice', { path: 'a\n{raise}' }), 'en'), 'the entry "a\\n{raise}" is there twice')
    assert.ok(quote('x'.repeat(1_000)).length <= 120)
    assert.equal(String(reason('code', { text: 'x'.repeat(5_000) }).params.text).length, 1_000)
  })

  it('of another version give their code', () => {
    assert.equal(renderReason(JSON.parse('{"code":"from-tomorrow","params":{}}'), 'fr'), 'from-tomorrow')
    assert.equal(renderReason(JSON.parse('{"code":"constructor","params":{}}'), 'fr'), 'constructor')
  })
})
