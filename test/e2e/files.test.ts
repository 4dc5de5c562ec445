import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { installPackages } from '../packages.ts'
import { ALICE, BOB, client, openTestService, type TestService } from './service.ts'

const ENTRY = fileURLToPath(new URL('../../bin/vivarium.ts', import.meta.url))
const FIXTURES = fileURLToPath(new URL('../fixtures/plugins/files', import.meta.url))

interface Line { readonly type: string, readonly msg: string, readonly extra?: unknown, readonly code?: string }

const said = (run: { log: Line[] }, msg: string): any => {
  const line = run.log.find(line => line.msg === msg)
  assert.ok(line !== undefined, `no line "${msg}" in ${JSON.stringify(run.log)}`)
  return JSON.parse(line.extra as string)
}

describe('files of a run', function () {
  this.timeout(60_000)
  let plugins: string
  let service: TestService
  let small: TestService

  before(async () => {
    plugins = await mkdtemp(path.join(tmpdir(), 'vivarium-plugins-'))
    await cp(FIXTURES, plugins, { recursive: true })
    await installPackages(path.join(plugins, 'patches-fs'))
    service = await openTestService({ PLUGINS_DIR: plugins, RUN_OPEN_FILES: '20', RUN_LOG_ENTRY_BYTES: '1000000' })
    small = await openTestService({ PLUGINS_DIR: plugins, RUN_DISK_BYTES: '100000', RUN_DISK_FILES: '20', RUN_OPEN_FILES: '10' })
  })
  after(async () => {
    await Promise.all([service?.close(), small?.close()])
    await rm(plugins, { recursive: true, force: true })
  })

  describe('dir, tmpDir and the package', () => {
    it('dir stays from run to run, tmpDir does not, and the package is there to be read', async () => {
      const id = await service.create('keeps-files')
      for (const count of [1, 2, 3]) {
        const run = await service.run(id)
        assert.equal(run.status, 'finished', JSON.stringify(run.log))
        assert.equal(run.log[0].msg, `Run number ${count}.`)
        assert.deepEqual(said(run, 'places'), {
          dir: '/processing', tmpDir: '/tmp/run', cwd: '/processing', filename: '/plugin/index.js', tmpdir: '/tmp/run', inTmp: [], inDir: ['count'], url: 'file:///plugin/index.js'
        })
        assert.deepEqual(said(run, 'moved'), ['/tmp/run', ['left-behind']])
        assert.deepEqual(run.receipt.disk, { bytes: 2, files: 2 })
      }
      assert.equal(readFileSync(path.join(service.dataDir, 'processings', id, 'count'), 'utf8'), '3', 'between two runs it lies with the service')
    })

    it('those of another processing, and of another owner, are others', async () => {
      const ids = [await service.create('keeps-files'), await service.create('keeps-files'), await service.create('keeps-files', { as: BOB })]
      const runs = await Promise.all([service.run(ids[0] as string), service.run(ids[1] as string), service.run(ids[2] as string, BOB)])
      for (const run of runs) assert.equal(run.log[0].msg, 'Run number 1.')
    })

    it('prepare() reads the package, and has an empty dir of its own', async () => {
      const answer = await service.call('POST', '/api/v1/processings', { as: ALICE, body: { title: 'x', plugin: 'keeps-files', active: true, config: {} } })
      assert.equal(answer.status, 200, answer.text)
      assert.deepEqual(answer.json.config, { prepared: 'Run number none.', ownFiles: ['data', 'index.js', 'lib', 'package.json', 'processing-config-schema.json'], dir: [] })
    })

    it('they survive a restart of the service, and go with the processing', async () => {
      const dataDir = await mkdtemp(path.join(tmpdir(), 'vivarium-test-'))
      let other = await openTestService({ PLUGINS_DIR: plugins, DATA_DIR: dataDir })
      try {
        const id = await other.create('keeps-files')
        await other.run(id)
        await other.close()
        other = await openTestService({ PLUGINS_DIR: plugins, DATA_DIR: dataDir })
        assert.equal((await other.run(id)).log[0].msg, 'Run number 2.')
        assert.equal((await other.call('DELETE', `/api/v1/processings/${id}`, { as: ALICE })).status, 204)
        assert.deepEqual(readdirSync(path.join(dataDir, 'processings')), [])
        await other.close()
        for (const folder of ['runs', 'tmp/cells']) assert.deepEqual(readdirSync(path.join(dataDir, folder)), [], 'nothing of a cell is left')
      } finally {
        await other.close()
        await rm(dataDir, { recursive: true, force: true })
      }
    })
  })

  it('they survive SIGKILL of the service while a run has them', async () => {
    const dataDir = await mkdtemp(path.join(tmpdir(), 'vivarium-test-'))
    const child = spawn(process.execPath, [ENTRY, 'start'], { env: { PATH: process.env.PATH, DATA_DIR: dataDir, PLUGINS_DIR: plugins, HOST: '127.0.0.1', PORT: '0', OBSERVER_ACTIVE: 'false' }, stdio: ['ignore', 'pipe', 'inherit'] })
    try {
      let output = ''
      for await (const chunk of child.stdout) if (/"url":"/.test(output += chunk)) break
      const killed = client(/"url":"([^"]+)"/.exec(output)?.[1] ?? '', readFileSync(path.join(dataDir, 'admin-key'), 'utf8').trim(), dataDir, async () => {})
      const id = await killed.create('holds-files')
      const run = (await killed.call('POST', `/api/v1/processings/${id}/_trigger`, { as: ALICE })).json._id
      while ((await killed.call('GET', `/api/v1/runs/${run}`)).json.log.length === 0) await wait(20)
      child.kill('SIGKILL')
      await once(child, 'exit')
      assert.deepEqual(readdirSync(path.join(dataDir, 'processings')), [`${id}.at`])
      const next = await openTestService({ PLUGINS_DIR: plugins, DATA_DIR: dataDir, WORKER_CONCURRENCY: '1' })
      try {
        const [file] = readdirSync(dataDir, { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith(`${path.sep}held`))
        assert.equal(readFileSync(path.join(dataDir, file ?? 'none'), 'utf8'), 'by a run')
        assert.ok(file?.startsWith('processings') || existsSync(path.join(dataDir, 'processings', `${id}.at`)), 'at rest again, or with the run that was started again')
      } finally {
        await next.close()
      }
      assert.equal(readFileSync(path.join(dataDir, 'processings', id, 'held'), 'utf8'), 'by a run')
    } finally {
      child.kill('SIGKILL')
      await rm(dataDir, { recursive: true, force: true })
    }
  })

  it('cells under another user work on them too, also when they were another\'s before', async function () {
    if (process.getuid?.() !== 0) {
      console.log('      only root can give a process another user: not run')
      this.skip()
    }
    const dataDir = await mkdtemp(path.join(tmpdir(), 'vivarium-test-'))
    try {
      let id: string | undefined
      for (const [count, user] of [[1, {}], [2, { CELL_UID: '61234', CELL_GID: '61235' }], [3, { CELL_UID: '61236', CELL_GID: '61235' }]] as const) {
        const other = await openTestService({ PLUGINS_DIR: plugins, DATA_DIR: dataDir, ...user })
        try {
          id ??= await other.create('keeps-files')
          const run = await other.run(id)
          assert.equal(run.status, 'finished', JSON.stringify(run.log))
          assert.equal(run.log[0].msg, `Run number ${count}.`)
          assert.equal(statSync(path.join(dataDir, 'processings', id, 'count')).uid, Number('CELL_UID' in user ? user.CELL_UID : 0))
        } finally {
          await other.close()
        }
      }
    } finally {
      await rm(dataDir, { recursive: true, force: true })
    }
  })

  it('nothing else exists: an attack gets nothing, and is told nothing of the machine', async () => {
    const run = await service.run(await service.create('escapes'))
    assert.equal(run.status, 'finished', JSON.stringify(run.log))
    assert.deepEqual(said(run, 'got'), [])
    assert.deepEqual(said(run, 'package'), [], 'the package cannot be changed')
    const told = said(run, 'told') as string[]
    assert.ok(told.length > 50)
    for (const text of told) {
      assert.doesNotMatch(text, /EACCES|ERR_ACCESS_DENIED/)
      assert.ok(!text.includes(service.dataDir) && !text.includes(process.cwd()) && !text.includes('vivarium-'), text)
    }
    assert.deepEqual(said(run, 'stat'), [[1_000, 1_000, 1], [1_000, 1_000, 1], [1_000, 1_000, 2], [1_000, 1_000, 2]])
    const [content] = readdirSync(path.join(service.dataDir, 'tmp/plugins/v1/contents')).map(name => path.join(service.dataDir, 'tmp/plugins/v1/contents', name, 'package/index.js')).filter(file => readFileSync(file, 'utf8').includes('Tries to reach'))
    assert.equal(readFileSync(content as string, 'utf8'), readFileSync(path.join(FIXTURES, 'escapes/index.js'), 'utf8'))
    assert.equal(statSync(content as string).mode & 0o777, 0o644)
    assert.equal(existsSync('/escaped'), false)
  })

  it('graceful-fs and fs-extra change fs, and all of it goes on working', async () => {
    const run = await service.run(await service.create('patches-fs'))
    assert.equal(run.status, 'finished', JSON.stringify(run.log))
    assert.deepEqual(said(run, 'said'), {
      moved: { value: 1 },
      exists: [false, true],
      link: 'b',
      left: 'link,moved',
      text: 'by fs-extra',
      streamed: 'two',
      many: 100,
      promises: 'by fs-extra',
      times: [5_000, '640'],
      missing: ["ENOENT: no such file or directory, open '/tmp/run/none'", 'ENOENT'],
      gone: false
    })
  })

  describe('limits', () => {
    const play = async (scene: string): Promise<any> => await small.run(await small.create('fills-the-disk', { config: { scene } }))
    const full = /^The run filled its disk space \(97\.7 KB\)\. An administrator can raise `RUN_DISK_BYTES`\.$/
    const files = /^The run filled its disk space \(20 files and folders\)\. An administrator can raise `RUN_DISK_FILES`\.$/
    const ends: Record<string, readonly [code: string, text: RegExp]> = {
      bytes: ['disk-limit', full],
      'bytes-sync': ['disk-limit', full],
      'bytes-stream': ['disk-limit', full],
      sparse: ['disk-limit', full],
      files: ['disk-limit', files],
      folders: ['disk-limit', files],
      open: ['open-files', /^The run wanted more than 10 files open at the same time\. An administrator can raise `RUN_OPEN_FILES`\.$/]
    }
    for (const [scene, [code, text]] of Object.entries(ends)) {
      it(`${scene}: ends with ${code}, and says what the limit is and who raises it`, async () => {
        const run = await play(scene)
        assert.equal(run.status, 'error')
        assert.equal(run.outcome.code, code, JSON.stringify(run.outcome))
        assert.match(run.outcome.message, text)
        assert.ok(run.log.some((line: Line) => line.code === 'hint' && line.msg.startsWith('To the author of the plugin: ')))
        assert.match(run.log.find((line: Line) => line.code === 'error-position')?.msg ?? 'none', /^Error of the plugin at index\.js:\d+:\d+$|^none$/)
        assert.ok(run.receipt.disk.bytes <= 100_000 && run.receipt.disk.files <= 20, JSON.stringify(run.receipt.disk))
        assert.equal(run.receipt.limits.diskBytes, 100_000)
      })
    }

    it('a plugin that catches them sees what Node would tell, and goes on', async () => {
      const run = await play('caught')
      assert.equal(run.status, 'finished', JSON.stringify(run.log))
      assert.deepEqual(said(run, 'caught'), [
        { message: 'ENOSPC: no space left on device, write', code: 'ENOSPC', errno: -28, syscall: 'write' },
        { message: "ENOSPC: no space left on device, open '/processing/f19'", code: 'ENOSPC', errno: -28, syscall: 'open' },
        { message: "EMFILE: too many open files, open '/processing/f0'", code: 'EMFILE', errno: -24, syscall: 'open' }
      ])
    })

    it('what dir keeps counts in the next run, and what is removed makes room', async () => {
      const id = await small.create('fills-the-disk', { config: { scene: 'within' } })
      const as = async (scene: string): Promise<any> => {
        assert.equal((await small.call('PATCH', `/api/v1/processings/${id}`, { as: ALICE, body: { config: { scene } } })).status, 200)
        return await small.run(id)
      }
      assert.deepEqual((await small.run(id)).receipt.disk, { bytes: 50_000, files: 2 })
      assert.equal((await as('full')).outcome.code, 'disk-limit')
      const cleared = await as('clears')
      assert.equal(cleared.status, 'finished', JSON.stringify(cleared.log))
      assert.deepEqual(cleared.receipt.disk, { bytes: 60_000, files: 1 })
    })
  })
})
