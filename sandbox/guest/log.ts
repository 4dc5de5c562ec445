/**
 * `context.log`, and the lines of console. Nothing here throws: a log line must not break a run.
 *
 * The first lines of a turn leave at once, so that a plugin which then loops for ever has said where; the others leave together at the
 * turn's end, or sooner when they are many.
 */
import type { GuestLogCode, GuestLogType } from '../protocol.ts'
import { debugging, limits } from './job.ts'
import { beforeOtherMessages, postText } from './link.ts'
import { parts } from './parts.ts'
import { jsonStringify, max, min, now, numberToString } from './primordials.ts'
import { cut } from './cut.ts'
import { printable } from './printable.ts'
import { microtask } from './turns.ts'

/** Lines of one turn that are not held back. */
const AT_ONCE = 8
const BATCH_ENTRIES = 64
const BATCH_CHARS = 32_768
/** Of the text of one entry, kept for its fields and quotes. */
const ENTRY_OVERHEAD = 200

let inTurn = 0
let batch = ''
let batched = 0

beforeOtherMessages(flushLog)

export interface Log {
  step (msg: unknown): Promise<void>
  info (msg: unknown, extra?: unknown): Promise<void>
  warning (msg: unknown, extra?: unknown): Promise<void>
  /** Deprecated name of `warning`, which published plugins use. */
  warn (msg: unknown, extra?: unknown): Promise<void>
  error (msg: unknown, extra?: unknown): Promise<void>
  /** Dropped unless the processing is in debug mode. */
  debug (msg: unknown, extra?: unknown): Promise<void>
  task (msg: unknown): Promise<void>
  /** Progress of the task of the same name. What is not a finite number counts as 0. */
  progress (msg: unknown, progress: unknown, total: unknown): Promise<void>
}

/** Functions that need no `this`: plugins take them apart. */
export function createLog (): Log {
  const warning = async (msg: unknown, extra: unknown = '') => writeLine('warning', msg, extra)
  return {
    step: async msg => writeLine('step', msg),
    info: async (msg, extra = '') => writeLine('info', msg, extra),
    warning,
    warn: warning,
    error: async (msg, extra = '') => writeLine('error', msg, extra),
    debug: async (msg, extra = '') => writeLine('debug', msg, extra),
    task: async msg => writeLine('task', msg),
    progress: async (msg, progress, total) => writeProgress(msg, progress, total)
  }
}

/** `extra` undefined: the entry has none (steps and tasks). `code`: the runner words the line (protocol.ts). */
export function writeLine (type: GuestLogType, msg: unknown, extra?: unknown, code?: GuestLogCode): void {
  if (type === 'debug' && !debugging()) return
  const allowed = max(limits().logEntryBytes - ENTRY_OVERHEAD, 100)
  const text = cut(asText(msg), allowed)
  const rest = extra === undefined ? undefined : extraText(extra, max(allowed - text.length, 0))
  write(`{"type":"${type}","msg":${jsonStringify(text)},"date":${now()}${rest === undefined ? '' : `,"extra":${rest}`}${code === undefined ? '' : `,"code":"${code}"`}}`)
}

function writeProgress (msg: unknown, progress: unknown, total: unknown): void {
  const text = cut(asText(msg), max(limits().logEntryBytes - ENTRY_OVERHEAD, 100))
  write(`{"type":"progress","msg":${jsonStringify(text)},"date":${now()},"progress":${finite(progress)},"total":${finite(total)}}`)
}

function extraText (extra: unknown, room: number): string {
  if (room < 500 && typeof extra === 'object' && extra !== null) return '"…"'
  return printable(extra, room) ?? '""'
}

function finite (value: unknown): string {
  return typeof value === 'number' && value - value === 0 ? numberToString(value) : '0'
}

function asText (msg: unknown): string {
  if (typeof msg === 'string') return msg
  try {
    return parts.inspect().inspect(msg)
  } catch {
    return printable(msg, min(limits().logEntryBytes, 2_000)) ?? typeof msg
  }
}

function write (entry: string): void {
  if (inTurn === 0) microtask(endTurn)
  inTurn += 1
  if (inTurn <= AT_ONCE) return send(entry)
  batch += batched === 0 ? entry : `,${entry}`
  batched += 1
  if (batched >= BATCH_ENTRIES || batch.length >= BATCH_CHARS) flushLog()
}

function endTurn (): void {
  inTurn = 0
  flushLog()
}

export function flushLog (): void {
  if (batched === 0) return
  const entries = batch
  batch = ''
  batched = 0
  send(entries)
}

function send (entries: string): void {
  postText(`{"op":"log","entries":[${entries}]}`)
}
