/** The mail server of the platform, as MAILS_TRANSPORT names it: one for the whole service, with room for so many mails at once. */
import nodemailer from 'nodemailer'
import type { SendMailOptions } from 'nodemailer'
import { MailRoom } from './mail-room.ts'
import type { MailRoomLimits } from './mail-room.ts'

/** What a broker needs of nodemailer's transporter. */
export interface MailTransport {
  /** Shared by all runs. */
  readonly room: MailRoom
  /** Aborted when the service closes. */
  readonly closing: AbortSignal
  /** Settles once nothing of the mail is held any more: soon after the signal is aborted, with a server that speaks SMTP. */
  sendMail(mail: SendMailOptions, signal: AbortSignal): Promise<unknown>
  close(): void
}

/** Of a server that does not answer; the operator may set his own. nodemailer's would hold a connection for ten minutes. */
const TIMEOUTS = { connectionTimeout: 15_000, greetingTimeout: 15_000, dnsTimeout: 10_000, socketTimeout: 30_000 } as const
/** No file or URL is ever read for a message. */
const CLOSED = { disableFileAccess: true, disableUrlAccess: true } as const

/** `options`: MAILS_TRANSPORT, a nodemailer transport as an object or a connection URL. */
export function createMailTransport (options: Record<string, unknown> | string, room?: MailRoomLimits): MailTransport {
  const own = typeof options === 'string' ? { url: options } : options
  // The object is the operator's, nodemailer itself judges it.
  const transporter = nodemailer.createTransport({ ...TIMEOUTS, ...own } as Parameters<typeof nodemailer.createTransport>[0], CLOSED)
  const closing = new AbortController()
  return {
    room: new MailRoom(room),
    closing: closing.signal,
    sendMail: async (mail, signal) => await transporter.sendMail({ ...mail, ...CLOSED, signal }),
    close () {
      closing.abort(new Error('the service stops'))
      transporter.close()
    }
  }
}
