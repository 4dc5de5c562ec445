import assert from 'node:assert/strict'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import { startSmtp, type SmtpServer } from '../servers/smtp.ts'
import { openTestService, type TestAccount, type TestService } from './service.ts'

const PLUGINS_DIR = fileURLToPath(new URL('../fixtures/plugins/floods', import.meta.url))
const MIB = 2 ** 20
const accounts: TestAccount[] = ['a', 'b', 'c', 'd'].map(id => ({ type: 'user', id, name: id }))

interface Line { readonly msg: string, readonly code?: string }

describe('a plugin that floods the runner with what it may send [slow]', function () {
  this.timeout(60_000)
  let service: TestService
  let smtp: SmtpServer

  before(async () => {
    smtp = await startSmtp({ silent: true })
    service = await openTestService({ PLUGINS_DIR, RUN_HEAP_MB: '1024', RUN_CELL_MEMORY_MB: '4096', MAILS_TRANSPORT: JSON.stringify({ host: '127.0.0.1', port: smtp.port, ignoreTLS: true }) })
  })
  after(async () => await Promise.all([service?.close(), smtp?.close()]))

  /** Longest time in which nothing else was done, in ms. */
  async function stall (play: () => Promise<void>): Promise<number> {
    const delay = monitorEventLoopDelay({ resolution: 10 })
    delay.enable()
    await play()
    delay.disable()
    return delay.max / 1e6
  }

  const messages = (run: { log: Line[] }): string[] => run.log.filter(({ code }) => code === undefined).map(({ msg }) => msg)

  it('with mails that no server takes, from many accounts, again and again, takes the memory of a few', async () => {
    const ids = await Promise.all(accounts.map(async as => await service.create('floods-the-runner', { as, config: { scene: 'mails' } })))
    const before = process.memoryUsage().rss
    let most = 0
    const watch = setInterval(() => { most = Math.max(most, process.memoryUsage().rss) }, 20).unref()
    for (let round = 0; round < 2; round++) {
      const runs = await Promise.all(ids.map(async (id, n) => await service.run(id, accounts[n])))
      for (const run of runs) {
        // On a busy machine a cell that floods is too slow to answer: it costs its own run alone.
        assert.ok(['finished', 'cell-crash', 'cell-lost'].includes(run.outcome.code), JSON.stringify(run.outcome))
        const refused = messages(run).filter(msg => msg.startsWith('mail') || msg.startsWith('ERR')) // the run does not wait for all answers
        assert.ok(refused.every(msg => msg === 'mail-limit'), JSON.stringify(messages(run)))
      }
    }
    clearInterval(watch)
    assert.ok(most - before < 900 * MIB, `${((most - before) / MIB).toFixed(0)} MB more`)
    assert.ok(smtp.openSockets <= 4, `${smtp.openSockets} connections`)
  })

  it('with lists of millions is refused, and nobody waits', async () => {
    const as = { type: 'user', id: 'e', name: 'e' } as const
    const id = await service.create('floods-the-runner', { as, config: { scene: 'lists' } })
    const ms = await stall(async () => {
      const run = await service.run(id, as)
      assert.equal(run.status, 'finished', JSON.stringify(run.outcome))
      assert.deepEqual(messages(run).slice(0, 4), Array(4).fill('ERR_INVALID_ARG_VALUE'))
    })
    assert.ok(ms < 1_000, `the service stood still for ${ms.toFixed(0)} ms`)
  })

  it('with a patch of millions of values is told the limit, and nobody waits', async () => {
    const as = { type: 'user', id: 'f', name: 'f' } as const
    const id = await service.create('floods-the-runner', { as, config: { scene: 'patch' } })
    const ms = await stall(async () => {
      const run = await service.run(id, as)
      assert.equal(run.outcome.code, 'config-limit', JSON.stringify(run.outcome))
    })
    assert.ok(ms < 400, `the service stood still for ${ms.toFixed(0)} ms`)
  })
})
