/** Makes text of a plugin safe to show: in a log, on a terminal, in a page. */

// Terminal sequences: CSI (ESC [ …), OSC (ESC ] … BEL or ESC \), and ESC with one character. The classes of each part do not
// overlap, so matching is linear.
// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const SEQUENCES = /(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[ -~]?/g
// Controls, line separators, and the marks that reverse the direction of what follows.
const UNSAFE = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu
const KEPT = new Set(['\n', '\t'])

/**
 * Terminal sequences are removed; other control characters, which could forge a line, are written as escapes (`\x00`, `\u2028`);
 * line feeds and tabs stay, CR LF becomes LF; lone surrogates become U+FFFD.
 */
export function cleanText (text: string): string {
  return text.toWellFormed().replaceAll('\r\n', '\n').replace(SEQUENCES, '').replace(UNSAFE, escape)
}

/** Cuts to at most `maxBytes` of UTF-8, between characters, and says how many bytes are missing. */
export function cutText (text: string, maxBytes: number): string {
  if (text.length * 3 <= maxBytes) return text
  const bytes = Buffer.from(text)
  if (bytes.length <= maxBytes) return text
  let end = Math.max(0, maxBytes - CUT_MARK_BYTES)
  while (end > 0 && ((bytes[end] as number) & 0xc0) === 0x80) end-- // end < length
  return `${bytes.toString('utf8', 0, end)}… (+${bytes.length - end} bytes)`
}

/** Room for the mark itself, so that what is cut stays within the limit. */
const CUT_MARK_BYTES = 32

function escape (character: string): string {
  if (KEPT.has(character)) return character
  const code = character.charCodeAt(0)
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`
}
