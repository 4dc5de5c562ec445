/** URLs whose content is here already: `data:` and the `blob:` of `URL.createObjectURL`. */
import { parts } from '../parts.ts'
import { encodeUtf8 } from '../globals/utf8.ts'
import { sourceOf } from './body.ts'
import type { Request } from './request.ts'
import { createResponse, type Response } from './response.ts'

interface Content { readonly bytes: Uint8Array, readonly type: string }

/** Undefined for a URL of the network. Throws when there is no such content. */
export function localResponse ({ url, method }: Request): Response | undefined {
  const read = url.startsWith('data:') ? readDataUrl : url.startsWith('blob:') ? readObjectUrl : undefined
  if (read === undefined) return undefined
  if (method !== 'GET') throw new TypeError('fetch failed', { cause: new Error('invalid method') })
  const { bytes, type } = read(url)
  const headers = [['content-type', type], ...(url.startsWith('blob:') ? [['content-length', `${bytes.length}`]] : [])] as [string, string][] // pairs
  return createResponse({ source: sourceOf(bytes), url, redirected: false }, { status: 200, statusText: 'OK', headers })
}

function readObjectUrl (url: string): Content {
  const blob = parts.blob().resolveObjectURL(url)
  if (blob === undefined) throw new TypeError('fetch failed', { cause: new Error('invalid url') })
  return { bytes: parts.blob().blobBytes(blob), type: blob.type }
}

/** `data:<type>;base64,<content>` of RFC 2397. */
function readDataUrl (url: string): Content {
  const comma = url.indexOf(',')
  if (comma === -1) throw new TypeError('fetch failed', { cause: new Error('invalid path to fetch') })
  const [type = '', isBase64] = withoutBase64(url.slice('data:'.length, comma))
  const content = percentDecoded(url.slice(comma + 1))
  return { bytes: isBase64 ? fromBase64(content) : content, type: type === '' ? 'text/plain;charset=US-ASCII' : type.startsWith(';') ? `text/plain${type}` : type }
}

function withoutBase64 (head: string): [type: string, isBase64: boolean] {
  const type = head.replace(/; *base64$/i, '')
  return [type.trim(), type !== head]
}

function percentDecoded (text: string): Uint8Array {
  if (!text.includes('%')) return encodeUtf8(text)
  const bytes = encodeUtf8(text)
  let length = 0
  for (let at = 0; at < bytes.length; at++) {
    const hex = bytes[at] === 0x25 ? /^%([0-9a-f]{2})/i.exec(String.fromCharCode(...bytes.subarray(at, at + 3)))?.[1] : undefined
    bytes[length++] = hex === undefined ? bytes[at] ?? 0 : Number.parseInt(hex, 16)
    if (hex !== undefined) at += 2
  }
  return bytes.subarray(0, length)
}

function fromBase64 (content: Uint8Array): Uint8Array {
  try {
    return parts.buffer().Buffer.from(parts.buffer().atob(parts.buffer().Buffer.from(content).toString('latin1')), 'latin1')
  } catch {
    throw new TypeError('fetch failed', { cause: new Error('invalid base64') })
  }
}
