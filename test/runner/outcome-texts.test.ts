import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { outcomeTexts, renderHint, renderText } from '../../runner/outcome-texts.ts'

const RUNNER = fileURLToPath(new URL('../../runner', import.meta.url))
/** Codes of a CacheError, which the runner passes on as they are. */
const FROM_CACHE = new Set(['plugin-not-found', 'plugin-forbidden', 'registry-unavailable', 'registry-misconfigured', 'plugin-corrupt', 'plugin-refused', 'plugin-invalid'])
/** What people were promised to read (docs/architecture.md tells the path of a run). */
const DESIGNED = [
  ...FROM_CACHE, 'finished', 'plugin-unsupported', 'config-invalid', 'plugin-error', 'http-error', 'no-result', 'cpu-limit', 'wall-limit', 'memory-limit', 'cell-memory', 'cell-crash',
  'plugin-paused', 'log-limit', 'disk-limit', 'network-denied', 'network-limit', 'result-too-large', 'interrupted', 'resumed', 'killed', 'quota-exhausted', 'inactive', 'internal'
]

describe('outcome texts', () => {
  it("keeps upstream's French sentences to the letter", () => {
    const sentences: [string, Record<string, unknown>, string][] = [
      ['finished', {}, "L'exécution est terminée"],
      ['killed', {}, "L'exécution a été interrompue"],
      ['interrupted', {}, 'le traitement a été interrompu suite à une opération de maintenance'],
      ['resumed', {}, 'Reprise après interruption.'],
      ['inactive', {}, 'le traitement a été désactivé'],
      ['quota-exhausted', {}, 'le temps de traitement autorisé est épuisé'],
      ['http-retry', { attempt: 1, method: 'get', url: '/x', message: '500 - KO' }, 'tentative 1 de requête get /x : 500 - KO']
    ]
    for (const [code, params, text] of sentences) assert.equal(renderText(code, params, 'fr'), text)
    for (const code of ['plugin-not-found', 'plugin-forbidden']) {
      assert(renderText(code, { plugin: 'p', owner: 'o' }, 'fr').startsWith("Le plugin p n'est plus disponible (supprimé ou accès retiré). "))
    }
    assert(renderText('registry-unavailable', {}, 'fr').startsWith('Le registre des plugins est temporairement indisponible. '))
  })

  it('has the same places in both languages', () => {
    const placesOf = (text: string): string[] => [...text.matchAll(/\{[^}]*\}/g)].map(([place]) => place).sort()
    for (const [key, { fr, en }] of Object.entries(outcomeTexts)) assert.deepEqual(placesOf(fr), placesOf(en), key)
  })

  it('is complete: each code that a run can end with has its text, and each text is said by somebody', async () => {
    const files = (await readdir(RUNNER, { recursive: true })).filter(file => file.endsWith('.ts') && file !== 'outcome-texts.ts')
    const code = (await Promise.all(files.map(file => readFile(join(RUNNER, file), 'utf8')))).join('\n')
    for (const key of Object.keys(outcomeTexts)) {
      if (key.startsWith('hint.')) {
        assert.ok(Object.hasOwn(outcomeTexts, key.slice('hint.'.length)), `${key} is the hint of nothing`)
        continue
      }
      const [name, variant] = key.split('.')
      if (!FROM_CACHE.has(name ?? '')) assert.match(code, new RegExp(`['\`]${name}['\`]`), `nobody says ${name}`)
      if (variant !== undefined) assert.match(code, new RegExp(`['\`]${variant}['\`]`), `nobody says ${key}`)
    }
    for (const name of DESIGNED) assert.ok(Object.hasOwn(outcomeTexts, name), `${name} has no text`)
  })

  it('writes numbers, sizes, durations and dates as the language does', () => {
    assert.equal(renderText('log-limit', { limitEntries: 10_000, limitBytes: 10_485_760, dropped: 1_234, key: 'RUN_LOG_ENTRIES' }, 'en'),
      'The log reached its limit (10,000 lines or 10 MB): 1,234 lines were not kept. An administrator can raise `RUN_LOG_ENTRIES`.')
    assert.match(renderText('log-limit', { limitEntries: 10_000, limitBytes: 65_536, dropped: 1_234 }, 'fr'), /^Le journal a atteint sa limite \(10.000 lignes ou 64 Ko\) : 1.234 lignes n'ont pas été gardées\.$/)
    const limit = (limitMs: number): string => renderText('wall-limit', { limitMs }, 'en')
    assert.deepEqual([90_000, 600_000, 3_600_000, 86_400_000].map(limit), ['90 s', '10 min', '1 h', '24 h'].map(text => `The run lasted longer than the limit of ${text}.`))
    assert.match(renderText('plugin-paused', { plugin: 'p', count: 3, minutes: 5, until: '2026-03-10T10:30:00Z' }, 'fr'), /jusqu'à 10\/03\/2026 10:30 UTC\.$/)
  })

  it('says what a plugin can use instead', () => {
    assert.match(renderText('plugin-unsupported', { plugin: 'p', feature: 'node:net.connect' }, 'en'), /Use fetch, http, https or context\.axios\.$/)
    assert.match(renderText('plugin-unsupported', { plugin: 'p', feature: '__proto__' }, 'fr'), /Demandez à l'éditeur/)
  })

  it('puts parameters in once: what they contain is never read as a place', () => {
    assert.equal(renderText('plugin-error', { message: '{key|raise} $& {message}' }, 'en'), '{key|raise} $& {message}')
  })

  it('leaves no place behind when a parameter is missing or of a wrong type', () => {
    assert.doesNotMatch(renderText('cpu-limit', { usedMs: 'x' }, 'en'), /[{}]|undefined|NaN/)
  })

  it('gives the message, else the name, of a code that it does not know', () => {
    assert.equal(renderText('from-tomorrow', { message: 'a sentence' }, 'en'), 'a sentence')
    assert.equal(renderText('from-tomorrow', {}, 'en'), 'from-tomorrow')
    assert.equal(renderText('constructor', {}, 'en'), 'constructor')
    assert.equal(renderHint('finished', 'en'), undefined)
    assert.match(renderHint('no-result', 'fr') ?? '', /promesse/)
  })
})
