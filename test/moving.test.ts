import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { configKeys, configWarnings, loadConfig } from '../config.ts'
import { formerNames } from '../config/rules.ts'

/** Every variable that data-fair/processings v6 reads (API and worker). */
const UPSTREAM = `CIPHER_PASSWORD DATA_DIR TMP_DIR DEFAULT_LIMITS_PROCESSINGS_SECONDS MONGO_URL PLUGIN_CATEGORIES PORT PRIVATE_DIRECTORY_URL
PRIVATE_EVENTS_URL PRIVATE_REGISTRY_URL SECRET_LIMITS SECRET_EVENTS SECRET_IDENTITIES SECRET_REGISTRY OBSERVER_ACTIVE OBSERVER_PORT NPM_HTTPS_PROXY HTTPS_PROXY
DATA_FAIR_API_KEY DATA_FAIR_ADMIN_MODE DATA_FAIR_URL PRIVATE_DATA_FAIR_URL GET_FROM_PRIVATE_DATA_FAIR_URL MAILS_TRANSPORT MAX_FAILURES MAX_FAILURES_COOLDOWN
LOCKS_TTL RUNS_RETENTION WORKER_INTERVAL WORKER_INACTIVE_INTERVAL WORKER_INACTIVITY_DELAY WORKER_KILL_INTERVAL WORKER_CONCURRENCY WORKER_GRACE_PERIOD
WORKER_TASK_MAX_HEAP_MB WORKER_TASK_MEMORY_SAMPLE_INTERVAL_MS WORKER_TASK_MEMORY_HEADROOM_WARN_PCT WORKER_TASK_EXTERNAL_SAMPLER_ENABLED
IGNORE_ASSERT_REQ_INTERNAL NODE_ENV DEBUG`.split(/\s+/)

/** Other programs and Node itself read these too: no warning is given about them. */
const EVERYBODYS = ['HTTPS_PROXY', 'NODE_ENV', 'DEBUG']

describe('docs/moving-from-processings.md', () => {
  let rows: string[][]
  before(async () => {
    const text = await readFile(new URL('../docs/moving-from-processings.md', import.meta.url), 'utf8')
    rows = [...text.matchAll(/^\| `([A-Z_]+)` \| ([^|]*) \| ?([^|]*) ?\|$/gm)].map(([, ...cells]) => cells.map(cell => cell.trim()))
  })

  it('has every variable of upstream, once', () => {
    assert.deepEqual(rows.map(([name]) => name).sort(), [...UPSTREAM].sort())
  })

  it('says «the same» of keys of ours, and only of these', () => {
    const keys: readonly string[] = configKeys
    assert.deepEqual(rows.filter(([, here]) => here === 'the same').map(([name]) => name), rows.map(([name]) => name).filter(name => keys.includes(name ?? '')))
  })

  it('says of the others why they have no effect, as the start does', () => {
    const others = rows.filter(([, here]) => here !== 'the same')
    assert.ok(others.every(([, here]) => here === 'no effect'))
    for (const [name = '', , reason] of others) {
      if (EVERYBODYS.includes(name)) continue
      assert.equal(reason, formerNames[name], name)
      assert.deepEqual(configWarnings({ [name]: '1' }), [`${name} has no effect: ${reason}.`])
      assert.doesNotThrow(() => loadConfig({ [name]: '1' }))
    }
    assert.deepEqual(Object.keys(formerNames).filter(name => !UPSTREAM.includes(name)), [], 'and no name that upstream does not have')
  })

  it('names no key that does not exist', async () => {
    const text = await readFile(new URL('../docs/moving-from-processings.md', import.meta.url), 'utf8')
    const named = [...text.matchAll(/`?\b([A-Z][A-Z]+(?:_[A-Z]+)+)\b`?/g)].map(([, name]) => name ?? '')
    const known = new Set<string>([...configKeys, ...UPSTREAM, 'SECRET_INTERNAL_SERVICES'])
    assert.deepEqual(named.filter(name => !known.has(name)), [])
  })
})
