/**
 * npm run test:mongo: the tests of this folder and of test/upgrade, on the server at MONGO_URL, or else on the stand-in: a server in Java that speaks the protocol,
 * fetched by Maven the first time. Without Java or Maven it says what is missing, and is no failure.
 */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { jarsAreThere, startStandIn } from './stand-in.ts'

const FOLDER = fileURLToPath(new URL('.', import.meta.url))

if (process.env.MONGO_URL !== undefined) process.exitCode = await runTests(process.env.MONGO_URL)
else process.exitCode = await onStandIn()

async function onStandIn (): Promise<number> {
  const missing = await whatIsMissing()
  if (missing !== undefined) {
    process.stdout.write(`The tests of the store on MongoDB are left out: ${missing} Or set MONGO_URL to a server of MongoDB that may be written to.\n`)
    return 0
  }
  const standIn = await startStandIn()
  try {
    return await runTests(`mongodb://127.0.0.1:${standIn.port}/vivarium-test`)
  } finally {
    await standIn.kill()
  }
}

/** A sentence; undefined when the stand-in can be started. */
async function whatIsMissing (): Promise<string | undefined> {
  if (!await answers('java', ['-version'])) return 'Java 17 or newer is wanted, found none on the PATH.'
  if (jarsAreThere()) return undefined
  if (!await answers('mvn', ['-version'])) return 'Maven is wanted to fetch the stand-in for a server (test/mongo/pom.xml), found none on the PATH.'
  process.stdout.write('Fetching the stand-in for a MongoDB server…\n')
  try {
    await promisify(execFile)('mvn', ['-q', '-B', '-f', `${FOLDER}pom.xml`, 'dependency:copy-dependencies', '-DoutputDirectory=lib'], { timeout: 300_000 })
    return undefined
  } catch (error) {
    return `Maven could not fetch the stand-in for a server (test/mongo/pom.xml): ${error instanceof Error ? error.message.slice(0, 1000) : String(error)}`
  }
}

async function answers (command: string, args: readonly string[]): Promise<boolean> {
  return await promisify(execFile)(command, args, { timeout: 60_000 }).then(() => true, () => false)
}

async function runTests (url: string): Promise<number> {
  const mocha = fileURLToPath(import.meta.resolve('mocha/bin/mocha.js'))
  const child = spawn(process.execPath, [mocha, 'test/{mongo,upgrade}/*.mongo.ts', ...process.argv.slice(2)], { stdio: 'inherit', env: { ...process.env, MONGO_URL: url } })
  const [code] = await once(child, 'exit')
  return code ?? 1
}
