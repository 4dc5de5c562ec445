/** `os`: facts about a machine that is the same for every run. Nothing of the real one. */
import { guestEnvironment } from '../globals/process.ts'
import { theJob } from '../job.ts'
import { parts } from '../parts.ts'
import { constantsOf } from './members.ts'

declare const VIVARIUM_NODE: { readonly arch: string }

const user = { uid: 1000, gid: 1000, username: 'node', homedir: '/home/node', shell: null }
/** What a program that divides work among processors should count on. */
const CPU = { model: 'cpu', speed: 0, times: { user: 0, nice: 0, sys: 0, idle: 0, irq: 0 } }
const MEMORY_BYTES = 2 ** 30

const constants = { ...constantsOf('os', 'constants'), dlopen: constantsOf('os', 'constants', 'dlopen'), errno: constantsOf('os', 'constants', 'errno'), signals: constantsOf('os', 'constants', 'signals'), priority: constantsOf('os', 'constants', 'priority') }

function userInfo (options?: { encoding?: string }): object {
  if (options?.encoding !== 'buffer') return { ...user }
  const { Buffer } = parts.buffer()
  return { ...user, username: Buffer.from(user.username), homedir: Buffer.from(user.homedir) }
}

const answers = {
  arch: () => VIVARIUM_NODE.arch,
  availableParallelism: () => 1,
  endianness: () => 'LE',
  freemem: () => MEMORY_BYTES / 2,
  homedir: () => user.homedir,
  hostname: () => 'localhost',
  machine: () => VIVARIUM_NODE.arch === 'x64' ? 'x86_64' : 'aarch64',
  platform: () => 'linux',
  release: () => '6.0.0',
  /** That of the run. */
  tmpdir: () => guestEnvironment()['TMPDIR'] ?? theJob().tmpDir,
  totalmem: () => MEMORY_BYTES,
  type: () => 'Linux',
  uptime: () => process.uptime(),
  version: () => '#1'
}
for (const answer of Object.values(answers)) Object.defineProperty(answer, Symbol.toPrimitive, { value: answer, configurable: true }) // `${os.platform}`

export default {
  ...answers,
  cpus: () => [structuredClone(CPU)],
  getPriority: () => 0,
  setPriority: () => {},
  loadavg: () => [0, 0, 0],
  networkInterfaces: () => ({}),
  userInfo,
  constants,
  EOL: '\n',
  devNull: '/dev/null'
}
