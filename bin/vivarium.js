#!/usr/bin/env node
/**
 * `npx vivarium` on whatever Node is there: the command line needs Node 26, which comes as a package of this platform. JavaScript, and in
 * the syntax of older versions, because they must be able to read it.
 */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { constants } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const NEEDED = 26
const here = path.dirname(fileURLToPath(import.meta.url))
const args = process.argv.slice(2)

/** The Node 26 that npm has installed for this platform, if there is one. */
function bundledNode () {
  const require = createRequire(import.meta.url)
  for (const prefix of ['node-', 'node-bin-']) {
    try {
      const node = path.join(path.dirname(require.resolve(`${prefix}${process.platform}-${process.arch}/package.json`)), 'bin', 'node')
      if (existsSync(node)) return node
    } catch {
      // Not the name of this platform's package, or it is not installed.
    }
  }
  return undefined
}

/** Hands everything over to another Node, signals and exit code included. `vivarium test` is that Node's own test runner. */
function handOver (node) {
  const child = spawn(node, args[0] === 'test' ? ['--test', ...args.slice(1)] : [path.join(here, 'vivarium.ts'), ...args], { stdio: 'inherit' })
  // The terminal sends Ctrl-C to both; this process must outlive the other to pass its exit code on.
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  child.on('error', error => {
    console.error(`Vivarium needs Node ${NEEDED}, and ${node} could not be started (${error.message}): run npm ci in the folder of Vivarium again.`)
    process.exitCode = 1
  })
  child.on('exit', (code, signal) => { process.exitCode = code === null ? 128 + (constants.signals[signal] || 0) : code })
}

const current = Number.parseInt(process.versions.node) >= NEEDED
const node = current ? process.execPath : bundledNode()
if (/[\\/]node_modules[\\/]/.test(here)) {
  console.error('Vivarium runs from its TypeScript sources, which Node does not read below node_modules: install it as a link (npm install --save-dev file:<its folder>).')
  process.exitCode = 1
} else if (node === undefined) {
  console.error(`Vivarium needs Node ${NEEDED}, this is Node ${process.versions.node}, and its own has not been installed: run npm ci in the folder of Vivarium without --omit=optional.`)
  process.exitCode = 1
} else if (current && args[0] !== 'test') {
  await import('./vivarium.ts')
} else {
  handOver(node)
}
