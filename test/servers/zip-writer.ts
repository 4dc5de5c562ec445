/** Writes small zip archives (APPNOTE 6.3.10, deflate, no zip64), as a streaming reader wants them: sizes in the local headers. */
import { crc32, deflateRawSync } from 'node:zlib'

export function writeZip (files: Readonly<Record<string, string | Buffer>>): Buffer {
  const locals: Buffer[] = []
  const central: Buffer[] = []
  let offset = 0
  for (const [name, content] of Object.entries(files)) {
    const data = Buffer.from(content)
    const packed = deflateRawSync(data)
    const common = commonFields(data, packed, Buffer.byteLength(name))
    const local = Buffer.concat([u32(0x04034b50), u16(20), common, Buffer.from(name), packed])
    central.push(Buffer.concat([u32(0x02014b50), u16(20), u16(20), common, u16(0), u16(0), u16(0), u32(0), u32(offset), Buffer.from(name)]))
    locals.push(local)
    offset += local.length
  }
  const directory = Buffer.concat(central)
  const count = u16(central.length)
  return Buffer.concat([...locals, directory, u32(0x06054b50), u16(0), u16(0), count, count, u32(directory.length), u32(offset), u16(0)])
}

/** Flags (names are UTF-8), method, time, date, CRC, sizes, lengths of name and extra field. */
function commonFields (data: Buffer, packed: Buffer, nameLength: number): Buffer {
  return Buffer.concat([u16(0x0800), u16(8), u16(0), u16(0x21), u32(crc32(data)), u32(packed.length), u32(data.length), u16(nameLength), u16(0)])
}

function u16 (value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16LE(value)
  return bytes
}

function u32 (value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}
