/** How fast the cache is before a registry over HTTP on this machine: figures for the bench. */
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises'
import { randomBytes } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openCache } from '../../cache/index.ts'
import { startRegistry } from '../servers/registry.ts'

export interface CacheSpeed {
  /** Milliseconds that a hit adds to a run, the question to the registry apart; median. */
  readonly hitMs: number
  /** Milliseconds until the registry has said that nothing changed; median. */
  readonly unchangedMs: number
  /** Megabytes of archive fetched, unpacked and published in a second; bundling apart. */
  readonly missMbPerSecond: number
  /** Milliseconds to bundle it. */
  readonly bundleMs: number
}

const ADA = { type: 'user', id: 'ada' } as const

/** `mb`: of the archive, which holds files of 64 KB that do not compress. */
export async function measureCache ({ rounds, mb }: { readonly rounds: number, readonly mb: number }): Promise<CacheSpeed> {
  const folder = await mkdtemp(join(tmpdir(), 'vivarium-cache-speed-'))
  try {
    await writePlugin(join(folder, 'plugin'), mb)
    const server = await startRegistry({ secret: 's3cret', artefacts: { plugin: { dir: join(folder, 'plugin') } } })
    const cache = await openCache({ dir: join(folder, 'cache'), registry: { kind: 'datafair', url: server.url, secret: 's3cret' } })
    try {
      const { ms } = await cache.ensure('plugin', ADA)
      const { downloadedBytes } = await cache.usage()
      const hits: number[] = []
      const questions: number[] = []
      for (let round = 0; round < rounds; round++) {
        const started = performance.now()
        const { ms } = await cache.ensure('plugin', ADA)
        hits.push(performance.now() - started - ms.resolve)
        questions.push(ms.resolve)
      }
      return { hitMs: median(hits), unchangedMs: median(questions), missMbPerSecond: downloadedBytes / 1_048_576 / (ms.download / 1000), bundleMs: ms.bundle }
    } finally {
      await cache.close()
      await server.close()
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function writePlugin (dir: string, mb: number): Promise<void> {
  await mkdir(join(dir, 'data'), { recursive: true })
  await writeFile(join(dir, 'package.json'), '{ "name": "speed", "version": "1.0.0", "main": "index.js" }')
  await writeFile(join(dir, 'index.js'), 'exports.run = async () => {}\n')
  for (let file = 0; file < mb * 16; file++) await writeFile(join(dir, 'data', `${file}.bin`), randomBytes(65_536))
}

function median (values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN
}
