/**
 * `sendMail`: a plugin sends a mail through the platform's transport.
 *
 * 1. the call is counted, its size looked at, and room is taken for it: nothing of a mail that is refused here has been parsed
 * 2. it is read and checked once, so that its author hears at once what is wrong with it; only its bytes are kept
 * 3. the ledger is written, it waits for its turn, and goes to the mail server within a time of its own
 */
import { BrokerError, refuse } from './guest-error.ts'
import { checkMailText, defaultMailLimits } from './mail-bounds.ts'
import type { MailLimits } from './mail-bounds.ts'
import { readMail } from './mail-message.ts'
import { inPieces } from './mail-pieces.ts'
import type { MailTransport } from './mail-transport.ts'

/** What the plugin gets back, of nodemailer's answer. */
interface SentMail {
  readonly accepted: readonly string[]
  readonly rejected: readonly string[]
  readonly messageId: string
  readonly response: string
}

interface RunMailLimits extends MailLimits {
  /** In one run, those that were refused included. @default 100 */
  readonly mails: number
  /** For its turn. @default 5 min */
  readonly waitMs: number
  /** From its turn to the answer of the mail server. @default 60 s */
  readonly sendMs: number
  /** After the end of its run: what the plugin has not awaited may still go. @default 30 s */
  readonly afterRunMs: number
}

export interface MailBrokerOptions {
  /** Opens the transport, or answers the one that is open. */
  readonly transport: () => MailTransport
  /** Whose mails share their part of the room. */
  readonly account: string
  /** Awaited before the mail waits for its turn. */
  readonly onMail: () => Promise<void>
  readonly limits?: Partial<RunMailLimits>
  /** For the operator: why the mail server could not be used. */
  readonly onError?: (error: unknown) => void
}

export interface MailBroker {
  /**
   * `mail`: JSON, or how many bytes of it there were, when there were too many to cross. Rejects with `mail-limit`; the errors of
   * `readMail`; EENVELOPE and EMESSAGE with the words of the mail server when it refuses this mail; `mail-unavailable` when it cannot be used.
   */
  send(mail: Uint8Array | number): Promise<SentMail>
  /** The run has ended: what is under way has `afterRunMs` left. */
  close(): void
}

const DEFAULTS: RunMailLimits = Object.freeze({ ...defaultMailLimits, mails: 100, waitMs: 300_000, sendMs: 60_000, afterRunMs: 30_000 })

export function createMailBroker (options: MailBrokerOptions): MailBroker {
  const limits = { ...DEFAULTS, ...options.limits }
  const run = { bytes: 0 }
  const ended = new AbortController()
  let asked = 0

  return {
    async send (mail) {
      asked += 1
      if (asked > limits.mails) throw refuse('mail-limit', { limit: limits.mails, key: 'RUN_MAILS' })
      if (typeof mail === 'number' || mail.byteLength > limits.mailBytes) throw tooLarge()
      const transport = options.transport()
      const release = transport.room.take(options.account, run, mail.byteLength)
      try {
        checkMailText(mail)
        readJson(mail)
        await options.onMail()
        return await handOver(transport, mail)
      } finally {
        release()
      }
    },
    close () {
      if (run.bytes > 0) setTimeout(() => ended.abort(new Error('the run has ended')), limits.afterRunMs).unref()
    }
  }

  function tooLarge (): BrokerError {
    return refuse('mail-limit', { variant: 'size', limit: limits.mailBytes, key: 'RUN_MAIL_BYTES' }, { code: 'ERR_INVALID_ARG_VALUE' })
  }

  function readJson (mail: Uint8Array): ReturnType<typeof readMail> {
    return readMail(JSON.parse(Buffer.from(mail.buffer, mail.byteOffset, mail.byteLength).toString('utf8')), limits)
  }

  async function handOver (transport: MailTransport, mail: Uint8Array): Promise<SentMail> {
    try {
      const within = (ms: number): AbortSignal => AbortSignal.any([AbortSignal.timeout(ms), ended.signal, transport.closing])
      const leave = await transport.room.turn(options.account, within(limits.waitMs))
      try {
        return readAnswer(await transport.sendMail(inPieces(readJson(mail)), within(limits.sendMs)))
      } finally {
        leave()
      }
    } catch (error) {
      throw refusal(error) ?? unavailable(error)
    }
  }

  function unavailable (error: unknown): BrokerError {
    options.onError?.(error)
    return refuse('mail-unavailable', { variant: 'failed' }, { cause: error })
  }
}

/** What the server said of this mail concerns its author. What it said of us (address, login, certificate) does not. */
function refusal (error: unknown): BrokerError | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  if (error.code !== 'EENVELOPE' && error.code !== 'EMESSAGE') return undefined
  const response = 'response' in error && typeof error.response === 'string' ? error.response : error.message
  return refuse('mail-refused', { reason: response.slice(0, 500) }, { code: error.code, cause: error })
}

function readAnswer (answer: unknown): SentMail {
  const { accepted, rejected, messageId, response } = answer as Record<string, unknown> // nodemailer's info object
  return { accepted: addresses(accepted), rejected: addresses(rejected), messageId: String(messageId ?? ''), response: String(response ?? '') }
}

function addresses (value: unknown): string[] {
  return Array.isArray(value) ? value.map((item) => typeof item === 'string' ? item : String(item?.address ?? '')) : []
}
