/** A large text of a mail, handed to nodemailer in pieces: it would encode the whole of a text in one go, and the service would stand still meanwhile. */
import { Readable } from 'node:stream'
import type { SendMailOptions } from 'nodemailer'

/** Characters. A text that is shorter is left to nodemailer, which chooses the encoding that suits it. */
const LARGE = 262_144
const PIECE_BYTES = 65_536

/** The same mail; large texts are read once, and encoded as base64. */
export function inPieces (mail: SendMailOptions): SendMailOptions {
  const { text, html } = mail
  const large = { ...(isLarge(text) ? { text: pieces(text) } : {}), ...(isLarge(html) ? { html: pieces(html) } : {}) }
  return Object.keys(large).length === 0 ? mail : { ...mail, ...large, textEncoding: 'base64' }
}

function isLarge (text: unknown): text is string {
  return typeof text === 'string' && text.length > LARGE
}

function pieces (text: string): Readable {
  const bytes = Buffer.from(text)
  return Readable.from((function * () {
    for (let at = 0; at < bytes.byteLength; at += PIECE_BYTES) yield bytes.subarray(at, at + PIECE_BYTES)
  }()), { objectMode: false })
}
