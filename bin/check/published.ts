/** Which files of a folder `npm publish` would take: npm itself is asked. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

export interface Published {
  /** Relative to the folder; without the node_modules that it bundles. */
  readonly files: ReadonlySet<string>
  /** Of the archive that npm would make. */
  readonly archiveBytes: number
}

const WAIT_MS = 30_000
const OUTPUT_BYTES = 64 * 1024 * 1024

/** Undefined when npm cannot say: it is not there, or the package has no name and version. */
export async function publishedFiles (folder: string): Promise<Published | undefined> {
  try {
    const { stdout } = await promisify(execFile)('npm', ['pack', '--dry-run', '--json', '--ignore-scripts', '--loglevel=error'], { cwd: folder, timeout: WAIT_MS, maxBuffer: OUTPUT_BYTES })
    const [packed] = Object.values(JSON.parse(stdout) as Record<string, { size: number, files: { path: string }[] }>) // an array, or by name since npm 12
    if (packed === undefined) return undefined
    return { files: new Set(packed.files.map(({ path }) => path).filter(path => !path.startsWith('node_modules/'))), archiveBytes: packed.size }
  } catch {
    return undefined // the caller says that all files were taken
  }
}
