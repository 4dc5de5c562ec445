/**
 * The prelude: evaluated once, when the snapshot is made. It leaves one hook, `__vivarium_boot`, which the thread calls in every new context
 * with its three functions, and which answers the only function that the thread ever calls.
 */
import type { ToIsolate } from '../protocol.ts'
import { startClock } from './globals/clock.ts'
import { installGlobals } from './globals/index.ts'
import { tellProcess } from './globals/process-events.ts'
import { harden } from './harden.ts'
import { hostMessage } from './http.ts'
import { connect, settleCall, type Ack, type Send, type Sync } from './link.ts'
import { stop, takeJob } from './loader.ts'
import { parts, type Part } from './parts.ts'
import { captureLatecomers, define, jsonParse, NativeError, NativePromise, own } from './primordials.ts'
import { settleThrown } from './settle.ts'
import { fire } from './timers.ts'
import { enter, reportUncaughtTo } from './turns.ts'

/** Parts to evaluate in the snapshot: see prelude.ts. */
declare const VIVARIUM_WARM: { readonly parts: readonly Part[], readonly builtins: readonly string[] }

installGlobals()
reportUncaughtTo(uncaughtError)
for (const part of VIVARIUM_WARM.parts) parts[part]()
for (const name of VIVARIUM_WARM.builtins) parts.builtins().load(name)

/** A listener that throws itself ends the run with what it threw, as in Node. */
function uncaughtError (error: unknown): void {
  try {
    if (!tellProcess('uncaughtException', error, 'uncaughtException')) settleThrown(error, 'call')
  } catch (thrown) {
    settleThrown(thrown, 'call')
  }
}

/** The thread has seen only a copy of the error. */
function unhandledRejection ({ name, message, stack }: { readonly name: string, readonly message: string, readonly stack?: string }): void {
  const error = new NativeError(message)
  define(error, 'name', name)
  if (stack !== undefined) error.stack = stack
  if (!tellProcess('unhandledRejection', error, NativePromise.resolve()) && !tellProcess('uncaughtException', error, 'unhandledRejection')) settleThrown(error, 'call')
}

define(globalThis, '__vivarium_boot', (send: Send, ack: Ack, sync: Sync) => {
  captureLatecomers()
  startClock()
  connect(send, ack, sync)
  harden()
  return deliver
})

/** JSON text of a ToIsolate message, and its bytes. */
function deliver (text: string, bytes?: Uint8Array): void {
  enter(() => { receive(jsonParse(text) as ToIsolate, bytes) }) // the thread writes nothing else
}

function receive (message: ToIsolate, bytes: Uint8Array | undefined): void {
  switch (message.op) {
    case 'job': return takeJob(message.job)
    case 'stop': return stop()
    case 'timers': return fire(message.ids)
    case 'rejected': return unhandledRejection(message.error)
    case 'reply':
      settleCall(message.id, own(message, 'value'), undefined, bytes)
      return
    case 'reply-error':
      settleCall(message.id, undefined, message.error)
      return
    case 'http-head': case 'http-data': case 'http-end': case 'http-error': case 'http-drain': return hostMessage(message, bytes)
  }
}
