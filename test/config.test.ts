import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, stat, writeFile, chmod } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ConfigError, configKeys, configWarnings, loadConfig, prepareDataDir, registryOptions } from '../config.ts'
import { table } from '../config/table.ts'
import { RUN_LIMITS } from '../runner/limits.ts'
import { configCommand, configMarkdown } from '../bin/config.ts'

function faultsOf (env: Record<string, string>): ConfigError {
  try {
    loadConfig(env)
  } catch (error) {
    assert.ok(error instanceof ConfigError)
    return error
  }
  throw new assert.AssertionError({ message: 'the configuration was accepted' })
}

describe('loadConfig(env)', () => {
  it('should need nothing, and follow upstream\'s defaults', () => {
    const config = loadConfig({})
    assert.equal(config.PORT, 8080)
    assert.equal(config.TMP_DIR, 'data/tmp')
    assert.equal(config.WORKER_GRACE_PERIOD, 20_000)
    assert.equal(config.RUNS_RETENTION, 500)
    assert.equal(config.DEFAULT_LIMITS_PROCESSINGS_SECONDS, -1)
    assert.equal(config.PRIVATE_REGISTRY_URL, undefined)
    assert.deepEqual(config.EGRESS_ALLOW, [])
  })

  it('should be frozen', () => {
    const config = loadConfig({ EGRESS_ALLOW: 'a:1', MAILS_TRANSPORT: '{"port":1025}' })
    assert.ok(Object.isFrozen(config) && Object.isFrozen(config.EGRESS_ALLOW) && Object.isFrozen(config.MAILS_TRANSPORT))
  })

  it('should read each kind of value', () => {
    const config = loadConfig({
      PORT: ' 0 ',
      DATA_DIR: '/srv/data',
      DATA_FAIR_URL: 'https://example.org/data-fair/',
      DATA_FAIR_API_KEY: 'k',
      DATA_FAIR_ADMIN_MODE: 'true',
      EGRESS_ALLOW: 'Localhost:5600, [::1]:80 ,10.0.0.1:443',
      MAILS_TRANSPORT: '{"port":1025,"ignoreTLS":true}',
      LOCALE: 'fr',
      CELL_NO_NODE_SNAPSHOT: '1'
    })
    assert.equal(config.PORT, 0)
    assert.equal(config.TMP_DIR, '/srv/data/tmp')
    assert.equal(config.DATA_FAIR_URL, 'https://example.org/data-fair')
    assert.equal(config.DATA_FAIR_ADMIN_MODE, true)
    assert.deepEqual(config.EGRESS_ALLOW, ['localhost:5600', '[::1]:80', '10.0.0.1:443'])
    assert.deepEqual(config.MAILS_TRANSPORT, { port: 1025, ignoreTLS: true })
    assert.equal(config.LOCALE, 'fr')
    assert.equal(config.CELL_NO_NODE_SNAPSHOT, true)
  })

  it('should take an empty value for an absent one', () => {
    assert.equal(loadConfig({ PORT: '', CIPHER_PASSWORD: '' }).PORT, 8080)
  })

  it('should name all faults at once, with what was wanted and found', () => {
    const error = faultsOf({ PORT: 'eighty', WORKER_CONCURRENCY: '0', LOCALE: 'de', EGRESS_ALLOW: 'example.org', DATA_FAIR_URL: 'ftp://example.org' })
    assert.deepEqual(error.faults.map(fault => fault.key).sort(), ['DATA_FAIR_URL', 'EGRESS_ALLOW', 'LOCALE', 'PORT', 'WORKER_CONCURRENCY'])
    assert.match(error.message, /- PORT: wanted an integer from 0 to 65535, found "eighty"\./)
    assert.match(error.message, /- WORKER_CONCURRENCY: wanted an integer from 1 to 1024, found "0"\./)
    assert.match(error.message, /- LOCALE: wanted one of en, fr, found "de"\./)
  })

  for (const value of ['1e3', '0x10', '1.5', '99999999999999999999', 'NaN', '-1']) {
    it(`should refuse ${value} as a port`, () => assert.equal(faultsOf({ PORT: value }).faults.length, 1))
  }

  it('should take proxies by address, by range and by word', () => {
    assert.deepEqual(loadConfig({ TRUST_PROXY: 'Loopback, 10.0.0.0/8,2001:db8::1' }).TRUST_PROXY, ['loopback', '10.0.0.0/8', '2001:db8::1'])
    for (const value of ['true', '1.2.3.4.5', '10.0.0.0/33', 'proxy.example.org', '*', '/8']) assert.deepEqual(faultsOf({ TRUST_PROXY: value }).faults.map(fault => fault.key), ['TRUST_PROXY'], value)
  })

  it('should never print a secret, nor credentials in an address', () => {
    const error = faultsOf({ MAILS_TRANSPORT: '{"auth":{"pass":"hunter2"', PRIVATE_REGISTRY_URL: 'https://me:hunter2@example.org' })
    assert.equal(error.faults.length, 2)
    assert.doesNotMatch(error.message, /hunter2/)
  })

  it('should say of a hidden value how long it is, and what it is not', () => {
    const found = (key: string, value: string): string | undefined => faultsOf({ [key]: value }).faults[0]?.found
    assert.equal(found('MAILS_TRANSPORT', 'smtp'), 'a text that is not JSON, of 4 characters (not shown: it is a secret)')
    assert.equal(found('MAILS_TRANSPORT', '5'), 'JSON that is no object, of 1 character (not shown: it is a secret)')
    assert.equal(found('MONGO_URL', 'x'), 'a value of 1 character (not shown: it is a secret)')
  })

  const contradictions: [string, Record<string, string>][] = [
    ['PRIVATE_REGISTRY_URL', { PRIVATE_REGISTRY_URL: 'http://registry:8080' }],
    ['PRIVATE_DATA_FAIR_URL', { PRIVATE_DATA_FAIR_URL: 'http://data-fair:8080' }],
    ['DATA_FAIR_API_KEY', { DATA_FAIR_API_KEY: 'key' }],
    ['DATA_FAIR_ADMIN_MODE', { DATA_FAIR_ADMIN_MODE: 'true' }],
    ['CELL_UID', { CELL_UID: '1000' }],
    ['CELL_SPARES', { CELL_SPARES: '9', CELL_MAX: '8' }],
    ['RUN_HEAP_MB', { RUN_HEAP_MB: '2048' }],
    ['OBSERVER_PORT', { OBSERVER_PORT: '8080' }],
    ['REGISTRY', { REGISTRY: 'npm' }],
    ['REGISTRY', { REGISTRY: 'datafair' }],
    ['REGISTRY', { REGISTRY: 'dir', NPM_REGISTRY_URL: 'https://npm.example.org' }],
    ['REGISTRY', { REGISTRY: 'npm', NPM_REGISTRY_URL: 'https://npm.example.org', PRIVATE_REGISTRY_URL: 'http://registry:8080', SECRET_REGISTRY: 's' }],
    ['REGISTRY', { NPM_SCOPES: '{"@acme":"https://npm.example.org"}', PRIVATE_REGISTRY_URL: 'http://registry:8080', SECRET_REGISTRY: 's' }]
  ]
  for (const [key, env] of contradictions) {
    it(`should refuse the contradiction ${JSON.stringify(env)}`, () => {
      assert.deepEqual(faultsOf(env).faults.map(fault => fault.key), [key])
    })
  }
})

