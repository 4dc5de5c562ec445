import assert from 'node:assert/strict'
import os from 'node:os'
import ivm from 'isolated-vm'
import { buildPrelude, makeSnapshot } from '../../../sandbox/prelude.ts'
import { SIZES } from '../../../sandbox/snapshot-size.ts'
import { closeGuests, evaluate } from './harness.ts'

describe('the prelude', () => {
  after(closeGuests)

  it('is the same wherever it is built, and changes its key with what is in it', async () => {
    const before = process.cwd()
    const first = await buildPrelude()
    process.chdir(os.tmpdir())
    try {
      assert.deepEqual(await buildPrelude(), first)
    } finally {
      process.chdir(before)
    }
    assert.match(first.key, /^[0-9a-f]{64}$/)
    assert.notEqual((await buildPrelude({ warm: { parts: ['url'], builtins: [] } })).key, first.key)
  })

  it('names no folder of this machine and has no character that would double it', async () => {
    const { code } = await buildPrelude()
    assert.equal(code.includes(process.cwd()), false)
    assert.equal(code.includes(os.homedir()), false)
    assert.match(code, /^[\0-\xff]*$/)
  })

  it('makes lean snapshots', async () => {
    for (const size of SIZES) {
      const { byteLength } = makeSnapshot(await buildPrelude({ size }))
      assert.ok(byteLength < 4e6, `${size}: ${byteLength} bytes`)
    }
  })

  it('has not made what a run may not need', async () => {
    assert.deepEqual(await evaluate((() => ['URL', 'Buffer', 'TextDecoder', 'AbortController', 'fetch', 'Response', 'structuredClone'].filter(name => Object.getOwnPropertyDescriptor(globalThis, name)?.get === undefined)) as never), [])
  })

  it('is warmed up by a run that plays to its end', async () => {
    const prelude = await buildPrelude({ size: 'files' })
    const isolate = new ivm.Isolate({ snapshot: new ivm.ExternalCopy(makeSnapshot(prelude)) })
    const context = await isolate.createContext()
    await context.eval(`globalThis.sent = ${prelude.warmUp}; undefined`)
    const sent = JSON.parse(await context.eval('JSON.stringify(sent)') as string) as string[]
    isolate.dispose()
    const ops = sent.map(text => (JSON.parse(text) as { op: string }).op)
    assert.equal(ops.filter(op => op === 'http').length, 3, ops.join())
    assert.equal(ops.filter(op => op === 'call').length, 3, ops.join())
    assert.match(sent.at(-1) ?? '', /"code":"plugin-error","message":"the end"/)
  })

  it('gives each context a language of its own', async () => {
    const prelude = await buildPrelude({ size: 'files' })
    const isolate = new ivm.Isolate({ snapshot: new ivm.ExternalCopy(makeSnapshot(prelude)) })
    const [first, second] = [await isolate.createContext(), await isolate.createContext()]
    await first.eval('Array.prototype.mine = 1; globalThis.mine = 1; 0')
    assert.equal(await second.eval('typeof mine + typeof [].mine + typeof __vivarium_boot'), 'undefinedundefinedfunction')
    isolate.dispose()
  })
})
