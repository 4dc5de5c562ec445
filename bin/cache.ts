/** `npm run cache -- ls|verify|prune`: what an operator may do with the plugin cache, also while services use it. */
import path from 'node:path'
import { styleText } from 'node:util'
import { openMaintenance, type ContentReport, type Maintenance } from '../cache/index.ts'
import { ConfigError, loadConfig, type Environment } from '../config.ts'
import { cacheOptions } from '../main.ts'

const USAGE = `vivarium cache ls        lists the contents: size, last use, package, artefacts
vivarium cache verify    reads every file again and removes what is damaged and not in use; the exit code is 1 when something was
vivarium cache prune     removes what passes CACHE_MAX_MB and CACHE_MAX_DAYS; with --all, everything that is not in use
`

/** Answers the exit code: 0 done, 1 something was damaged or the configuration cannot be used, 2 the arguments make no sense. */
export async function cacheCommand (args: readonly string[], env: Environment, write: (text: string) => void): Promise<number> {
  const [action = '', option, ...more] = args
  const everything = action === 'prune' && option === '--all'
  if (!['ls', 'verify', 'prune'].includes(action) || (option !== undefined && !everything) || more.length > 0) {
    write(USAGE)
    return 2
  }
  try {
    const config = loadConfig(env)
    const maintenance = await openMaintenance(cacheOptions(config, path.resolve(config.TMP_DIR)))
    if (action === 'ls') return await list(maintenance, write)
    return action === 'verify' ? await verify(maintenance, write) : await prune(maintenance, everything, write)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    write(`${error.message}\n`)
    return 1
  }
}

async function list (maintenance: Maintenance, write: (text: string) => void): Promise<number> {
  const contents = await maintenance.list()
  for (const content of contents) write(lines(content))
  const bytes = contents.reduce((sum, content) => sum + content.bytes, 0)
  write(`${contents.length} ${contents.length === 1 ? 'content' : 'contents'}, ${megabytes(bytes)}\n`)
  return 0
}

function lines ({ content, name, version, bytes, usedAt, artefacts, integrity }: ContentReport): string {
  const title = name === undefined ? 'never bundled' : `${name} ${version}`
  const from = artefacts.map(({ artefact, origin }) => `    ${artefact} of ${origin}\n`).join('')
  return `${content.slice(0, 12)}  ${megabytes(bytes).padStart(9)}  ${usedAt.toISOString().slice(0, 16).replace('T', ' ')} UTC  ${printable(title)}\n${styleText('gray', `    ${integrity ?? 'its record is damaged'}\n`, { stream: process.stdout })}${printable(from)}`
}

async function verify (maintenance: Maintenance, write: (text: string) => void): Promise<number> {
  const { checked, damaged } = await maintenance.verify((content, problem, removed) => {
    if (problem !== undefined) write(`${content.slice(0, 12)}: ${problem}; ${removed ? 'it was removed' : 'it stays, because it is in use: the service fetches it again by itself before the next run'}\n`)
  })
  write(`${checked} checked, ${damaged} damaged\n`)
  return damaged === 0 ? 0 : 1
}

async function prune (maintenance: Maintenance, everything: boolean, write: (text: string) => void): Promise<number> {
  const { removed, bytes } = await maintenance.prune(everything)
  write(`${removed} removed, ${megabytes(bytes)}\n`)
  return 0
}

function megabytes (bytes: number): string {
  return `${(bytes / 1_048_576).toFixed(1)} MB`
}

/** Names of strangers, without codes that would move the cursor. */
function printable (text: string): string {
  return text.replace(/[^\P{Cc}\n]/gu, ' ')
}
