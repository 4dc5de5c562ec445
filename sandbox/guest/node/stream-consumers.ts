/** `stream/consumers`: a whole stream, of Node or of the web, as one value. */
import { parts } from '../parts.ts'

type Chunks = AsyncIterable<string | Uint8Array>

async function buffer (stream: Chunks): Promise<Uint8Array> {
  const { Buffer } = parts.buffer()
  const chunks: Uint8Array[] = []
  for await (const chunk of stream) chunks.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk)
  return Buffer.concat(chunks)
}

async function bytes (stream: Chunks): Promise<Uint8Array> {
  return new Uint8Array(await arrayBuffer(stream))
}

async function arrayBuffer (stream: Chunks): Promise<ArrayBuffer> {
  const whole = await buffer(stream)
  return whole.buffer.slice(whole.byteOffset, whole.byteOffset + whole.byteLength) as ArrayBuffer // nothing here is shared
}

async function text (stream: Chunks): Promise<string> {
  const decoder = new TextDecoder()
  let whole = ''
  for await (const chunk of stream) whole += typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true })
  return whole + decoder.decode()
}

async function json (stream: Chunks): Promise<unknown> {
  return JSON.parse(await text(stream)) as unknown
}

async function blob (stream: Chunks): Promise<object> {
  return new (parts.blob().Blob)([await arrayBuffer(stream)])
}

export default { arrayBuffer, blob, buffer, bytes, json, text }
