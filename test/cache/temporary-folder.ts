import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** A fresh folder for each test of the current suite, removed after it. */
export function temporaryFolder (): () => string {
  let folder = ''
  beforeEach(async () => { folder = await mkdtemp(join(tmpdir(), 'vivarium-cache-')) })
  afterEach(async () => { await rm(folder, { recursive: true, force: true }) })
  return () => folder
}

export async function writeFiles (dir: string, files: Readonly<Record<string, string | Buffer>>): Promise<string> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(dir, path)), { recursive: true })
    await writeFile(join(dir, path), content)
  }
  return dir
}
