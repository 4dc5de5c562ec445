/** `vivarium run`: an author's plugin in the sandbox it will run in, its log as it is written, and what it cost. */
import { isDeepStrictEqual } from 'node:util'
import { setTimeout as wait } from 'node:timers/promises'
import { ConfigError } from '../../config.ts'
import { ApiError, type EndedRun } from '../follow/client.ts'
import { entryLine, paint } from '../follow/entry-line.ts'
import { follow } from '../follow/follow.ts'
import { PlainView } from '../follow/plain-view.ts'
import { TerminalView } from '../follow/terminal-view.ts'
import { interruption } from '../interruption.ts'
import { NoPluginError, openWorkshop, type Workshop } from '../workshop/index.ts'
import type { Staged } from '../workshop/stage.ts'
import { readInput, type RunInput } from './input.ts'
import { openedFor } from './opened.ts'
import { readRunOptions, UsageError, type RunOptions } from './options.ts'
import { receiptLines } from './receipt.ts'
import { Trace } from './trace.ts'
import { watchFolder } from './watch.ts'

const out = process.stdout
/** The cache looks at a large folder at most once a second. */
const RESTAGE_MS = 1_050

/** Answers the exit code: 0 the run finished, 1 it ended otherwise, 2 the arguments make no sense. Nothing of it is left afterwards. */
export async function runCommand (args: readonly string[]): Promise<number> {
  try {
    const options = readRunOptions(args)
    return await runPlugin(options, await readInput(options))
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof NoPluginError || error instanceof ConfigError)) throw error
    process.stderr.write(`${error.message}\n`)
    return 2
  }
}

async function runPlugin (options: RunOptions, input: RunInput): Promise<number> {
  out.on('error', () => {}) // whoever reads it (`| head`) has gone: the run ends in order all the same
  const trace = new Trace(line => out.write(`${paint('gray', `  ${line}`)}\n`))
  const opened = openedFor(input.config, options.allow)
  const workshop = await openWorkshop({
    plugin: options.plugin,
    env: process.env,
    settings: {
      ...(options.dataFair === undefined ? {} : { DATA_FAIR_URL: options.dataFair }),
      ...(opened.length === 0 ? {} : { EGRESS_ALLOW: [process.env.EGRESS_ALLOW, ...opened.map(({ address }) => address)].filter(Boolean).join(',') })
    },
    ...(options.trace ? { trace: (message, bytes) => trace.take(message, bytes) } : {})
  })
  try {
    if (options.dataFair !== undefined) say(`data-fair: ${options.dataFair}${process.env.DATA_FAIR_API_KEY === undefined ? ', without a key (DATA_FAIR_API_KEY is not set)' : ''}`)
    for (const { address, why } of opened) say(`Open to the plugin: ${address} (${why})`)
    const session = new Session(workshop, options, trace)
    return options.watch ? await session.watch() : await session.once(input)
  } finally {
    await workshop.close()
  }
}

class Session {
  readonly #workshop: Workshop
  readonly #options: RunOptions
  readonly #trace: Trace
  readonly #interrupted = interruption(130)
  /** Of the run that goes on. */
  #runId: string | undefined
  #over = false

