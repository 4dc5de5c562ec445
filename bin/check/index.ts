/** `vivarium check`: what would not work, before a plugin is published. It is packed, bundled and loaded as for a run; nothing of it is called. */
import { parseArgs } from 'node:util'
import { ConfigError } from '../../config.ts'
import { paint } from '../follow/entry-line.ts'
import { UsageError } from '../run/options.ts'
import { NoPluginError, openWorkshop } from '../workshop/index.ts'
import { examine } from './examine.ts'
import { publishedFiles } from './published.ts'
import { reportText, type Report } from './report.ts'

const widthElsewhere = 120

/** Answers the exit code: 0 nothing was found that would not work, 1 something was, 2 the arguments make no sense. */
export async function checkCommand (args: readonly string[]): Promise<number> {
  muteExperimental()
  try {
    const { folder, json } = readOptions(args)
    const report = await checkPlugin(folder)
    process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : reportText(report, process.stdout.columns || widthElsewhere))
    return report.works ? 0 : 1
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof NoPluginError || error instanceof ConfigError)) throw error
    process.stderr.write(`${paint('red', error.message)}\n`)
    return 2
  }
}

/** Throws `NoPluginError` when there is no such folder. */
export async function checkPlugin (folder: string): Promise<Report> {
  const workshop = await openWorkshop({ plugin: folder, env: process.env })
  try {
    const published = await publishedFiles(folder)
    const staged = await workshop.restage(published?.files)
    if (staged === undefined) throw new NoPluginError(`A plugin's folder was wanted, ${folder} is an archive.`)
    return await examine(workshop, folder, staged, published)
  } finally {
    await workshop.close()
  }
}

/** Removing types is called experimental by Node, which does it for every TypeScript file all the same: nothing that an author must read. */
function muteExperimental (): void {
  const print = process.listeners('warning')
  process.removeAllListeners('warning')
  process.on('warning', warning => { if (warning.name !== 'ExperimentalWarning') for (const each of print) each(warning) })
}

function readOptions (args: readonly string[]): { readonly folder: string, readonly json: boolean } {
  try {
    const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options: { json: { type: 'boolean' } } })
    const [folder, more] = positionals
    if (folder === undefined || more !== undefined) throw new UsageError('The folder of one plugin is wanted: vivarium check <folder>.')
    return { folder, json: values.json === true }
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw new UsageError(`${error instanceof Error ? error.message.split('. ')[0] : String(error)}.`)
  }
}