describe('where plugins come from', () => {
  const kindOf = (env: Record<string, string>) => registryOptions(loadConfig(env))

  it('should be the folder, unless an address is given', () => {
    assert.deepEqual(kindOf({ PLUGINS_DIR: '/srv/plugins' }), { kind: 'dir', dir: '/srv/plugins' })
    assert.deepEqual(kindOf({ PRIVATE_REGISTRY_URL: 'http://registry:8080', SECRET_REGISTRY: 's' }), { kind: 'datafair', url: 'http://registry:8080', secret: 's' })
    assert.equal(kindOf({ NPM_REGISTRY_URL: 'https://npm.example.org' }).kind, 'npm')
  })

  it('should be what the keys of npm say', () => {
    const scopes = { '@acme': 'https://acme.example.org/npm/', '@other': { url: 'https://other.example.org', token: 't' } }
    assert.deepEqual(kindOf({ NPM_REGISTRY_URL: 'https://npm.example.org/', NPM_TOKEN: 'x', NPM_SCOPES: JSON.stringify(scopes), NPM_TARBALL_ORIGINS: 'https://files.example.org, http://localhost:4873/' }), {
      kind: 'npm',
      url: 'https://npm.example.org',
      token: 'x',
      scopes: { '@acme': { url: 'https://acme.example.org/npm' }, '@other': { url: 'https://other.example.org', token: 't' } },
      tarballOrigins: ['https://files.example.org', 'http://localhost:4873'],
      installMs: 120_000
    })
  })

  it('should refuse scopes that are none, without printing a token', () => {
    for (const scopes of ['[]', '{"acme":"https://x.org"}', '{"@acme":1}', '{"@acme":{"token":"hunter2"}}', '{"@acme":{"url":"ftp://x"}}', '{"@acme":{"url":"https://x.org","token":""}}', '{"@acme":{"url":"https://x.org","password":"hunter2"}}', '{"@acme":"https://me:hunter2@x.org"}']) {
      const error = faultsOf({ NPM_SCOPES: scopes })
      assert.deepEqual(error.faults.map(fault => fault.key), ['NPM_SCOPES'], scopes)
      assert.doesNotMatch(error.message, /hunter2/)
    }
    assert.equal(faultsOf({ NPM_TARBALL_ORIGINS: 'https://files.example.org/path' }).faults.length, 1)
  })

  it('should say both sides of a contradiction', () => {
    assert.match(faultsOf({ REGISTRY: 'dir', NPM_REGISTRY_URL: 'https://npm.example.org' }).message, /REGISTRY: wanted dir and nothing of another one, found NPM_REGISTRY_URL\./)
    assert.match(faultsOf({ REGISTRY: 'npm' }).message, /REGISTRY: wanted NPM_REGISTRY_URL or NPM_SCOPES beside npm, found it alone\./)
    assert.match(faultsOf({ NPM_REGISTRY_URL: 'https://npm.example.org', PRIVATE_REGISTRY_URL: 'http://registry:8080', SECRET_REGISTRY: 's' }).message, /REGISTRY: wanted one registry and nothing of another one, found PRIVATE_REGISTRY_URL and NPM_REGISTRY_URL\./)
  })

  it('should warn of keys that have no effect', () => {
    assert.match(configWarnings({ REGISTRY_STALE_IF_ERROR: '60' }).join(), /REGISTRY_STALE_IF_ERROR has no effect/)
    assert.match(configWarnings({ NPM_TOKEN: 'x' }).join(), /NPM_TOKEN has no effect without NPM_REGISTRY_URL/)
  })
})

