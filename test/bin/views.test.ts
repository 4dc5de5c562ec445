import assert from 'node:assert/strict'
import { stripVTControlCharacters } from 'node:util'
import { PlainView } from '../../bin/follow/plain-view.ts'
import { TerminalView } from '../../bin/follow/terminal-view.ts'
import type { LogEntry } from '../../store/types.ts'

describe('bin/follow views', () => {
  it('shows one plain line for each quarter of a progress', () => {
    const { out, text } = output()
    const view = new PlainView(out, 5)
    for (let n = 1; n <= 8; n++) view.progress('A', { msg: 'Pages', progress: n, total: 8 })
    assert.deepEqual(text().trimEnd().split('\n'), [2, 4, 6, 8].map(n => `A     │ ▪ Pages: ${n} of 8`))
  })

  it('says what a task came to that was there with its progress, in the language of the logs', () => {
    const { out, text } = output()
    const view = new PlainView(out, 1, 'fr')
    view.entry('A', { ...entry('task', 'Pages'), progress: 8, total: 8 })
    view.progress('A', { msg: 'Pages', progress: 8, total: 8 })
    assert.equal(text(), 'A │ ▪ Pages\nA │ ▪ Pages : 8 sur 8\n')
  })

  it('takes from a plugin\'s text what would move the cursor or change colours', () => {
    const { out, raw } = output()
    new PlainView(out, 1).entry('A', entry('info', 'a\u001b[2Jb\rc\u0007d'))
    assert.equal(stripVTControlCharacters(raw()), 'A │   ab c d\n')
  })

  it('sets further lines of a text below its first', () => {
    const { out, text } = output()
    new PlainView(out, 1).entry('A', entry('error', 'one\ntwo'))
    assert.equal(text(), 'A │ ✗ one\n  │   two\n')
  })

  it('keeps the bars of tasks below the lines in a terminal', () => {
    const { out, raw, text } = output()
    const view = new TerminalView(out, 1)
    view.progress('A', { msg: 'Pages', progress: 1, total: 2 })
    view.entry('A', entry('info', 'line'))
    assert.ok(raw().includes('\u001b[1A\r\u001b[J'), 'the bar is taken back before the line is written')
    assert.match(text().split('\r').at(-1) ?? '', /^A │ {3}line\nA │ ▪ █{12}░{12} 1\/2 Pages\n$/)
  })

  it('makes a line of a task that is complete, and no longer shows what an ended run left', () => {
    const { out, text } = output()
    const view = new TerminalView(out, 1)
    view.progress('A', { msg: 'Pages', progress: 2, total: 2 })
    view.progress('B', { msg: 'Lines', progress: 1, total: 2 })
    view.end('B')
    const lines = text().split('\r')
    assert.match(lines[0] ?? '', /^A │ ▪ █{24} 2\/2 Pages\n/)
    assert.equal(lines.at(-1), '')
  })
})

function entry (type: LogEntry['type'], msg: string): LogEntry {
  return { seq: 1, type, msg, date: '2026-11-24T08:00:00.000Z' }
}

function output (): { out: { columns: number, write (text: string): void }, raw: () => string, text: () => string } {
  let raw = ''
  return { out: { columns: 100, write: text => { raw += text } }, raw: () => raw, text: () => stripVTControlCharacters(raw) }
}
