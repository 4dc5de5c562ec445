/** The stand-in for a MongoDB server, as a process of its own; everything is in its memory, and gone with it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export interface StandIn {
  readonly port: number
  /** SIGKILL: as a machine that goes away. Twice is harmless. */
  kill(): Promise<void>
}

const FOLDER = fileURLToPath(new URL('.', import.meta.url))
/** Filled by Maven, from pom.xml. */
const LIB = path.join(FOLDER, 'lib')
const MEMORY = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xmx512m']

export function jarsAreThere (): boolean {
  return existsSync(LIB) && readdirSync(LIB).some(name => name.startsWith('mongo-java-server-'))
}

/** @param port 0: a free one */
export async function startStandIn (port = 0): Promise<StandIn> {
  const child = spawn('java', [...MEMORY, '-cp', path.join(LIB, '*'), path.join(FOLDER, 'MongoTestServer.java'), String(port)], { stdio: ['pipe', 'pipe', 'ignore'] })
  const ended = once(child, 'exit')
  const failed = ended.then(([code]) => { throw new Error(`the stand-in for a MongoDB server has ended with code ${code} before it was ready`) })
  failed.catch(() => {}) // once it was ready, it ends when it is told to
  const [line] = await Promise.race([once(createInterface({ input: child.stdout }), 'line'), failed])
  return {
    port: Number(/^ready (\d+)$/.exec(line)?.[1]),
    async kill () {
      child.kill('SIGKILL')
      await ended
    }
  }
}
