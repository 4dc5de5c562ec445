/**
 * Bounds of a mail, checked before it is parsed, and of its fields before they are read: what is refused must cost next to nothing. Pure.
 * A list of a million addresses, or a text of a million commas, would keep the service from its work for seconds.
 */
import addressparser from 'nodemailer/lib/addressparser'
import { BrokerError, isRecord } from './guest-error.ts'

export interface MailLimits {
  /** Bytes of a mail as JSON: all texts and attachments together. @default 10 MiB */
  readonly mailBytes: number
  /** @default 100 */
  readonly recipients: number
  /** @default 20 */
  readonly attachments: number
}

export const defaultMailLimits: MailLimits = Object.freeze({ mailBytes: 10 * 2 ** 20, recipients: 100, attachments: 20 })

/** Values of a mail as JSON, at all levels. */
const MAX_VALUES = 20_000
/** Characters of all addresses and their names; of all other headers. */
const MAX_HEAD = 65_536
const MAX_HEADERS = 50
/** Values of one header, references to other mails. */
const MAX_HEADER_VALUES = 50

const QUOTE = 0x22
const BACKSLASH = 0x5c
/** `,` `[` `{` */
const BEFORE_VALUE = [0x2c, 0x5b, 0x7b] as const

/** Looks at JSON that has not been parsed. Throws ERR_INVALID_ARG_VALUE when it has more values than a mail needs. */
export function checkMailText (json: Uint8Array): void {
  const [comma, list, object] = BEFORE_VALUE
  let values = 0
  let quoted = false
  for (let at = 0; at < json.length; at++) {
    const byte = json[at]
    if (quoted) {
      if (byte === BACKSLASH) at++
      else if (byte === QUOTE) quoted = false
    } else if (byte === QUOTE) quoted = true
    else if ((byte === comma || byte === list || byte === object) && ++values > MAX_VALUES) throw tooMany('number of values', undefined, MAX_VALUES, 'values')
  }
}

/** Throws ERR_INVALID_ARG_VALUE. Of other types nothing is said here: each field is read by its own rule. */
export function checkMailBounds (mail: Record<string, unknown>, limits: MailLimits): void {
  const { from, sender, replyTo, to, cc, bcc, references, headers, attachments } = mail
  checkCount('recipients', [to, cc, bcc].reduce<number>((sum, field) => sum + countOf(field), 0), limits.recipients)
  checkCount('attachments', countOf(attachments), limits.attachments)
  for (const field of [from, sender, replyTo]) checkCount('senders', countOf(field), limits.recipients)
  checkCount('references', countOf(references), MAX_HEADER_VALUES)
  const values = isRecord(headers) ? Object.values(headers) : []
  checkCount('headers', values.length, MAX_HEADERS)
  for (const value of values) checkCount('values of one header', countOf(value), MAX_HEADER_VALUES)
  checkLength('addresses', [from, sender, replyTo, to, cc, bcc])
  checkLength('headers', [references, ...values, ...(isRecord(headers) ? Object.keys(headers) : [])])
}

/** Of fields that have been read. Throws ERR_INVALID_ARG_VALUE, or EENVELOPE (nodemailer's word) when there are none. */
export function checkRecipients (fields: readonly unknown[], limits: MailLimits): void {
  const addresses = fields.flat().flatMap(addressesOf)
  checkCount('recipients', addresses.length, limits.recipients)
  if (addresses.every(address => address.trim() === '')) throw new BrokerError('EENVELOPE', 'No recipients defined')
}

/** One text may name many, in groups too. */
function addressesOf (entry: unknown): string[] {
  const listed = typeof entry === 'string' ? entry : isRecord(entry) ? entry.address : undefined
  return typeof listed === 'string' ? addressparser(listed, { flatten: true }).map(({ address }) => address ?? '') : []
}

function countOf (field: unknown): number {
  return Array.isArray(field) ? field.length : field === undefined || field === null ? 0 : 1
}

function checkLength (what: string, fields: readonly unknown[]): void {
  const length = fields.flat().reduce<number>((sum, item) => sum + lengthOf(item), 0)
  if (length > MAX_HEAD) throw tooMany(`length of all ${what}`, length, MAX_HEAD, 'characters')
}

function lengthOf (item: unknown): number {
  if (typeof item === 'string') return item.length
  return isRecord(item) ? lengthOf(item.name) + lengthOf(item.address) : 0
}

function checkCount (what: string, found: number, most: number): void {
  if (found > most) throw tooMany(`number of ${what}`, found, most, what)
}

/** `found`: undefined when nobody has counted to the end. */
export function tooMany (what: string, found: number | undefined, most: number, unit: string): BrokerError {
  return new BrokerError('ERR_INVALID_ARG_VALUE', `The ${what} of a mail is ${found ?? `more than ${most}`}, at most ${most} ${unit} are allowed.`)
}