  constructor (workshop: Workshop, options: RunOptions, trace: Trace) {
    this.#workshop = workshop
    this.#options = options
    this.#trace = trace
    this.#interrupted.then(() => {
      this.#over = true
      if (this.#runId === undefined) return
      say('The plugin is asked to stop. Once more to end at once.')
      this.#stop()
    })
  }

  /** Runs the plugin as it is now. */
  async once (input: RunInput): Promise<number> {
    try {
      announce(await this.#workshop.restage())
      const run = await this.#run(input)
      return run.status === 'finished' ? 0 : 1
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      showRefusal(error)
      return 1
    }
  }

  /** Runs it again whenever a file changes, until Ctrl-C. Answers the exit code of the last run. */
  async watch (): Promise<number> {
    const { plugin, config, secrets } = this.#options
    const watched = watchFolder(plugin, [config, secrets].filter(file => file !== undefined))
    try {
      for (let code = 0; ;) {
        const startedAt = performance.now()
        const changed = watched.changed()
        const running = readInput(this.#options).then(async input => await this.once(input), showUsage)
        // A run that goes on when its files change has been overtaken.
        await Promise.race([running, changed.then(() => this.#stop())])
        code = await running
        if (this.#over) return code
        say('Waiting for a change. Ctrl-C ends.')
        await Promise.race([changed, this.#interrupted])
        if (this.#over) return code
        await wait(Math.max(0, RESTAGE_MS - (performance.now() - startedAt)))
        out.write('\n')
      }
    } finally {
      watched.close()
    }
  }

  async #run (input: RunInput): Promise<EndedRun> {
    const { client, artefact } = this.#workshop
    const processing = await this.#createProcessing(input)
    this.#trace.restart()
    const { _id } = await client.trigger(processing)
    this.#runId = _id
    if (this.#over) this.#stop()
    const run = await follow(client, _id, artefact, out.isTTY ? new TerminalView(out, 0) : new PlainView(out, 0), new AbortController().signal)
    this.#runId = undefined
    const [first = '', ...more] = receiptLines(run)
    out.write(`\n${paint(run.status === 'finished' ? 'green' : 'red', first)}\n${more.map(line => `${paint('gray', line)}\n`).join('')}`)
    await this.#showPatches(processing, input)
    return run
  }

  /** As a person would save it: the schema is checked, prepare() is called. */
  async #createProcessing ({ config, secrets }: RunInput): Promise<string> {
    const { client, artefact, account: owner } = this.#workshop
    const { debug } = this.#options
    const { _id } = await client.createProcessing({ title: artefact, plugin: artefact, owner, active: false, ...(debug ? { debug } : {}) })
    if (Object.keys(secrets).length > 0) await this.#workshop.setSecrets(_id, secrets)
    await client.patchProcessing(_id, { config, active: true })
    return _id
  }

  async #showPatches (processingId: string, { config }: RunInput): Promise<void> {
    const now = (await this.#workshop.client.processing(processingId)).config ?? {}
    if (!isDeepStrictEqual(now, config)) out.write(paint('gray', `configuration after the run: ${JSON.stringify(now)}\n`))
  }

  #stop (): void {
    if (this.#runId !== undefined) this.#workshop.client.kill(this.#runId).catch(() => {}) // it has just ended
  }
}

function announce (staged: Staged | undefined): void {
  if (staged === undefined) return
  const { found, missing } = staged.dependencies
  if (found.length > 0) say(`With its production dependencies (${found.length} ${found.length === 1 ? 'package' : 'packages'}): ${shortList(found.filter(({ direct }) => direct).map(({ name, version }) => `${name} ${version}`))}`)
  for (const { name, wanted, by } of missing) out.write(entryLine('', { type: 'warning', msg: `${by} needs ${name} ${wanted}, which is not installed.` }, 0))
}

/** What the service answers when it does not even begin: a configuration that does not fit, a prepare() that throws, a plugin that cannot be loaded. */
function showRefusal ({ message, position, frame }: ApiError): void {
  out.write(entryLine('', { type: 'error', msg: message }, 0))
  if (position !== undefined) out.write(entryLine('', { type: 'info', msg: `Error of the plugin at ${position}`, extra: frame }, 0))
}

function showUsage (error: unknown): number {
  if (!(error instanceof UsageError)) throw error
  out.write(entryLine('', { type: 'error', msg: error.message }, 0))
  return 2
}

function shortList (items: readonly string[]): string {
  return items.length <= 6 ? items.join(', ') : `${items.slice(0, 5).join(', ')} and ${items.length - 5} more`
}

function say (sentence: string): void {
  out.write(`${paint('gray', sentence)}\n`)
}
