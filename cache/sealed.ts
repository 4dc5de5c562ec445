/** Small JSON files that notice their own corruption: a line with the SHA-256 of the text, then the text. */
import { createHash } from 'node:crypto'
import { open, readFile } from 'node:fs/promises'

/** Writes a new file and waits until it is on the disk. */
export async function writeSealed (path: string, value: object): Promise<void> {
  const text = JSON.stringify(value, null, 1)
  await writeDurably(path, `${sha256(text)}\n${text}\n`)
}

/** The value, or undefined when the file is absent or damaged. What it holds is trusted: only this cache writes there. */
export async function readSealed (path: string): Promise<unknown> {
  const file = await readFile(path, 'utf8').catch(absent)
  if (file === undefined) return undefined
  const end = file.indexOf('\n')
  const text = file.slice(end + 1, -1)
  return file.slice(0, end) === sha256(text) ? JSON.parse(text) : undefined
}

export async function writeDurably (path: string, data: string | Uint8Array): Promise<void> {
  const file = await open(path, 'wx', 0o644)
  try {
    await file.writeFile(data)
    await file.sync()
  } finally {
    await file.close()
  }
}

export function sha256 (data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex')
}

function absent (error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error
}