describe('the limits of a run', () => {
  for (const row of RUN_LIMITS) {
    it(`should be the same for the configuration as for the runner: ${row.key}`, () => {
      const entry = Object.entries(table).find(([key]) => key === row.key)?.[1]
      assert.equal(entry?.fallback, row.default)
      assert.equal(entry?.wanted, `an integer from ${row.min} to ${row.max}`)
    })
  }
})

describe('a name that is close to a key', () => {
  it('should stop the start with the one that may be meant, whatever its value', () => {
    assert.throws(() => loadConfig({ RUN_CPU_SECOND: '5', WORKER_CONCURENCY: 'x', RUNS_RETENTION: '5' }), (error: ConfigError) => {
      assert.deepEqual(error.faults, [
        { key: 'RUN_CPU_SECOND', wanted: 'the name of a configuration key, such as RUN_CPU_SECONDS', found: 'one that is none' },
        { key: 'WORKER_CONCURENCY', wanted: 'the name of a configuration key, such as WORKER_CONCURRENCY', found: 'one that is none' }
      ])
      assert.match(error.message, /^- RUN_CPU_SECOND: wanted the name of a configuration key, such as RUN_CPU_SECONDS, found one that is none\.$/m)
      return true
    })
  })

  it('should not, when it is empty, of another program, or one of upstream', () => {
    for (const name of ['RUNNER_TEMP', 'RUNNER_OS', 'API_PORT_8080_TCP', 'REGISTRY_SERVICE_HOST', 'CACHE_PORT', 'LOCKS_TTL', 'WORKER_INTERVAL', 'npm_config_cache']) assert.doesNotThrow(() => loadConfig({ [name]: 'x' }), name)
    assert.doesNotThrow(() => loadConfig({ RUN_CPU_SECOND: '' }))
  })
})

