/** Upgrades of a database of MongoDB: which scripts run, once, by whom, and what is left when they are cut short. */
import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { ensureIndexes } from '../../store/mongo/indexes.ts'
import { openDatabase } from '../../store/mongo/database.ts'
import { openMongoStore } from '../../store/mongo/index.ts'
import { mongoLocks } from '../../store/mongo/service.ts'
import { planUpgrade, runUpgrade, scriptNames, type UpgradeOptions } from '../../upgrade/index.ts'
import { openTestService } from '../e2e/service.ts'
import { testDatabase, type TestDatabase } from '../mongo/mongo-server.ts'
import { startNpmRegistry } from '../servers/npm-registry.ts'
import { startRegistry } from '../servers/registry.ts'

const OURS = ['vivarium/0.1.0/01-repair-runs-and-owners', 'vivarium/0.1.0/02-split-embedded-logs']
const OF_UPSTREAM = ['2.1.1/owner-dep-null', '2.1.1/remove-debug-logs', '2.3.0/scheduling-array', '5.2.0/01-publish-plugins-to-registry']
const CHECK = 'vivarium/0.1.0/00-find-orphans'
const EXAMPLES = fileURLToPath(new URL('../../examples', import.meta.url))
const DATE = '2025-03-02T06:30:00.000Z'
const ADA = { type: 'user', id: 'ada', name: 'Ada' }

type Document = { _id: string } & Record<string, unknown>

