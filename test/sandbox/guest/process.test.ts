import assert from 'node:assert/strict'
import { closeGuests, errorOf, run, runBundle } from './harness.ts'

/** What a plugin sees of the events of its process: its log lines, and how it ends. */
async function events (body: string): Promise<{ lines: string[], ok: boolean }> {
  const { guest, result } = await run(`async ({ log }) => { const say = (...args) => { log.info(args.map(String).join(' ')) }; ${body} }` as never)
  return { lines: guest.lines.map(line => line.replace('info: ', '')), ok: result.ok }
}

describe('process', () => {
  after(closeGuests)

  it('tells its listeners of the end, once, with the code of how it ended', async () => {
    assert.deepEqual(await events('process.on("exit", code => say("exit", code)).once("beforeExit", code => say("before", code)); say("run")'), { lines: ['run', 'before 0', 'exit 0'], ok: true })
    assert.deepEqual(await events('process.on("exit", code => say("exit", code)).on("beforeExit", () => say("never")); throw new Error("x")'), { lines: ['exit 1'], ok: false })
  })

  it('lets no listener of the end change how the run ended', async () => {
    const { lines, ok } = await events('process.on("exit", () => { throw new Error("late") })')
    assert.deepEqual([lines, ok], [['warning: A listener of the plugin for the end of its process failed.'], true])
  })

  it('gives an uncaught error to uncaughtException, and the run goes on', async () => {
    assert.deepEqual(await events('process.on("uncaughtException", (error, origin) => say(error.message, origin)); setTimeout(() => { throw new Error("in a timer") }, 1); await new Promise(resolve => setTimeout(resolve, 10)); say("on")'), { lines: ['in a timer uncaughtException', 'on'], ok: true })
  })

  it('ends a run with what such a listener throws', async () => {
    const { result } = await run((async () => { process.on('uncaughtException', () => { throw new RangeError('worse') }); setTimeout(() => { throw new Error('bad') }, 1); await new Promise(() => {}) }) as never)
    const error = errorOf(result)
    assert.equal(error.code === 'plugin-error' && error.message, 'worse')
  })

  it('ends a run with an uncaught error when nobody listens', async () => {
    const { result } = await run((async () => { setTimeout(() => { throw new Error('in a timer') }, 1); await new Promise(() => {}) }) as never)
    const error = errorOf(result)
    assert.equal(error.code === 'plugin-error' && error.message, 'in a timer')
  })

  it('gives a rejection that nobody handled to unhandledRejection, else to uncaughtException, else ends the run', async () => {
    for (const [name, said] of [['unhandledRejection', 'no RangeError'], ['uncaughtException', 'no RangeError']] as const) {
      const { guest, result } = await runBundle(`function (exports) { exports.run = async ({ log }) => { process.on('${name}', error => { log.info(error.message + ' ' + error.name) }); await new Promise(resolve => setTimeout(resolve, 30)) } }`, { onMessage (message, guest) { if (message.op === 'loaded') setImmediate(() => { guest.deliver({ op: 'rejected', error: { name: 'RangeError', message: 'no' } }) }) } })
      assert.deepEqual([guest.lines, result.ok], [[`info: ${said}`], true])
    }
    const { result } = await runBundle('function (exports) { exports.run = () => new Promise(() => {}) }', { onMessage (message, guest) { if (message.op === 'loaded') setImmediate(() => { guest.deliver({ op: 'rejected', error: { name: 'RangeError', message: 'no', stack: 'RangeError: no\n    at /plugin/index.js:1:1' } }) }) } })
    assert.deepEqual(errorOf(result), { code: 'plugin-error', message: 'no', name: 'RangeError', stack: 'RangeError: no\n    at /plugin/index.js:1:1' })
  })

  it('writes lines of its outputs to the log, whole, as streams', async () => {
    assert.deepEqual((await events('const { pipeline } = require; process.stdout.write("a\\nb"); process.stderr.write("other\\n"); process.stdout.write(Buffer.from("c\\n")); await new Promise(resolve => process.stdout.write("", resolve))'.replace('const { pipeline } = require; ', ''))).lines, ['debug: a', 'debug: other', 'debug: bc'])
    assert.deepEqual((await events('let seen = "end"; for await (const chunk of process.stdin) seen = chunk; say(seen)')).lines, ['end'])
  })
})
