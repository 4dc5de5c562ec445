import assert from 'node:assert/strict'
import { reason, type Reason } from '../../cache/reasons.ts'
import { CacheError, type CacheErrorCode } from '../../cache/types.ts'
import { toRunLimits } from '../../runner/limits.ts'
import { decideOutcome, type CellFate, type NotStarted, type OutcomeFacts } from '../../runner/outcome.ts'
import type { RunError } from '../../sandbox/protocol.ts'
import { outcomeTexts, renderText } from '../../runner/outcome-texts.ts'

const base: OutcomeFacts = { runId: 'run-1', plugin: '@org-plugin-1', owner: 'Ville de Koumoul', limits: toRunLimits() }
const ok = { ok: true } as const
const failed = (error: RunError): OutcomeFacts['result'] => ({ ok: false, error })
const threw = failed({ code: 'plugin-error', message: 'column "x" is missing' })
const full = failed({ code: 'memory-limit' })
const aborted = failed({ code: 'aborted' })
const abuse = failed({ code: 'bridge-abuse', message: 'a message of 20 MB' })
const refused = (code: CacheErrorCode, why = reason('not-in-registry'), detail?: string): NotStarted => ({ by: 'cache', error: new CacheError(code, '@org-plugin-1', why, { detail }) })
const died = (fate: Partial<CellFate> = {}): CellFate => ({ death: { by: 'itself', code: null, signal: 'SIGSEGV', detail: '' }, alone: true, again: false, ...fate })
const killedFor = (reason: 'cell-memory' | 'poisoned' | 'protocol' | 'unresponsive' | 'retired' | 'closing', alone = true): CellFate => died({ death: { by: 'runner', reason }, alone })
const heapAbort = died({ death: { by: 'itself', code: null, signal: 'SIGABRT', detail: 'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory' } })

const decide = (facts: Partial<OutcomeFacts>, locale: 'fr' | 'en' = 'en') => decideOutcome({ ...base, ...facts }, locale)
const codeOf = (facts: Partial<OutcomeFacts>): string => decide(facts).code