describe('upgrade of a database', function () {
  this.timeout(60_000)
  let database: TestDatabase
  let lines: string[]
  const children: ChildProcess[] = []
  const options = (more: Partial<UpgradeOptions> = {}): UpgradeOptions => ({
    mongo: { url: database.url, serverSelectionTimeoutMs: 1_000 },
    plugins: { kind: 'dir', dir: EXAMPLES },
    publish: { tmpDir: '/nowhere' },
    interrupted: { code: 'interrupted', params: {}, message: 'the run was interrupted' },
    log: line => { lines.push(line) },
    ...more
  })
  const put = async (name: string, ...documents: Document[]): Promise<void> => { await database.db.collection<Document>(name).insertMany(documents) }
  const get = async (name: string, _id: string): Promise<Document | null> => await database.db.collection<Document>(name).findOne({ _id })
  const recorded = async (version: string): Promise<void> => { await database.db.collection('services').insertOne({ id: 'processings', version }) }
  const everything = async (): Promise<unknown> => {
    const names = (await database.db.listCollections().toArray()).map(({ name }) => name).sort()
    return await Promise.all(names.map(async name => [name, await database.db.collection(name).find().sort({ _id: 1 }).toArray()]))
  }

  beforeEach(() => {
    lines = []
    database = testDatabase()
  })
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL')
    await database.drop()
  })

  const processing = (_id: string, more: Record<string, unknown> = {}): Document => ({ _id, title: _id, owner: ADA, plugin: 'hello', active: true, scheduling: [], config: {}, webhookKey: 'k'.repeat(16), created: { id: 'ada', name: 'Ada', date: DATE }, updated: { id: 'ada', name: 'Ada', date: DATE }, ...more })
  const run = (_id: string, of: string, status: string, more: Record<string, unknown> = {}): Document => ({ _id, owner: ADA, processing: { _id: of, title: of }, createdAt: DATE, status, log: [], ...more })
  const entries = (count: number): unknown[] => Array.from({ length: count }, (_, index) => ({ type: index % 2 === 0 ? 'info' : 'debug', date: DATE, msg: `line ${index + 1}`, extra: '' }))

  describe('scripts of data-fair/processings', () => {
    const old = async (): Promise<void> => {
      await put('processings',
        processing('null-department', { owner: { ...ADA, department: null } }),
        processing('department', { owner: { ...ADA, department: 'roads' } }),
        processing('no-schedule', { scheduling: undefined }),
        processing('on-demand', { scheduling: { type: 'trigger' } }),
        processing('daily', { scheduling: { type: 'daily', hour: 7, minute: 30 } }),
        processing('listed', { scheduling: [{ type: 'hours', minute: 5 }] }))
      await put('runs', run('with-debug', 'daily', 'finished', { finishedAt: DATE, log: entries(4) }))
    }

    it('are run from the version that was recorded on, bring the documents over, and record theirs', async () => {
      await old()
      await recorded('2.1.0')
      assert.deepEqual(await runUpgrade(options()), [CHECK, ...OF_UPSTREAM, ...OURS])
      assert.deepEqual((await get('processings', 'null-department'))?.owner, ADA)
      assert.deepEqual((await get('processings', 'department'))?.owner, { ...ADA, department: 'roads' })
      const schedules = ['no-schedule', 'on-demand', 'daily', 'listed'].map(async id => (await get('processings', id))?.scheduling)
      assert.deepEqual(await Promise.all(schedules), [[], [], [{ type: 'daily', hour: 7, minute: 30 }], [{ type: 'hours', minute: 5 }]])
      const log = await database.db.collection('run-logs').find({ run: 'with-debug' }).sort({ seq: 1 }).toArray()
      assert.deepEqual(log.map(({ seq, msg }) => [seq, msg]), [[1, 'line 1'], [2, 'line 3']])
      assert.equal((await database.db.collection('services').findOne({ id: 'processings' }))?.version, '5.2.0')
    })

    it('are not run below that version: 2.1.1 deletes nothing from a database of 2.2.0', async () => {
      await old()
      await recorded('2.2.0')
      assert.deepEqual(await runUpgrade(options()), [CHECK, '2.3.0/scheduling-array', '5.2.0/01-publish-plugins-to-registry', ...OURS])
      assert.equal(await database.db.collection('run-logs').countDocuments({ run: 'with-debug' }), 4)
    })

    it('are not run without a record, and none is made: nothing is deleted', async () => {
      await old()
      assert.deepEqual(await runUpgrade(options()), OURS)
      assert.equal(await database.db.collection('run-logs').countDocuments({ run: 'with-debug' }), 4)
      assert.equal(await database.db.collection('services').countDocuments(), 0)
    })

    it('leave the record of a later version as it is', async () => {
      await recorded('6.1.0')
      assert.deepEqual(await runUpgrade(options()), [CHECK, ...OURS])
      assert.equal((await database.db.collection('services').findOne({ id: 'processings' }))?.version, '6.1.0')
    })

    it('are not guessed at when the record is no version', async () => {
      await recorded('newest')
      await assert.rejects(runUpgrade(options()), { code: 'upgrade-unknown', message: /found "newest": correct it/ })
    })
  })

  describe('look for orphans before anything else', () => {
    const debugLog = async (): Promise<void> => {
      await put('processings', processing('kept', { owner: { ...ADA, department: null }, scheduling: { type: 'trigger' } }), processing('lost', { title: 'Lost', plugin: 'gone-1' }))
      await put('runs', run('with-debug', 'kept', 'finished', { finishedAt: DATE, log: entries(4) }))
    }
    const stopped = (error: Error & { code: string }): boolean => {
      assert.equal(error.code, 'upgrade-failed')
      assert.match(error.message, /One processing has a plugin that is neither on the old volume nor in the registry:\n {2}lost "Lost", plugin gone-1, owner Ada \(user:ada\)\nNo processing, run or plugin was changed\. There are two ways out: .+--allow-orphans/s)
      return true
    }

    for (const version of ['2.1.0', '5.2.0', '6.2.0']) {
      it(`and stop with the list of them, nothing being changed (a database of ${version})`, async () => {
        await debugLog()
        await recorded(version)
        const documents = async (): Promise<unknown> => ((await everything()) as [string, unknown][]).filter(([name]) => !['upgrade-scripts', 'leases'].includes(name))
        const before = await documents()
        await assert.rejects(runUpgrade(options()), stopped)
        assert.deepEqual(await documents(), before)
        assert.ok((await runUpgrade(options({ publish: { tmpDir: '/nowhere', allowOrphans: true } }))).includes(CHECK))
        assert.match(lines.join('\n'), /1 processings have a plugin that is nowhere; they stay as they are:\n.+lost "Lost"/)
        assert.deepEqual(await runUpgrade(options()), [], 'decided once')
      })
    }

    it('are told before it leaps, once', async () => {
      await debugLog()
      await recorded('2.1.0')
      await planUpgrade(options())
      assert.equal(lines.filter(line => line.includes('lost "Lost"')).length, 1)
      assert.match(lines.join('\n'), /1 processings have a plugin that is nowhere: the upgrade will stop, unless it is run with --allow-orphans\./)
    })

    it('not in a database that has moved in already, unless it is asked to', async () => {
      await recorded('6.2.0')
      await runUpgrade(options())
      await database.db.collection<Document>('upgrade-scripts').deleteOne({ _id: CHECK })
      await put('processings', processing('lost', { title: 'Lost', plugin: 'gone-1' }))
      assert.deepEqual(await runUpgrade(options()), [])
      await assert.rejects(runUpgrade(options({ again: [CHECK] })), stopped)
    })

    it('ask a registry of data-fair as the owner: what it refuses him is told and stops nothing; what it does not have stops', async () => {
      const secret = 'secret of the platform'
      const dir = path.join(EXAMPLES, 'hello')
      const registry = await startRegistry({ secret, artefacts: { open: { dir }, 'of-bob': { dir, access: [{ type: 'user', id: 'bob' }] } } })
      const asked = options({ plugins: { kind: 'datafair', url: registry.url, secret }, publish: { tmpDir: '/nowhere', registry: { url: registry.url, secret } } })
      try {
        await recorded('6.2.0')
        await put('processings', processing('mine', { plugin: 'open' }), processing('his', { plugin: 'of-bob' }))
        assert.deepEqual(await runUpgrade(asked), [CHECK, ...OURS])
        assert.ok(registry.requests.some(({ headers }) => headers['x-account'] === '{"type":"user","id":"ada"}'))
        assert.match(lines.join('\n'), /1 processings belong to an account to which the registry does not give their plugin.+\n.+ {2}of-bob, Ada \(user:ada\): 1/)
        const before = registry.requests.length
        assert.deepEqual(await runUpgrade(asked), [])
        assert.equal(registry.requests.length, before, 'a later start asks nothing')
        await put('processings', processing('lost', { title: 'Lost', plugin: 'gone-1' }))
        await assert.rejects(runUpgrade({ ...asked, again: [CHECK] }), stopped)
        await registry.down()
        await assert.rejects(runUpgrade({ ...asked, again: [CHECK] }), { code: 'upgrade-failed', message: /cannot be asked for the plugins of processings/ })
      } finally {
        await registry.close()
      }
    })

    it('ask a registry of npm too', async () => {
      await recorded('6.2.0')
      const npm = await startNpmRegistry()
      try {
        const asked = options({ plugins: { kind: 'npm', url: npm.url } })
        npm.set('there', { versions: { '1.0.0': { archive: Buffer.from('never fetched') } } })
        await put('processings', processing('found', { plugin: 'there@1' }))
        assert.deepEqual(await runUpgrade(asked), [CHECK, ...OURS])
        assert.equal(npm.downloads(), 0)
        await put('processings', processing('lost', { title: 'Lost', plugin: 'gone-1' }))
        await assert.rejects(runUpgrade({ ...asked, again: [CHECK] }), stopped)
      } finally {
        await npm.close()
      }
    })
  })

  describe('of runs and owners', () => {
    it('leaves one live run for each processing, and says in the history what became of the others', async () => {
      await put('processings', processing('crashed', { nextRun: { _id: 'planned' } }), processing('asked', { nextRun: { _id: 'gone' } }), processing('untouched', { nextRun: { _id: 'its-next' } }))
      await put('runs',
        run('older', 'crashed', 'running', { startedAt: '2025-03-02T06:00:00.000Z' }),
        run('newer', 'crashed', 'running', { startedAt: '2025-03-02T07:00:00.000Z' }),
        run('wanted', 'crashed', 'triggered', { scheduledAt: DATE }),
        run('planned', 'crashed', 'scheduled', { scheduledAt: DATE }),
        run('first', 'asked', 'triggered', { scheduledAt: DATE }),
        run('second', 'asked', 'scheduled', { scheduledAt: DATE }),
        run('its-next', 'untouched', 'scheduled', { scheduledAt: DATE }),
        run('of-nobody', 'deleted', 'triggered', { scheduledAt: DATE }))
      await runUpgrade(options())
      const statuses = ['older', 'newer', 'wanted', 'planned', 'first', 'second', 'its-next', 'of-nobody'].map(async id => (await get('runs', id))?.status)
      assert.deepEqual(await Promise.all(statuses), ['error', 'running', 'killed', undefined, 'triggered', undefined, 'scheduled', 'killed'])
      assert.deepEqual((await get('runs', 'older'))?.outcome, { code: 'interrupted', params: {}, message: 'the run was interrupted' })
      assert.match(String((await get('runs', 'older'))?.finishedAt), /^\d{4}-/)
      assert.equal((await get('processings', 'crashed'))?.nextRun, undefined)
      assert.deepEqual((await get('processings', 'asked'))?.nextRun, { _id: 'first', createdAt: DATE, status: 'triggered', scheduledAt: DATE })
      assert.match(lines.join('\n'), /1 runs were left running beside another one of their processing.+\n.+older of crashed "crashed"/)

      const store = await openMongoStore({ url: database.url })
      try {
        assert.deepEqual((await store.runs.held()).map(({ _id }) => _id), ['newer'])
        assert.deepEqual((await store.runs.pending({ limit: 10 })).map(({ _id }) => _id).sort(), ['first', 'its-next'])
      } finally {
        await store.close()
      }
    })

    it('touches no run that the service itself holds', async () => {
      await put('processings', processing('busy'))
      const store = await openMongoStore({ url: database.url })
      try {
        await store.runs.replacePending({ _id: 'ours', owner: { type: 'user', id: 'ada', name: 'Ada' }, processing: { _id: 'busy', title: 'busy' }, plugin: 'hello', createdAt: DATE, scheduledAt: DATE, status: 'triggered' })
        await runUpgrade(options())
        assert.equal((await store.runs.claim('ours', 'runner', '2025-03-02T08:00:00.000Z'))?.status, 'running')
      } finally {
        await store.close()
      }
    })

    it('gives runs the owner of their processing, names owners by their id, and tells of those that are none', async () => {
      const blue = { type: 'organization', id: 'blue', name: 'Blue', department: 'roads' }
      await put('processings', processing('moved', { owner: blue }), processing('nameless', { owner: { type: 'user', id: 'bob' } }), processing('ownerless', { owner: undefined }), processing('renamed', { owner: ADA }))
      await put('runs',
        run('of-the-former', 'moved', 'finished'), run('of-the-whole', 'moved', 'finished', { owner: { ...blue, department: undefined } }), run('without', 'moved', 'finished', { owner: undefined }),
        run('of-renamed', 'renamed', 'finished', { owner: { ...ADA, name: 'Ada L.' } }), run('of-ownerless', 'ownerless', 'finished'))
      await runUpgrade(options())
      for (const id of ['of-the-former', 'of-the-whole', 'without']) assert.deepEqual((await get('runs', id))?.owner, blue, id)
      assert.deepEqual((await get('runs', 'of-renamed'))?.owner, { ...ADA, name: 'Ada L.' })
      assert.deepEqual((await get('runs', 'of-ownerless'))?.owner, ADA)
      assert.deepEqual((await get('processings', 'nameless'))?.owner, { type: 'user', id: 'bob', name: 'bob' })
      assert.match(lines.join('\n'), /1 processings have an owner without a type or an id.+\n.+ownerless "ownerless": none/)
    })
  })

  it('moves logs out of their runs, which read the same before and after', async () => {
    await put('runs', run('long', 'one', 'finished', { finishedAt: DATE, log: entries(1_200) }), run('odd', 'one', 'finished', { log: [null, { type: 'info', date: DATE }, 'text'] }), run('empty', 'one', 'finished', { finishedAt: DATE }), run('without', 'one', 'finished', { finishedAt: DATE, log: undefined }))
    const store = await openMongoStore({ url: database.url })
    try {
      const before = await store.logs.read('long', { limit: 2_000 })
      await runUpgrade(options())
      assert.deepEqual(await store.logs.read('long', { limit: 2_000 }), before)
      assert.deepEqual(await store.logs.read('odd', { limit: 10 }), [{ seq: 1, type: 'info', date: DATE, msg: '' }])
      assert.equal(await database.db.collection('run-logs').countDocuments({ run: 'long' }), 1_200)
      assert.deepEqual([(await get('runs', 'long'))?.log, (await get('runs', 'long'))?.logged, (await get('runs', 'without'))?.logged], [[], 1_200, 0])
    } finally {
      await store.close()
    }
  })

  it('is recorded with its duration, and done once', async () => {
    await runUpgrade(options())
    assert.deepEqual(await runUpgrade(options()), [])
    for (const name of OURS) {
      const entry = await get('upgrade-scripts', name)
      const [{ at, ms }] = entry?.runs as [{ at: string, ms: number }]
      assert.ok(Date.parse(at) > 0 && ms >= 0 && typeof entry?.doneAt === 'string' && entry.begunAt === undefined, JSON.stringify(entry))
    }
    assert.deepEqual(await runUpgrade(options({ again: [OURS[1] ?? ''] })), [OURS[1]])
    assert.equal(((await get('upgrade-scripts', OURS[1] ?? ''))?.runs as unknown[]).length, 2)
    await assert.rejects(runUpgrade(options({ again: ['none'] })), { code: 'upgrade-unknown', message: /is wanted, found "none"/ })
  })

  it('looks before it leaps: numbers and a sample of every script, and nothing is changed', async () => {
    await recorded('2.0.0')
    await put('processings', processing('daily', { owner: { ...ADA, department: null }, scheduling: { type: 'daily' }, nextRun: { _id: 'gone' } }))
    await put('runs', run('old', 'daily', 'finished', { finishedAt: DATE, log: entries(4) }))
    const before = await everything()
    assert.equal(await planUpgrade(options()), scriptNames.length)
    assert.deepEqual(await everything(), before)
    const text = lines.join('\n')
    for (const sentence of [
      /^ {2}1 processings have an owner whose department is null\.\n {4}daily "daily"$/m, /^ {2}1 runs have log entries of type debug, which are deleted\.\n {4}old of "daily"/m,
      /^ {2}1 schedules become a list, 0 processings that run on demand an empty one\.$/m, /^ {2}No old volume is mounted/m,
      /^ {2}1 processings name a next run that is not the one that waits: corrected\.\n {4}daily "daily": gone becomes none$/m,
      /^ {2}1 runs have their log inside: 4 entries, about \d+ bytes\.\n {4}old of "daily": 4 entries$/m
    ]) assert.match(text, sentence)
    await runUpgrade(options())
    lines = []
    assert.equal(await planUpgrade(options()), 0)
    assert.match(lines.join('\n'), /^2\.1\.1\/owner-dep-null: .+\n {2}Done on .+ ms\.$/m)
  })

  it('that fails stops with what to do, is not recorded as done, and goes on from there', async () => {
    await recorded('5.0.0')
    await put('processings', processing('elsewhere'))
    const registry = { url: 'http://127.0.0.1:1', secret: 'secret of the platform' }
    await assert.rejects(runUpgrade(options({ publish: { tmpDir: '/nowhere', registry, pausesMs: [1, 1] } })), (error: Error & { code: string }) => {
      assert.equal(error.code, 'upgrade-failed')
      assert.match(error.message, /^The upgrade 5\.2\.0\/01-publish-plugins-to-registry \(Publish .+\) has failed after \d+ ms:\n.+\n.*mend what is said above and start again, or run `npm run upgrade`/s)
      return true
    })
    const entry = await get('upgrade-scripts', OF_UPSTREAM[3] ?? '')
    assert.equal(entry?.doneAt, undefined)
    assert.match((entry?.runs as [{ error: string }])[0].error, /cannot be reached/)
    assert.equal((await database.db.collection('services').findOne({ id: 'processings' }))?.version, '5.0.0')
    assert.equal(await get('upgrade-scripts', OURS[0] ?? ''), null, 'nothing behind it has run')
    assert.deepEqual(await runUpgrade(options()), [OF_UPSTREAM[3], ...OURS])
  })

  it('stops the start of a service when it fails, and lets it start once that is mended', async () => {
    await recorded('5.0.0')
    await put('processings', processing('lost', { plugin: 'gone-1' }))
    const dataDir = await mkdtemp(path.join(tmpdir(), 'vivarium-upgrade-'))
    const registry = await startRegistry({ secret: 'secret of the platform', artefacts: {} })
    const env = { MONGO_URL: database.url, DATA_DIR: dataDir, PRIVATE_REGISTRY_URL: registry.url, SECRET_REGISTRY: 'secret of the platform' }
    try {
      await assert.rejects(openTestService(env), { code: 'upgrade-failed', message: /One processing has a plugin that is neither on the old volume nor in the registry:\n {2}lost "lost"/ })
      assert.equal(await database.db.collection('run-logs').countDocuments(), 0)
      const child = spawn(process.execPath, [fileURLToPath(new URL('../../bin/vivarium.js', import.meta.url)), 'start'], { env: { PATH: process.env.PATH, PORT: '0', OBSERVER_ACTIVE: 'false', ...env }, stdio: ['ignore', 'pipe', 'inherit'] })
      children.push(child)
      const fatal = (await Array.fromAsync(createInterface({ input: child.stdout }))).map(line => JSON.parse(line)).filter(({ level }) => level === 60)
      assert.deepEqual(fatal.map(({ err }) => err), [undefined], 'one sentence, and no stack')
      assert.match(fatal[0].msg, /^Vivarium could not start: The upgrade vivarium\/0\.1\.0\/00-find-orphans.+two ways out.+mend what is said above/s)
      await database.db.collection<Document>('processings').deleteOne({ _id: 'lost' })
      const service = await openTestService(env)
      await service.close()
      assert.ok((await get('upgrade-scripts', OF_UPSTREAM[3] ?? ''))?.doneAt !== undefined)
    } finally {
      await registry.close()
      await rm(dataDir, { recursive: true })
    }
  })

  it('keeps the stack of a failure that no script has foreseen', async () => {
    const fault = new TypeError('a fault of ours')
    await assert.rejects(runUpgrade(options({ log: () => { throw fault } })), { code: 'upgrade-fault', cause: fault })
    assert.equal(((await get('upgrade-scripts', OURS[0] ?? ''))?.runs as [{ error: string }])[0].error, 'a fault of ours')
  })

  it('says so when no database answers', async () => {
    await assert.rejects(runUpgrade(options({ mongo: { url: 'mongodb://127.0.0.1:1/none', serverSelectionTimeoutMs: 200 } })), { code: 'unavailable' })
  })

  describe('by several processes', () => {
    /** Lines come as the process writes them. */
    const start = (leaseMs: number): { child: ChildProcess, lines: string[], line(pattern: RegExp): Promise<void> } => {
      const child = spawn(process.execPath, [fileURLToPath(new URL('upgrade-process.ts', import.meta.url)), JSON.stringify({ url: database.url, leaseMs })], { stdio: ['ignore', 'pipe', 'inherit'] })
      children.push(child)
      const seen: string[] = []
      const output = createInterface({ input: child.stdout })
      output.on('line', line => seen.push(line))
      const line = async (pattern: RegExp): Promise<void> => await new Promise((resolve, reject) => {
        const look = (): void => { if (seen.some(text => pattern.test(text))) resolve() }
        output.on('line', look)
        output.once('close', () => reject(new Error(`${pattern} was expected, found ${seen.join('\n')}`)))
        look()
      })
      return { child, lines: seen, line }
    }

    it('that start together, one does it and the others wait for it, then find it done', async () => {
      await put('runs', ...Array.from({ length: 600 }, (_, index) => run(`run-${index}`, 'one', 'finished', { finishedAt: DATE, log: entries(5) })))
      const processes = [start(30_000), start(30_000), start(30_000)]
      await Promise.all(processes.map(async ({ line }) => await line(/^ran /)))
      const ran = processes.map(({ lines }) => lines.find(line => line.startsWith('ran ')))
      assert.deepEqual(ran.toSorted(), [`ran ${JSON.stringify(OURS)}`, 'ran []', 'ran []'])
      for (const name of OURS) assert.equal(((await get('upgrade-scripts', name))?.runs as unknown[]).length, 1)
      assert.equal(await database.db.collection('run-logs').countDocuments(), 3_000)
    })

    it('waits as long as somebody holds the lock, says so, and may be told to give up', async () => {
      const holder = openDatabase({ url: database.url })
      try {
        const until = new Date(Date.now() + 60_000).toISOString()
        assert.ok(await mongoLocks(holder).acquire('upgrade', 'somebody', new Date().toISOString(), until))
        const giveUp = new AbortController()
        const upgrade = runUpgrade(options({ signal: giveUp.signal }))
        while (lines.length === 0) await new Promise(resolve => setTimeout(resolve, 20))
        assert.deepEqual(lines, ['Another process upgrades the database: waiting until it is done.'])
        giveUp.abort(new Error('given up'))
        await assert.rejects(upgrade, { message: 'given up' })
        const later = runUpgrade(options())
        await mongoLocks(holder).release('upgrade', 'somebody')
        assert.deepEqual(await later, OURS)
        assert.equal(await mongoLocks(holder).get('upgrade'), undefined)
      } finally {
        await holder.close()
      }
    })

    it('stops at once when its lock was lost to somebody else', async () => {
      await put('runs', ...Array.from({ length: 3_000 }, (_, index) => run(`run-${index}`, 'one', 'finished', { finishedAt: DATE, log: entries(2) })))
      const leases = database.db.collection<Document>('leases')
      const upgrade = runUpgrade(options({
        leaseMs: 200,
        log: line => { if (/02-split-embedded-logs: Move/.test(line)) leases.updateOne({ _id: 'upgrade' }, { $set: { owner: 'somebody', until: '2999-01-01T00:00:00.000Z' } }).catch(assert.fail) }
      }))
      await assert.rejects(upgrade, { code: 'upgrade-lock-lost', message: /start again, and it goes on with the rest/ })
      assert.equal((await leases.findOne({ _id: 'upgrade' }))?.owner, 'somebody', 'the lock of somebody else is not released')
      assert.equal((await get('upgrade-scripts', OURS[1] ?? ''))?.doneAt, undefined)
    })

    it('that is killed in the middle leaves every log whole, and the next one goes on with what is left', async () => {
      await put('runs', ...Array.from({ length: 3_000 }, (_, index) => run(`run-${String(index).padStart(4, '0')}`, 'one', 'finished', { finishedAt: DATE, log: entries(6) })))
      const database2 = openDatabase({ url: database.url })
      await ensureIndexes(database2)
      await database2.close()
      const killed = start(1_000)
      await killed.line(/500 of 3000 runs/)
      killed.child.kill('SIGKILL')
      await once(killed.child, 'exit')
      const left = await database.db.collection('runs').countDocuments({ logged: null })
      assert.ok(left > 0 && left <= 2_500, `${left} left`)
      assert.equal((await get('upgrade-scripts', OURS[1] ?? ''))?.doneAt, undefined)
      const store = await openMongoStore({ url: database.url })
      try {
        for (const id of ['run-0000', 'run-2999', ...Array.from({ length: 5 }, (_, index) => `run-${String(3_000 - left - 2 + index).padStart(4, '0')}`)]) {
          assert.deepEqual((await store.logs.read(id, { limit: 10 })).map(({ seq }) => seq), [1, 2, 3, 4, 5, 6], id)
        }
      } finally {
        await store.close()
      }
      const next = start(1_000)
      await next.line(/^ran /)
      assert.ok(next.lines.some(line => /02-split-embedded-logs was begun at .+ and not finished: it goes on\./.test(line)), next.lines.join('\n'))
      assert.ok(next.lines.some(line => line.endsWith(`: ${left} runs, ${left * 6} log entries moved.`)), next.lines.join('\n'))
      assert.equal(await database.db.collection('run-logs').countDocuments(), 18_000)
      assert.equal(await database.db.collection('runs').countDocuments({ logged: null }), 0)
    })
  })
})
