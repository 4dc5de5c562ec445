/**
 * Reads the mail that a plugin wants sent. Pure. nodemailer would open files and URLs for many forms of its fields (`path`, `href`,
 * `raw`, an object instead of a text): what is built here has only texts and bytes that the plugin itself has given.
 */
import type { SendMailOptions } from 'nodemailer'
import { BrokerError, isRecord } from './guest-error.ts'
import { checkMailBounds, checkRecipients, tooMany } from './mail-bounds.ts'
import type { MailLimits } from './mail-bounds.ts'

type Read = (value: unknown, name: string) => unknown

const FIELDS: Readonly<Record<string, Read>> = {
  from: readAddresses,
  sender: readAddresses,
  replyTo: readAddresses,
  to: readAddresses,
  cc: readAddresses,
  bcc: readAddresses,
  subject: readLine,
  messageId: readLine,
  inReplyTo: readLine,
  references: (value, name) => Array.isArray(value) ? value.map((item) => readLine(item, name)) : readLine(value, name),
  priority: oneOf('high', 'normal', 'low'),
  date: readDate,
  text: readText,
  html: readText,
  headers: readHeaders,
  attachments: (value, name) => readList(value, name).map(readAttachment)
}

const ATTACHMENT_FIELDS: Readonly<Record<string, Read>> = {
  filename: (value, name) => value === false ? false : readLine(value, name),
  content: readContent,
  encoding: oneOf('utf8', 'utf-8', 'base64', 'hex', 'binary', 'latin1', 'ascii'),
  contentType: readLine,
  cid: readLine,
  contentDisposition: oneOf('attachment', 'inline'),
  contentTransferEncoding: oneOf('7bit', 'base64', 'quoted-printable')
}

/** Headers that no other field of a mail, and no relay, gives a meaning to. */
const SAFE_HEADER = /^(x-[a-z0-9-]{1,70}|list-[a-z]{1,20}(-post)?|auto-submitted|precedence|importance|organization|keywords|comments)$/i

/** Throws ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE or ERR_INVALID_CHAR with a sentence that names the field; EENVELOPE when nobody would get it. */
export function readMail (value: unknown, limits: MailLimits): SendMailOptions {
  if (!isRecord(value)) throw wrongType('argument', 'an object')
  checkMailBounds(value, limits)
  const mail = readFields(value, FIELDS, 'field') as SendMailOptions // each field has been read by its own rule
  checkRecipients([mail.to, mail.cc, mail.bcc], limits)
  return mail
}

function readFields (value: Record<string, unknown>, rules: Readonly<Record<string, Read>>, kind: string): Record<string, unknown> {
  const entries = Object.entries(value).filter(([, inner]) => inner !== null && inner !== undefined).map(([name, inner]) => {
    const read = Object.hasOwn(rules, name) ? rules[name] : undefined
    if (read === undefined) throw new BrokerError('ERR_INVALID_ARG_VALUE', `sendMail does not offer the ${kind} "${name.slice(0, 60)}" to plugins.`)
    return [name, read(inner, name)]
  })
  return Object.fromEntries(entries)
}

function readText (value: unknown, name: string): string {
  if (typeof value !== 'string') throw wrongType(name, 'a text')
  return value
}

function readLine (value: unknown, name: string): string {
  const text = readText(value, name)
  // eslint-disable-next-line no-control-regex
  if (/[\x00-\x08\x0a-\x1f\x7f]/.test(text)) throw new BrokerError('ERR_INVALID_CHAR', `The field "${name}" of a mail must be one line without control characters.`)
  if (text.length > 10_000) throw tooMany(`length of "${name}"`, text.length, 10_000, 'characters')
  return text
}

function readList (value: unknown, name: string): unknown[] {
  if (!Array.isArray(value)) throw wrongType(name, 'a list')
  return value
}

function readAddresses (value: unknown, name: string): unknown {
  return Array.isArray(value) ? value.map((item) => readAddress(item, name)) : readAddress(value, name)
}

function readAddress (value: unknown, name: string): string | { name: string, address: string } {
  if (!isRecord(value)) return readLine(value, name)
  return { name: readLine(value.name ?? '', name), address: readLine(value.address, name) }
}

function readDate (value: unknown, name: string): Date {
  const date = new Date(readLine(value, name))
  if (Number.isNaN(date.getTime())) throw wrongType(name, 'a date as an ISO text')
  return date
}

function readHeaders (value: unknown, name: string): Record<string, string | string[]> {
  if (!isRecord(value)) throw wrongType(name, 'an object of texts')
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => {
    if (!SAFE_HEADER.test(key)) throw new BrokerError('ERR_INVALID_ARG_VALUE', `sendMail does not let plugins set the header "${key.slice(0, 60)}".`)
    return [key, Array.isArray(inner) ? inner.map((item) => readLine(item, key)) : readLine(inner, key)]
  }))
}

function readAttachment (value: unknown): Record<string, unknown> {
  if (!isRecord(value)) throw wrongType('attachments', 'a list of objects')
  return readFields(value, ATTACHMENT_FIELDS, 'attachment field')
}

/** A text, or a Buffer as JSON gives it: `{ type: 'Buffer', data: [bytes] }`. */
function readContent (value: unknown, name: string): string | Buffer {
  if (!isRecord(value)) return readText(value, name)
  const { type, data } = value
  const isBytes = type === 'Buffer' && Array.isArray(data) && data.every((byte) => Number.isInteger(byte) && byte >= 0 && byte <= 255)
  if (!isBytes) throw wrongType(name, 'a text or a Buffer')
  return Buffer.from(data)
}

function oneOf (...values: string[]): Read {
  return (value, name) => {
    if (typeof value !== 'string' || !values.includes(value)) throw wrongType(name, values.map((item) => `"${item}"`).join(' or '))
    return value
  }
}

function wrongType (name: string, wanted: string): BrokerError {
  return new BrokerError('ERR_INVALID_ARG_TYPE', `The ${name === 'argument' ? 'argument of sendMail' : `field "${name}" of a mail`} must be ${wanted}.`)
}
