/** Plugins that load packages and write one line: staged with what the packages need, bundled as the cache does. */
import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { productionDependencies } from '../../bin/workshop/dependencies.ts'
import { bundlePackage } from '../../cache/bundle.ts'
import { BUNDLE_LIMITS } from '../../cache/options.ts'
import type { Job } from '../../sandbox/protocol.ts'

/** Where packages are looked for: those that come with the service, and those of `npm run corpora`. */
const PLACES = ['../../node_modules', '../../test/compat/packages/node_modules'].map(place => fileURLToPath(new URL(place, import.meta.url)))

export interface Loaded {
  /** The package, for a plain process of Node as well. */
  readonly folder: string
  readonly bundle: Buffer
  readonly plugin: Job['plugin']
}

/** The folder that has them all; undefined: they are not installed together. */
export function placeOf (packages: readonly string[]): string | undefined {
  return PLACES.find(place => packages.every(name => existsSync(path.join(place, name, 'package.json'))))
}

/** `packages` are required at the top, in this order. `from`: a folder of `placeOf`. `folder` does not exist yet. */
export async function bundleWith (packages: readonly string[], from: string, folder: string): Promise<Loaded> {
  await mkdir(folder, { recursive: true })
  await writeFile(path.join(folder, 'package.json'), manifest(packages))
  await writeFile(path.join(folder, 'index.js'), [...packages.map(name => `require('${name}')`), "exports.run = async ({ log }) => { await log.info('one line') }", ''].join('\n'))
  if (packages.length > 0) await install(packages, from, folder)
  return await bundled(folder)
}

/** A package that is there, such as one of `bench/plugins`. */
export async function bundled (folder: string): Promise<Loaded> {
  const awake = setInterval(() => {}, 1_000) // the process of esbuild alone does not keep this one alive
  try {
    const { manifest: { name, version, entry }, code, builtins, async } = await bundlePackage(folder, BUNDLE_LIMITS, new Int32Array(new SharedArrayBuffer(4)))
    return { folder, bundle: Buffer.from(code), plugin: { artefact: name, name, version, entry, builtins, async } }
  } finally {
    clearInterval(awake)
  }
}

function manifest (packages: readonly string[]): string {
  return JSON.stringify({ name: 'loads', version: '1.0.0', main: 'index.js', dependencies: Object.fromEntries(packages.map(name => [name, '*'])) })
}

/** Copies the packages with all that they need. */
async function install (packages: readonly string[], from: string, folder: string): Promise<void> {
  const asking = await mkdtemp(path.join(from, '.bench-')) // below them, so that they are found from there
  try {
    await writeFile(path.join(asking, 'package.json'), manifest(packages))
    const { found, missing } = await productionDependencies(asking)
    if (missing.length > 0) throw new Error(`${missing.map(({ name, by }) => `${name}, which ${by} needs,`).join(' ')} is expected in ${from}`)
    for (const { dir, to } of found) {
      await cp(dir, path.join(folder, to), { recursive: true, dereference: true, filter: source => path.relative(dir, source).split(path.sep)[0] !== 'node_modules' })
    }
  } finally {
    await rm(asking, { recursive: true })
  }
}
