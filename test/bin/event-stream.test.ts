import assert from 'node:assert/strict'
import { readEvents, type StreamEvent } from '../../bin/follow/event-stream.ts'

describe('bin/follow/event-stream', () => {
  it('gives each event with its name, its id and its data', async () => {
    assert.deepEqual(await read('id: 7\nevent: log\ndata: {"a":1}\n\n'), [{ event: 'log', id: '7', data: '{"a":1}' }])
  })

  it('puts together an event that comes in pieces, within a character too', async () => {
    const bytes = new TextEncoder().encode('event: log\ndata: été\n\n')
    assert.deepEqual((await collect([...bytes].map(byte => Uint8Array.of(byte)))).map(event => event.data), ['été'])
  })

  it('joins several data lines with line breaks', async () => {
    assert.deepEqual((await read('data: one\ndata: two\n\n'))[0]?.data, 'one\ntwo')
  })

  it('keeps colons of the data', async () => {
    assert.equal((await read('data: 12:30\n\n'))[0]?.data, '12:30')
  })

  it('leaves out comments, and an event that was cut off', async () => {
    assert.deepEqual(await read(': heartbeat\n\ndata: whole\n\ndata: cut off'), [{ event: 'message', id: '', data: 'whole' }])
  })

  it('refuses an event without end', async () => {
    const megabyte = new Uint8Array(1_048_576).fill(97)
    await assert.rejects(collect(Array.from({ length: 10 }, () => megabyte)), /at most/)
  })
})

function read (text: string): Promise<StreamEvent[]> {
  return collect([new TextEncoder().encode(text)])
}

async function collect (chunks: readonly Uint8Array[]): Promise<StreamEvent[]> {
  return await Array.fromAsync(readEvents(async function * () { yield * chunks }()))
}
