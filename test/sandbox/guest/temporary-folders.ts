/** The folders of a run, as runner/folders.ts makes them, for tests that have no runner. */
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { RunFolders } from '../../../sandbox/protocol.ts'

const made: string[] = []

export interface FolderOptions {
  readonly limits?: Partial<RunFolders['limits']>
  /** Files of the package, by path. */
  readonly package?: Readonly<Record<string, string>>
}

export function makeFolders ({ limits = {}, package: files = { 'package.json': '{}' } }: FolderOptions = {}): RunFolders {
  const top = mkdtempSync(path.join(tmpdir(), 'vivarium-files-'))
  made.push(top)
  for (const folder of ['run/processing', 'run/tmp/run', 'package']) mkdirSync(path.join(top, folder), { recursive: true })
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(top, 'package', name)), { recursive: true })
    writeFileSync(path.join(top, 'package', name), text)
  }
  return {
    root: path.join(top, 'run'),
    package: path.join(top, 'package'),
    limits: { bytes: 10_000_000, files: 1_000, open: 1_024, ...limits },
    used: { bytes: 0, files: 0 },
    links: false
  }
}

/** For the `after` hook of each file. */
export function removeFolders (): void {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true })
}
