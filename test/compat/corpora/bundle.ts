/** Makes a plugin of a package's own tests: one file with the tests, what they require, and the code that runs them. */
import { cp, mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { Suite } from './suites.ts'

const here = fileURLToPath(new URL('.', import.meta.url))

/** `to`: a folder that does not exist yet. Throws esbuild's error for what cannot be resolved. */
export async function bundleSuite (suite: Suite, to: string): Promise<void> {
  const files = Object.entries(suite.files).map(([name, file]) => `${JSON.stringify(name)}: () => require(${JSON.stringify(file)})`)
  await mkdir(to, { recursive: true })
  await build({
    stdin: { contents: `const { collect } = require('./plugin/collect.js')\nexports.run = context => collect(context, {\n${files.join(',\n')}\n})`, resolveDir: here, sourcefile: 'index.js' },
    alias: { mocha: path.join(here, 'plugin/harness/mocha.js'), 'it-is': path.join(here, 'plugin/harness/it-is.js') },
    define: { 'import.meta.url': 'importMetaUrl' },
    banner: { js: "const importMetaUrl = require('node:url').pathToFileURL(__filename).href" },
    nodePaths: [path.join(here, 'node_modules')],
    outfile: path.join(to, 'index.js'),
    bundle: true,
    keepNames: true, // some tests look at names of functions
    platform: 'node',
    format: 'cjs',
    target: 'esnext',
    logLevel: 'silent'
  })
  await writeFile(path.join(to, 'package.json'), JSON.stringify({ name: nameOf(suite), version: '1.0.0', main: 'index.js' }))
  await writeFile(path.join(to, 'processing-config-schema.json'), '{ "type": "object" }')
  for (const [file, place] of Object.entries(suite.data)) await cp(file, path.join(to, place), { recursive: true })
}

export function nameOf ({ name }: Suite): string {
  return `tests-of-${name.toLowerCase()}`
}