describe('outcome: one fact', () => {
  const cases: [string, Partial<OutcomeFacts>, string][] = [
    ['run() returned', { result: ok }, 'finished'],
    ['the registry does not know the plugin', { notStarted: refused('plugin-not-found') }, 'plugin-not-found'],
    ['the account has no access', { notStarted: refused('plugin-forbidden') }, 'plugin-forbidden'],
    ['the registry does not answer', { notStarted: refused('registry-unavailable') }, 'registry-unavailable'],
    ['the registry refuses the platform', { notStarted: refused('registry-misconfigured') }, 'registry-misconfigured'],
    ['the archive is damaged', { notStarted: refused('plugin-corrupt') }, 'plugin-corrupt'],
    ['the archive breaks a rule', { notStarted: refused('plugin-refused') }, 'plugin-refused'],
    ['the package has no entry', { notStarted: refused('plugin-invalid') }, 'plugin-invalid'],
    ['the bundle cannot be evaluated', { result: failed({ code: 'plugin-invalid', message: 'no run()' }) }, 'plugin-invalid'],
    ['the plugin uses what is not there', { result: failed({ code: 'plugin-unsupported', feature: 'child_process' }) }, 'plugin-unsupported'],
    ['the configuration does not fit', { notStarted: { by: 'config', path: '/url', problem: { en: 'must be string', fr: 'doit être de type string' } } }, 'config-invalid'],
    ['run() threw', { result: threw }, 'plugin-error'],
    ['run() threw an HTTP error', { result: failed({ code: 'http-error', message: '404 - Not Found' }) }, 'http-error'],
    ['run() never settled', { result: failed({ code: 'no-result' }) }, 'no-result'],
    ['too much computing', { ended: 'cpu' }, 'cpu-limit'],
    ['too long', { ended: 'wall' }, 'wall-limit'],
    ['heap full', { result: full }, 'memory-limit'],
    ['heap so full that the process aborted', { cellDied: heapAbort }, 'memory-limit'],
    ['process memory', { cellDied: killedFor('cell-memory') }, 'cell-memory'],
    ['the cell fell alone', { cellDied: died() }, 'cell-crash'],
    ['the cell fell with others in it', { cellDied: died({ alone: false }) }, 'cell-lost'],
    ['the cell does not answer any more', { cellDied: killedFor('unresponsive') }, 'cell-crash'],
    ['the cell broke the protocol', { cellDied: killedFor('protocol') }, 'bridge-abuse'],
    ['the breaker is open', { notStarted: { by: 'breaker', count: 3, minutes: 5, until: '2026-03-10T10:00:00Z' } }, 'plugin-paused'],
    ['another run is its trial', { notStarted: { by: 'breaker', count: 3, minutes: 5 } }, 'plugin-paused'],
    ['the disk of the plugin cache is full', { notStarted: refused('internal', reason('cache-failed'), 'ENOSPC') }, 'internal'],
    ['the result is too large', { result: failed({ code: 'result-too-large', bytes: 5e6 }) }, 'result-too-large'],
    ['a message is too large', { result: failed({ code: 'message-limit' }) }, 'message-limit'],
    ['a message too deep', { result: failed({ code: 'message-too-deep', limit: 128 }) }, 'message-too-deep'],
    ['a job too large', { result: failed({ code: 'job-too-large', bytes: 9e7, limitBytes: 3e7 }) }, 'job-too-large'],
    ['too many timers', { result: failed({ code: 'timer-limit' }) }, 'timer-limit'],
    ['a buffer that the heap has no room for', { result: failed({ code: 'plugin-error', name: 'RangeError', message: 'Array buffer allocation failed' }) }, 'memory-limit'],
    ['words of the plugin that only look like it', { result: failed({ code: 'plugin-error', name: 'Error', message: 'Array buffer allocation failed' }) }, 'plugin-error'],
    ['the guest broke the rules of the bridge', { result: abuse }, 'bridge-abuse'],
    ['the runner stops', { stopping: 'asked' }, 'interrupted'],
    ['a person stopped it', { kill: 'cooperative' }, 'killed'],
    ['the quota is used up', { notStarted: { by: 'quota' } }, 'quota-exhausted'],
    ['the quota is used up while it runs', { ended: 'quota', result: { ok: false, error: { code: 'aborted' } } }, 'quota-exhausted'],
    ['deactivated meanwhile', { notStarted: { by: 'inactive' } }, 'inactive'],
    ['an internal error of the sandbox', { result: failed({ code: 'internal', message: 'boom' }) }, 'internal'],
    ['disposed of without a reason', { result: aborted }, 'internal'],
    ['nothing at all', {}, 'internal']
  ]
  for (const [what, facts, code] of cases) it(`${what}: ${code}`, () => assert.equal(codeOf(facts), code))

  it('fills every place of its text', () => {
    for (const [what, facts] of cases) {
      const { code, params } = decide(facts)
      const text = outcomeTexts[`${code}.${String(params.variant)}`] ?? outcomeTexts[code] ?? assert.fail(code)
      for (const [place, name = ''] of text.en.matchAll(/\{(\w+)/g)) assert.notEqual(params[name], undefined, `${what}: nothing for ${place}} of ${code}`)
    }
  })

  it('says why the cache refused a plugin in the language of the reader', () => {
    const why = reason('archive-too-large', { limit: 100 * 2 ** 20, found: 120 * 2 ** 20 })
    const facts = { notStarted: refused('plugin-refused', why) }
    assert.equal(decide(facts, 'fr').message, "L'archive du plugin @org-plugin-1 est refusée : elle est trop grande (limite 100 Mo, trouvé 120 Mo ; un administrateur peut augmenter `PLUGIN_ARCHIVE_MB`).")
    assert.equal(renderText('plugin-refused', JSON.parse(JSON.stringify(decide(facts).params)), 'en'), 'The archive of the plugin @org-plugin-1 is refused: the archive is too large (limit 100 MB, found 120 MB; an administrator can raise `PLUGIN_ARCHIVE_MB`).')
    assert.equal(renderText('plugin-refused', { plugin: 'p', reason: 'kept by an older version' }, 'fr'), "L'archive du plugin p est refusée : kept by an older version.")
  })

  it('never shows control characters of a name that a stranger gave', () => {
    const { message, params } = decide({ notStarted: refused('plugin-invalid', reason('code', { text: 'a\u001b[2Jb\u202e' })) })
    for (const hidden of ['\u001b', '\u202e']) assert.ok(!(message + String((params.reason as Reason).params.text)).includes(hidden))
  })

  it('RUNOP-07 RUNOP-09 RUNOP-10 gives killed, error or finished as status', () => {
    assert.equal(decide({ kill: 'forced' }).status, 'killed')
    assert.equal(decide({ result: threw }).status, 'error')
    assert.equal(decide({ result: ok }).status, 'finished')
    for (const [, facts, code] of cases) {
      const { status } = decide(facts)
      assert.equal(status, code === 'finished' || code === 'killed' ? code : 'error')
    }
  })
})

describe('outcome: which fact wins', () => {
  const pairs: [string, Partial<OutcomeFacts>, string][] = [
    ['RUNOP-08 a kill wins over an error', { kill: 'cooperative', result: threw }, 'killed'],
    ['a kill wins over a normal return', { kill: 'cooperative', result: ok }, 'killed'],
    ['a kill wins over a full heap', { kill: 'forced', result: full }, 'killed'],
    ['a kill wins over a limit', { kill: 'forced', ended: 'wall', result: aborted }, 'killed'],
    ['a kill wins over the death of the cell', { kill: 'forced', cellDied: killedFor('poisoned') }, 'killed'],
    ['a kill wins over a stop of the runner', { kill: 'cooperative', stopping: 'asked' }, 'killed'],
    ['a kill wins over what prevented the start', { kill: 'cooperative', notStarted: refused('plugin-not-found') }, 'killed'],
    ['a full heap wins over "aborted" by the CPU limit', { ended: 'cpu', result: full }, 'memory-limit'],
    ['a full heap wins over the duration', { ended: 'wall', result: full }, 'memory-limit'],
    ['a full heap wins over process memory', { result: full, cellDied: killedFor('cell-memory') }, 'memory-limit'],
    ['a full heap wins over a stop of the runner', { result: full, stopping: 'asked' }, 'memory-limit'],
    ['an abort of V8 for lack of heap wins over a crash', { cellDied: heapAbort }, 'memory-limit'],
    ['an abort of V8 convicts nobody while others are in the cell', { cellDied: { ...heapAbort, alone: false } }, 'cell-lost'],
    ['process memory convicts nobody while others are in the cell', { cellDied: killedFor('cell-memory', false) }, 'cell-lost'],
    ['a broken protocol convicts nobody while others are in the cell', { cellDied: killedFor('protocol', false) }, 'cell-lost'],
    ['broken rules win over a normal return', { result: ok, cellDied: killedFor('protocol') }, 'bridge-abuse'],
    ['broken rules win over a full heap', { result: full, cellDied: killedFor('protocol') }, 'bridge-abuse'],
    ['process memory wins over "aborted"', { result: aborted, cellDied: killedFor('cell-memory') }, 'cell-memory'],
    ['broken rules win over a limit', { result: abuse, ended: 'wall' }, 'bridge-abuse'],
    ['a normal return wins over a limit that came too late', { result: ok, ended: 'wall' }, 'finished'],
    ['a normal return wins over the later death of the cell', { result: ok, cellDied: killedFor('cell-memory') }, 'finished'],
    ['a normal return wins over a stop that only waited', { result: ok, stopping: 'waited' }, 'finished'],
    ['a return after stop() says nothing of the work', { result: ok, stopping: 'asked' }, 'interrupted'],
    ['the CPU limit wins over "aborted"', { ended: 'cpu', result: aborted }, 'cpu-limit'],
    ['the CPU limit wins over the cell killed for it', { ended: 'cpu', cellDied: killedFor('poisoned') }, 'cpu-limit'],
    ['the duration wins over an error that stop() caused', { ended: 'wall', result: threw }, 'wall-limit'],
    ['a limit wins over a stop of the runner', { ended: 'wall', stopping: 'asked' }, 'wall-limit'],
    ['a stop of the runner wins over an error that it caused', { stopping: 'asked', result: threw }, 'interrupted'],
    ['a stop of the runner wins over "aborted"', { stopping: 'waited', result: aborted }, 'interrupted'],
    ['a stop of the runner wins over cells killed for it', { stopping: 'asked', cellDied: killedFor('closing') }, 'interrupted'],
    ['cells closed by the runner mean that it stops', { cellDied: killedFor('closing', false) }, 'interrupted'],
    ['a build cut by a stop is no fault of the platform', { stopping: 'waited', notStarted: refused('internal') }, 'interrupted'],
    ['a download cut by a stop is no fault of the registry', { stopping: 'waited', notStarted: refused('registry-unavailable') }, 'interrupted'],
    ['a plugin that does not exist stays so while the runner stops', { stopping: 'waited', notStarted: refused('plugin-not-found') }, 'plugin-not-found'],
    ['an error of the plugin wins over the later death of its cell', { result: threw, cellDied: died() }, 'plugin-error'],
    ['an error of the plugin wins over cell memory seen later', { result: threw, cellDied: killedFor('cell-memory') }, 'plugin-error'],
    ['the death of the cell wins over "aborted"', { result: aborted, cellDied: died() }, 'cell-crash'],
    ['the death of the cell wins over an internal error', { result: failed({ code: 'internal', message: 'pipe' }), cellDied: died() }, 'cell-crash']
  ]
  for (const [what, facts, code] of pairs) it(what, () => assert.equal(codeOf(facts), code))
})

describe('outcome: what a person reads', () => {
  it("keeps the plugin's own words, in full up to 10,000 bytes, and harmless", () => {
    assert.equal(decide({ result: threw }).message, 'column "x" is missing')
    const { message } = decide({ result: failed({ code: 'plugin-error', message: '\x1b[31mred\x1b[0m\r{key} \x07' + 'é'.repeat(20_000) }) })
    assert(message.startsWith('red\\x0d{key} \\x07é'))
    assert(Buffer.byteLength(message) <= 10_000)
    assert.match(message, /… \(\+\d+ bytes\)$/)
  })

  it('gives limit, use and key', () => {
    assert.equal(decide({ ended: 'cpu', cpuMs: 301_234 }).message, 'The run used 301 s of computing time, the limit is 300 s. An administrator can raise `RUN_CPU_SECONDS`.')
    assert.equal(decide({ ended: 'wall' }, 'fr').message, 'Le traitement a duré plus que la limite de 1 h. Un administrateur peut augmenter `RUN_WALL_SECONDS`.')
    assert.equal(decide({ result: full }, 'fr').message, 'Le traitement a dépassé la limite de mémoire (tas JavaScript) allouée à la tâche (256MB). Un administrateur peut augmenter `RUN_HEAP_MB`.')
  })

  it('never shows less use than the limit that was passed', () => {
    assert.equal(decide({ ended: 'cpu', cpuMs: 299_000 }).params.usedMs, 300_000)
  })

  it('says who has no access', () => {
    assert.match(decide({ notStarted: refused('plugin-forbidden') }).message, /account Ville de Koumoul has no access/)
  })

  it('names a missing entry as upstream, in either language', () => {
    const facts = { notStarted: refused('plugin-invalid', reason('missing-entry', { path: 'src/index.ts' })) }
    assert.equal(decide(facts, 'fr').message, 'Le plugin @org-plugin-1 ne peut pas être chargé : fichier source manquant : src/index.ts.')
    assert.equal(decide(facts).message, 'The plugin @org-plugin-1 cannot be loaded: missing source file: src/index.ts.')
  })

  it('says that the run was repeated only when it was', () => {
    assert.doesNotMatch(decide({ cellDied: died() }).message, /again/)
    assert.match(decide({ cellDied: died({ again: true }) }).message, /run again alone and did so again/)
  })

  it('says by force only when it was', () => {
    assert.equal(decide({ kill: 'cooperative' }, 'fr').message, "L'exécution a été interrompue")
    assert.equal(decide({ kill: 'forced', graceMs: 20_000 }, 'fr').message, "L'exécution a été arrêtée de force après 20 s.")
  })

  it('takes the code of what a broker refused when the plugin did not catch it', () => {
    const refusal = { code: 'network-denied', params: { host: 'db.internal', reason: 'private-address' }, message: 'Access to db.internal is refused (private address).' } as const
    const uncaught = failed({ code: 'plugin-error', message: `fetch failed: ${refusal.message}` })
    assert.equal(codeOf({ refusal, result: uncaught }), 'network-denied')
    assert.equal(decide({ refusal, result: uncaught }, 'fr').message, "L'accès à db.internal est refusé (adresse privée). Un administrateur peut ouvrir une adresse par `EGRESS_ALLOW`.")
    assert.equal(codeOf({ refusal, result: threw }), 'plugin-error')
    const asCause = failed({ code: 'plugin-error', message: 'wrapped', stack: `Error: wrapped\nCaused by: Error: ${refusal.message}` })
    assert.equal(codeOf({ refusal, result: asCause }), 'network-denied')
  })

  it('keeps what only operators may see apart', () => {
    const cases: Partial<OutcomeFacts>[] = [
      { notStarted: refused('registry-unavailable', reason('unreachable'), 'ECONNREFUSED 10.0.0.7:8080') },
      { cellDied: died({ death: { by: 'itself', code: null, signal: 'SIGKILL', detail: 'secret detail' } }) },
      { internalError: new Error('at /srv/app/runner/run.ts') },
      { result: failed({ code: 'internal', message: 'secret detail' }) }
    ]
    for (const facts of cases) {
      const { message, params, adminDetail } = decide(facts)
      assert(adminDetail !== undefined)
      assert.doesNotMatch(message + JSON.stringify(params), /10\.0\.0\.7|SIGKILL|\/srv|secret detail/)
    }
    assert.match(decide(cases[1] as Partial<OutcomeFacts>).adminDetail ?? '', /SIGKILL, sent by the system, most often because/)
  })

  it('gives a reference for our own faults', () => {
    assert.match(decide({ internalError: new Error('x') }).message, /reference run-1/)
  })

  it('has params that survive JSON, so that a reader can have the text in his language later', () => {
    for (const facts of [{ ended: 'cpu' }, { result: threw }, { kill: 'forced', graceMs: 3_000 }] as const) {
      const { params } = decide(facts)
      assert.deepEqual(JSON.parse(JSON.stringify(params)), params)
    }
  })
})
