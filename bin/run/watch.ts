/** Tells when the files of a folder have changed and are still again. */
import { watch } from 'node:fs'
import path from 'node:path'

const STILL_MS = 150
/** Written by tools, not by the author. */
const IGNORED = new Set(['node_modules', '.git'])

export interface Watched {
  /** Resolves when something has changed since the last call; at once if it already has. */
  changed (): Promise<void>
  close (): void
}

/** `files`: watched besides the folder. */
export function watchFolder (folder: string, files: readonly string[] = []): Watched {
  let dirty = false
  let timer: NodeJS.Timeout | undefined
  let tell: (() => void) | undefined
  const note = (): void => {
    clearTimeout(timer)
    timer = setTimeout(() => {
      dirty = true
      tell?.()
    }, STILL_MS)
  }
  const watchers = [
    watch(folder, { recursive: true }, (_event, name) => { if (name === null || !name.split(path.sep).some(part => IGNORED.has(part))) note() }),
    ...files.map(file => watch(path.dirname(path.resolve(file)), (_event, name) => { if (name === path.basename(file)) note() }))
  ]
  return {
    async changed () {
      if (!dirty) await new Promise<void>(resolve => { tell = resolve })
      dirty = false
      tell = undefined
    },
    close () {
      clearTimeout(timer)
      for (const watcher of watchers) watcher.close()
    }
  }
}
