import assert from 'node:assert/strict'
import { Trace } from '../../../bin/run/trace.ts'

const request = { method: 'GET', url: 'https://example.org/x', headers: [], redirects: 0, timeoutMs: 0, context: false } as const

describe('vivarium run --trace', () => {
  const lines: string[] = []
  let trace: Trace
  beforeEach(() => {
    lines.length = 0
    trace = new Trace(line => lines.push(line.replaceAll(/\d+(?:\.\d+)? m?s/g, 'T')))
  })

  it('gives each request one line when it has ended: status, time, sizes', () => {
    trace.take({ op: 'http', id: 1, request: { ...request, method: 'POST' } }, 2_048)
    trace.take({ op: 'http', id: 2, request }, 0)
    trace.take({ op: 'http-head', id: 2, status: 200, statusText: 'OK', headers: [], url: request.url }, 0)
    trace.take({ op: 'http-data', id: 2 }, 700)
    trace.take({ op: 'http-data', id: 2 }, 300)
    trace.take({ op: 'http-end', id: 2 }, 0)
    trace.take({ op: 'http-error', id: 1, error: { code: 'network-denied', message: 'no' } }, 0)
    assert.deepEqual(lines, ['+T GET https://example.org/x → 200 in T (1000 bytes in)', '+T POST https://example.org/x → network-denied in T (2 KB out)'])
  })

  it('gives each call one line, and none to log lines', () => {
    trace.take({ op: 'log', entries: [{ type: 'info', msg: 'x', date: 0 }] }, 0)
    trace.take({ op: 'call', id: 7, method: 'patchConfig', args: [{}] }, 0)
    trace.take({ op: 'call', id: 8, method: 'sendMail', args: [{}] }, 0)
    trace.take({ op: 'reply', id: 7, value: undefined }, 0)
    trace.take({ op: 'reply-error', id: 8, error: { code: 'mail-unavailable', message: 'no' } }, 0)
    assert.deepEqual(lines, ['+T call patchConfig → done in T', '+T call sendMail → mail-unavailable in T'])
  })

  it('is not confused by what a hostile guest sends', () => {
    trace.take({ op: 'http', id: 1, request: undefined } as never, 0)
    trace.take({ op: 'http-end', id: 99 }, 0)
    trace.take({ op: 'http-end', id: 1 }, 0)
    assert.deepEqual(lines, ['+T undefined undefined → answered in T'])
  })
})