describe('configWarnings(env)', () => {
  it('should say what became of upstream\'s names', () => {
    assert.deepEqual(configWarnings({ LOCKS_TTL: '60' }), ['LOCKS_TTL has no effect: a run is held by an attempt number, not by a lock that expires.'])
  })

  it('should name an unknown key that looks like ours', () => {
    assert.deepEqual(configWarnings({ RUN_AS_A_SERVICE: '5', HOME: '/', PATH: '/bin' }), ['RUN_AS_A_SERVICE is not a configuration key.'])
  })

  it('should say when a value cannot do what it seems to ask', () => {
    assert.deepEqual(configWarnings({ WORKER_CONCURRENCY: '16' }), ['CELL_MAX is 8, but WORKER_CONCURRENCY and CELL_SPARES may need 17 cells: runs wait for one another.'])
    assert.match(configWarnings({ CIPHER_PASSWORD: 'short' }).join(), /CIPHER_PASSWORD has fewer than 16 characters/)
  })

  it('should be silent about a configuration that is right', () => {
    assert.deepEqual(configWarnings({ PORT: '1', CELL_MAX: '9' }), [])
  })
})

describe('prepareDataDir(config)', () => {
  let dir: string
  beforeEach(async () => { dir = await mkdtemp(join(tmpdir(), 'vivarium-config-')) })
  afterEach(() => rm(dir, { recursive: true }))
  const at = (path: string) => ({ DATA_DIR: path, TMP_DIR: join(path, 'tmp'), CIPHER_PASSWORD: undefined })

  it('should make the keys once, readable by their owner alone', async () => {
    const first = await prepareDataDir(at(join(dir, 'data')))
    const second = await prepareDataDir(at(join(dir, 'data')))
    assert.equal(first.notices.length, 2)
    assert.deepEqual(second.notices, [])
    assert.equal(second.adminKey, first.adminKey)
    assert.equal(second.cipherPassword, first.cipherPassword)
    assert.equal((await stat(first.adminKeyPath)).mode & 0o777, 0o600)
    assert.doesNotMatch(first.notices.join(), new RegExp(first.adminKey))
  })

  it('should give the same keys to processes that start at once', async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => prepareDataDir(at(dir))))
    assert.equal(new Set(all.map(one => one.adminKey)).size, 1)
    assert.equal(new Set(all.map(one => one.cipherPassword)).size, 1)
  })

  it('should prefer CIPHER_PASSWORD, and make no file then', async () => {
    const { cipherPassword } = await prepareDataDir({ ...at(dir), CIPHER_PASSWORD: 'a password' })
    assert.equal(cipherPassword, 'a password')
    await assert.rejects(stat(join(dir, 'cipher-password')), { code: 'ENOENT' })
  })

  it('should say when others can read a key, and refuse one that is cut', async () => {
    await prepareDataDir(at(dir))
    await chmod(join(dir, 'admin-key'), 0o644)
    assert.match((await prepareDataDir(at(dir))).notices.join(), /admin-key can be read by others/)
    await writeFile(join(dir, 'admin-key'), 'short')
    await assert.rejects(prepareDataDir(at(dir)), /wanted a secret of at least 16 characters, found 5/)
  })
})

describe('npm run config', () => {
  it('should print every key, and mask secrets', () => {
    let out = ''
    assert.equal(configCommand([], { CIPHER_PASSWORD: 'hunter2hunter2hunter2', PORT: '1234' }, text => { out += text }), 0)
    for (const key of configKeys) assert.match(out, new RegExp(`^${key} = `, 'm'))
    assert.match(out, /^PORT = 1234$/m)
    assert.match(out, /^CIPHER_PASSWORD = \*+$/m)
    assert.doesNotMatch(out, /hunter2/)
  })

  it('should end with 1 and the faults when the configuration is wrong', () => {
    let out = ''
    assert.equal(configCommand([], { PORT: 'x' }, text => { out += text }), 1)
    assert.match(out, /PORT: wanted an integer/)
  })

  it('should be what docs/configuration.md holds', async () => {
    const page = await readFile(new URL('../docs/configuration.md', import.meta.url), 'utf8')
    assert.equal(page, configMarkdown(), 'run: npm run --silent config -- --markdown > docs/configuration.md')
  })
})
