/** `process.stdout` and `process.stderr`: streams to the log, a debug entry for each whole line. `process.stdin` is empty. */
import type { Readable, Writable } from 'node:stream'
import { writeLine } from '../log.ts'
import { parts } from '../parts.ts'

/** Of a line that does not end. */
const MAX_HELD = 65_536

export function createOutput (fd: 1 | 2): Writable {
  const decoder = new TextDecoder()
  let held = ''
  const write = (text: string): void => {
    const lines = (held + text).split('\n')
    held = (lines.pop() ?? '').slice(-MAX_HELD)
    for (const line of lines) writeLine('debug', line)
  }
  const output = new (streams().Writable)({
    decodeStrings: false,
    write (chunk: string | Uint8Array, _encoding, done) {
      write(typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true }))
      done()
    }
  })
  return Object.assign(output, { fd, isTTY: false, columns: 80, rows: 24, _type: 'pipe', getColorDepth: () => 1, hasColors: () => false, getWindowSize: () => [80, 24] })
}

export function createInput (): Readable {
  return Object.assign(streams().Readable.from([]), { fd: 0, isTTY: false, isRaw: false })
}

function streams (): typeof import('node:stream') {
  return parts.builtins().load('stream') as typeof import('node:stream')
}
