/** A name server on UDP that knows a few names (RFC 1035, one question a message). */
import { createSocket } from 'node:dgram'

export interface DnsServer {
  /** `address:port`, as a resolver takes it. */
  readonly address: string
  readonly questions: string[]
  close(): Promise<void>
}

/** `names`: addresses of each name; null: never answered. Any other name does not exist. */
export async function startDns (names: Readonly<Record<string, { readonly a?: readonly string[], readonly aaaa?: readonly Uint16Array[] } | null>>): Promise<DnsServer> {
  const questions: string[] = []
  const socket = createSocket('udp4')
  socket.on('message', (query, { address, port }) => {
    const { name, type, end } = readQuestion(query)
    questions.push(`${name} ${type === 28 ? 'AAAA' : 'A'}`)
    const known = Object.hasOwn(names, name) ? names[name] : undefined
    if (known === null) return
    const data = type === 28 ? (known?.aaaa ?? []).map(toBytes) : (known?.a ?? []).map((text) => Buffer.from(text.split('.').map(Number)))
    socket.send(reply(query.subarray(0, end), type, data, known === undefined), port, address)
  })
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  return {
    address: `127.0.0.1:${socket.address().port}`,
    questions,
    close: async () => await new Promise<void>((resolve) => { socket.close(() => resolve()) })
  }
}

function readQuestion (query: Buffer): { name: string, type: number, end: number } {
  const labels: string[] = []
  let at = 12
  while (query[at] !== 0) {
    const length = query[at] ?? 0
    labels.push(query.toString('latin1', at + 1, at + 1 + length))
    at += 1 + length
  }
  return { name: labels.join('.').toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 }
}

function reply (question: Buffer, type: number, data: readonly Buffer[], unknown: boolean): Buffer {
  const header = Buffer.from(question)
  header.writeUInt16BE(unknown ? 0x8183 : 0x8180, 2)
  header.writeUInt16BE(data.length, 6)
  header.writeUInt32BE(0, 8)
  const records = data.map((bytes) => {
    const head = Buffer.alloc(12)
    head.writeUInt16BE(0xc00c, 0)
    head.writeUInt16BE(type, 2)
    head.writeUInt16BE(1, 4)
    head.writeUInt16BE(bytes.length, 10)
    return Buffer.concat([head, bytes])
  })
  return Buffer.concat([header, ...records])
}

function toBytes (words: Uint16Array): Buffer {
  const bytes = Buffer.alloc(16)
  words.forEach((word, at) => bytes.writeUInt16BE(word, 2 * at))
  return bytes
}
