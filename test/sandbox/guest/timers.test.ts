import assert from 'node:assert/strict'
import { closeGuests, errorOf, evaluate, openGuest, run } from './harness.ts'

describe('timers', () => {
  after(closeGuests)

  it('fire in Node\'s order', async () => {
    const order = await evaluate(() => new Promise(resolve => {
      const seen: string[] = []
      setTimeout(() => { seen.push('timeout'); resolve(seen) }, 20)
      setImmediate(() => seen.push('immediate'))
      queueMicrotask(() => seen.push('microtask'))
      Promise.resolve().then(() => seen.push('promise'))
      process.nextTick(() => seen.push('tick'))
      process.nextTick((...args: string[]) => seen.push(args.join('')), 'tick ', 'with arguments')
      seen.push('sync')
    }))
    // the body runs inside an async function of the test's own, hence in a microtask: there Node runs promises before ticks as well
    assert.deepEqual([...order as string[]].sort(), ['immediate', 'microtask', 'promise', 'sync', 'tick', 'tick with arguments', 'timeout'])
    assert.deepEqual([(order as string[])[0], ...(order as string[]).slice(-2)], ['sync', 'immediate', 'timeout'])
  })

  it('run ticks before promises in a turn of their own', async () => {
    const order = await evaluate(() => new Promise(resolve => {
      setTimeout(() => {
        const seen: string[] = []
        Promise.resolve().then(() => seen.push('promise'))
        queueMicrotask(() => { seen.push('microtask'); process.nextTick(() => seen.push('tick in microtask')) })
        process.nextTick(() => { seen.push('tick'); process.nextTick(() => seen.push('tick in tick')) })
        seen.push('sync')
        setTimeout(() => resolve(seen), 5)
      }, 1)
    }))
    assert.deepEqual(order, ['sync', 'tick', 'tick in tick', 'promise', 'microtask', 'tick in microtask'])
  })

  it('pass their arguments, and themselves as this', async () => {
    assert.deepEqual(await evaluate(() => new Promise(resolve => {
      const timer = setTimeout(function (this: unknown, a: number, b: number) { resolve([this === timer, a, b]) }, 1, 1, 2)
    })), [true, 1, 2])
  })

  it('can be cleared, by object, number and text', async () => {
    assert.deepEqual(await evaluate(async () => {
      const fired: string[] = []
      clearTimeout(setTimeout(() => fired.push('object'), 1))
      clearTimeout(+setTimeout(() => fired.push('number'), 1))
      clearTimeout(`${setTimeout(() => fired.push('text'), 1)}`)
      clearImmediate(setImmediate(() => fired.push('immediate')))
      clearInterval(setInterval(() => fired.push('interval'), 1))
      setTimeout(() => fired.push('closed'), 1).close()
      for (const odd of [undefined, null, {}, 'x', NaN, 123456, () => {}]) { clearTimeout(odd as never); clearImmediate(odd as never) }
      await new Promise(resolve => setTimeout(resolve, 15))
      return fired
    }), [])
  })

  it('repeat until cleared, also from their own callback', async () => {
    assert.deepEqual(await evaluate(() => new Promise(resolve => {
      let count = 0
      const timer = setInterval(() => {
        count += 1
        if (count === 3) { clearInterval(timer); setTimeout(() => resolve(count), 15) }
      }, 2)
    })), 3)
  })

  it('can be refreshed, and asked', async () => {
    assert.deepEqual(await evaluate(async () => {
      let count = 0
      const timer = setTimeout(() => { count += 1 }, 1)
      const facts = [timer.hasRef(), timer.unref().hasRef(), timer.ref() === timer, typeof timer[Symbol.toPrimitive](), timer.constructor.name]
      await new Promise(resolve => setTimeout(resolve, 10))
      timer.refresh()
      await new Promise(resolve => setTimeout(resolve, 10))
      clearTimeout(timer)
      timer.refresh()
      await new Promise(resolve => setTimeout(resolve, 10))
      return [...facts, count]
    }), [true, false, true, 'number', 'Timeout', 2])
  })

  it('are messages with a sane delay', async () => {
    const { guest } = await run(() => {
      for (const ms of [-1, 0, 1.9, NaN, Infinity, 2 ** 31, 2 ** 31 - 1, '7', undefined]) clearTimeout(setTimeout(() => {}, ms as number))
    })
    assert.deepEqual(guest.of('timer').map(({ ms }) => ms), [1, 1, 1, 1, 1, 1, 2 ** 31 - 1, 7, 1])
    assert.equal(guest.of('timer-clear').length, 9)
  })

  it('send one message for all immediates of a turn', async () => {
    const { guest } = await run(async ({ log }) => {
      const seen: number[] = []
      for (let i = 0; i < 50; i++) setImmediate(() => seen.push(i))
      await new Promise(resolve => setTimeout(resolve, 10))
      log.info(seen.length)
    })
    assert.deepEqual(guest.of('timer').map(({ ms }) => ms), [0, 10])
    assert.deepEqual(guest.lines, ['info: 50'])
  })

  it('let promises run between immediates', async () => {
    assert.deepEqual(await evaluate(() => new Promise(resolve => {
      const seen: string[] = []
      for (const name of ['a', 'b']) setImmediate(() => { seen.push(name); Promise.resolve().then(() => seen.push(`${name}'`)) })
      setTimeout(() => resolve(seen), 10)
    })), ['a', 'a\'', 'b', 'b\''])
  })

  it('end the run with what their callbacks throw', async () => {
    for (const [name, schedule] of Object.entries({
      timeout: 'setTimeout(fail, 1)', immediate: 'setImmediate(fail)', tick: 'process.nextTick(fail)', microtask: 'queueMicrotask(fail)', listener: 'new EventTarget().addEventListener("x", fail); const t = new EventTarget(); t.addEventListener("x", fail); t.dispatchEvent(new Event("x"))'
    })) {
      const guest = await openGuest()
      await guest.start(`function (exports) { const fail = () => { throw new TypeError('${name}') }; exports.run = async () => { ${schedule}; await new Promise(() => {}) } }`)
      const { code, message } = errorOf(await guest.result) as { code: string, message: string }
      assert.deepEqual({ code, message }, { code: 'plugin-error', message: name })
      guest.close()
    }
  })

  it('refuse what is no function, as Node', async () => {
    assert.deepEqual(await evaluate(() => [setTimeout, setInterval, setImmediate, process.nextTick, queueMicrotask].map(schedule => {
      try {
        (schedule as (callback: unknown) => void)('x')
        return 'taken'
      } catch (error) {
        return (error as { code: string }).code
      }
    })), Array(5).fill('ERR_INVALID_ARG_TYPE'))
  })

  it('refuse more than the limit with a sentence', async () => {
    const { result } = await run(() => { for (;;) setTimeout(() => {}, 60_000) }, { job: { limits: { timers: 20 } } })
    const error = errorOf(result) as { code: string, stack?: string }
    assert.equal(error.code, 'timer-limit')
    assert.match(error.stack ?? '', /^RangeError: 20 timers are waiting, which is the limit\n.*plugin\/index\.js/)
  })

  it('exist as promises', async () => {
    assert.deepEqual(await evaluate(async (_, require: (name: string) => typeof import('node:timers/promises')) => {
      const { setTimeout: later, setImmediate: soon, setInterval: every, scheduler } = require('timers/promises')
      let ticks = 0
      for await (const value of every(2, 'v')) { ticks += value === 'v' ? 1 : 0; if (ticks === 3) break }
      await scheduler.wait(1)
      const controller = new AbortController()
      const aborted = later(10_000, 'never', { signal: controller.signal }).catch((error: Error & { code: string }) => [error.name, error.code])
      controller.abort()
      return [await later(1, 'a'), await soon('b'), ticks, await aborted]
    }), ['a', 'b', 3, ['AbortError', 'ABORT_ERR']])
  })

  it('tell nothing of a timer that a plugin has made up', async () => {
    const { result, guest } = await run(() => {
      const Timeout = setTimeout(() => {}, 1).constructor as unknown as new (state: unknown) => NodeJS.Timeout
      const made = new Timeout({ id: '1},"op":"settled"' })
      made.refresh(); made.close(); clearTimeout(made)
    })
    assert.deepEqual(result, { ok: true })
    assert.deepEqual(guest.messages.map(({ op }) => op), ['loaded', 'timer', 'settled'])
  })
})
