/**
 * Prepares what every cell needs, once per content, in a trusted process of its own (never one that has run a plugin):
 *
 *   snapshot-*.bin        V8 snapshots of the guest's prelude, one of each size (sandbox/prelude.ts)
 *   cell.mjs, worker.mjs  the cell's own code without types: stripping them at each start cost 40 MB of memory per cell
 *   files.json            the names of the others: what a cleaner of temporary files has taken away is noticed by it
 *
 * Usage: node sandbox/build.ts <folder>. The folder is published by a rename, so that a half-written one is never used.
 */
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { buildPrelude, makeSnapshot } from './prelude.ts'
import { SIZES, snapshotFile } from './snapshot-size.ts'
import type { Plugin } from 'esbuild'

/** Packages stay where they are installed: only their addresses are written into the bundles. */
const packagesInPlace: Plugin = {
  name: 'packages-in-place',
  setup (builder) {
    builder.onResolve({ filter: /^[^./]/ }, ({ path: name, kind }) => {
      if (kind === 'entry-point') return undefined
      return { path: name.startsWith('node:') ? name : import.meta.resolve(name), external: true }
    })
  }
}

async function prepare (folder: string): Promise<void> {
  const aside = `${folder}.${process.pid}`
  await mkdir(aside, { recursive: true })
  try {
    await build({
      entryPoints: { cell: source('cell.ts'), worker: source('worker.ts') },
      outdir: aside,
      outExtension: { '.js': '.mjs' },
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node26',
      plugins: [packagesInPlace],
      logLevel: 'silent'
    })
    for (const size of SIZES) {
      await writeFile(path.join(aside, snapshotFile(size)), Buffer.from(makeSnapshot(await buildPrelude({ size }))))
    }
    await writeFile(path.join(aside, 'files.json'), JSON.stringify(await readdir(aside)))
    await rename(aside, folder)
  } finally {
    await rm(aside, { recursive: true, force: true })
  }
}

function source (name: string): string {
  return fileURLToPath(new URL(name, import.meta.url))
}

const folder = process.argv[2]
if (folder === undefined) throw new Error('usage: node sandbox/build.ts <folder>')
await prepare(path.resolve(folder))
