/** What tells that files were not written since they were read, without reading them: size, date of the last write, inode. */
import { lstatSync, readdirSync, type Stats } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'

/** Looked at for so long at once; then others get their turn. */
const SLICE_MS = 4

export interface FileMarks {
  /** Of every file of the folder, relative to it. */
  readonly paths: readonly string[]
  /** Three numbers for each. The date of the last change of status is none of them: a hard link to the file changes it. */
  readonly values: Float64Array
}

/** Throws what the file system throws. */
export async function markFiles (dir: string): Promise<FileMarks> {
  const paths: string[] = []
  const values: number[] = []
  const folders = ['']
  const slices = new Slices()
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of readdirSync(join(dir, folder), { withFileTypes: true })) {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) {
        folders.push(path)
      } else {
        paths.push(path)
        values.push(...marksOf(lstatSync(join(dir, path))))
      }
      await slices.pause()
    }
  }
  return { paths, values: Float64Array.from(values) }
}

/** False as soon as one of the files differs, or is gone. A file that was added is not noticed: nothing asks for it. */
export async function areAsMarked (dir: string, { paths, values }: FileMarks): Promise<boolean> {
  const slices = new Slices()
  for (const [index, path] of paths.entries()) {
    const stats = lstatSync(`${dir}/${path}`, { throwIfNoEntry: false })
    if (stats === undefined || marksOf(stats).some((mark, offset) => mark !== values[index * 3 + offset])) return false
    if (slices.isOver) await slices.pause()
  }
  return true
}

function marksOf ({ size, mtimeMs, ino }: Stats): [number, number, number] {
  return [size, mtimeMs, ino]
}

class Slices {
  #until = performance.now() + SLICE_MS

  get isOver (): boolean {
    return performance.now() >= this.#until
  }

  async pause (): Promise<void> {
    if (!this.isOver) return
    await turn()
    this.#until = performance.now() + SLICE_MS
  }
}
