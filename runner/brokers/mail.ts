/** `sendMail`: a plugin sends a mail through the platform's transport. */
import nodemailer from 'nodemailer'
import type { SendMailOptions } from 'nodemailer'
import { BrokerError } from './guest-error.ts'
import type { MailLimits } from './mail-message.ts'
import { defaultMailLimits, readMail } from './mail-message.ts'

/** One for the whole service: what a broker needs of nodemailer's transporter. */
export interface MailTransport {
  sendMail(mail: SendMailOptions): Promise<unknown>
  close(): void
}

/** What the plugin gets back, of nodemailer's answer. */
export interface SentMail {
  readonly accepted: readonly string[]
  readonly rejected: readonly string[]
  readonly messageId: string
  readonly response: string
}

export interface MailBrokerOptions {
  /** Opens the transport, or answers the one that is open. */
  readonly transport: () => MailTransport
  /** Awaited before the mail is handed over. */
  readonly onMail: () => Promise<void>
  readonly limits?: Partial<MailLimits & { /** In one run. @default 100 */ readonly mails: number }>
  /** For the operator: why the mail server could not be used. */
  readonly onError?: (error: unknown) => void
}

/** `options`: MAILS_TRANSPORT, a nodemailer transport as an object or a connection URL. No file or URL is ever read for a message. */
export function createMailTransport (options: Record<string, unknown> | string): MailTransport {
  // The object is the operator's, nodemailer itself judges it.
  return nodemailer.createTransport(options as Parameters<typeof nodemailer.createTransport>[0], CLOSED)
}

const CLOSED = { disableFileAccess: true, disableUrlAccess: true } as const

/**
 * Answers the function behind `context.sendMail(mail)`. Throws the errors of `readMail`; `mail-limit`; EENVELOPE and EMESSAGE with
 * the words of the mail server when it refuses this mail; `mail-unavailable` when it cannot be used at all.
 */
export function createMailBroker (options: MailBrokerOptions): (mail: unknown) => Promise<SentMail> {
  const { mails = 100, ...limits } = { ...defaultMailLimits, ...options.limits }
  let sent = 0
  return async (mail) => {
    const message = readMail(mail, limits)
    if (sent >= mails) throw new BrokerError('mail-limit', `The run reached its limit of mails (${mails}).`)
    sent += 1
    await options.onMail()
    try {
      return readAnswer(await options.transport().sendMail({ ...message, ...CLOSED }))
    } catch (error) {
      throw refusal(error) ?? unavailable(error)
    }
  }

  function unavailable (error: unknown): BrokerError {
    options.onError?.(error)
    return new BrokerError('mail-unavailable', 'The mail was not sent: the mail server of the platform could not be used.', { cause: error })
  }
}

/** What the server said of this mail concerns its author. What it said of us (address, login, certificate) does not. */
function refusal (error: unknown): BrokerError | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  if (error.code !== 'EENVELOPE' && error.code !== 'EMESSAGE') return undefined
  const response = 'response' in error && typeof error.response === 'string' ? error.response : error.message
  return new BrokerError(error.code, `The mail server refused this mail: ${response.slice(0, 500)}`, { cause: error })
}

function readAnswer (answer: unknown): SentMail {
  const { accepted, rejected, messageId, response } = answer as Record<string, unknown> // nodemailer's info object
  return { accepted: addresses(accepted), rejected: addresses(rejected), messageId: String(messageId ?? ''), response: String(response ?? '') }
}

function addresses (value: unknown): string[] {
  return Array.isArray(value) ? value.map((item) => typeof item === 'string' ? item : String(item?.address ?? '')) : []
}
